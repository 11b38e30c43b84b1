import { channel } from 'node:diagnostics_channel'
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { loadVerifier } from '../device-bound/assertion.ts'
import type { DeviceCookies } from '../device-bound/device-cookies.ts'
import { challengeHeader, isEndpointPath } from '../device-bound/headers.ts'
import { answerDevice, type AcceptedDevice, type DeniedDevice, type DeviceSettings } from '../request/device-request.ts'
import { InvalidOptionError } from '../util/errors.ts'
import type { Registration } from './registration.ts'
import { registrationsIn } from './registry.ts'

const channels = {
  bound: channel('fastify-typed-session.bound'),
  proven: channel('fastify-typed-session.proven'),
  refused: channel('fastify-typed-session.refused')
}

const messages: Readonly<Record<DeniedDevice['reason'], string>> = {
  absent: 'The request has no Secure-Session-Response header: sign the challenge',
  malformed: 'Secure-Session-Response is not a JWT of the type dbsc+jwt',
  algorithm: 'The JWT is signed with an algorithm that was not offered',
  challenge: 'The JWT does not answer a challenge of this server for this session, or one that has expired',
  signature: 'The JWT is not signed with the key of this session',
  unknown: 'No key is registered for this session',
  ended: 'The session has ended, or a key was registered for it before'
}

/**
 * Adds the endpoint at which browsers register keys and prove that they have them. Rejects with
 * FST_TYPED_SESSION_INVALID_OPTION if jose is not installed, or the context's prefix is not a plain path.
 */
export async function addDeviceEndpoint ({ fastify, shared, writeCookie }: Registration, cookies: DeviceCookies): Promise<void> {
  const { name, cookieName, cookie, now: clock, deviceBound: { tokens, path, refreshInitiators } } = shared.current as DeviceSettings
  if (!isEndpointPath(cookies.endpoint)) throw new InvalidOptionError(`\`deviceBound\` needs a prefix without parameters, and not ${fastify.prefix}`)
  const verifier = await loadVerifier()

  async function answer ({ headers, log }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.header('cache-control', 'no-store')
    try {
      const now = Math.floor(clock() / 1000)
      // Its secrets may have changed.
      const result = await answerDevice(headers, shared.current as DeviceSettings, verifier, now)
      publish(result)
      if (result.ok) return accept(reply, result, now)
      log.debug({ reason: result.reason, cookieName }, 'fastify-typed-session: a device was refused')
      return refuse(reply, result)
    } catch (err) {
      // The browser goes on without a proof, and tries again.
      log.error({ err, cookieName }, 'fastify-typed-session: a device could not be judged')
      return reply.code(503).send({ statusCode: 503, error: 'Service Unavailable', message: 'The session store is not available' })
    }
  }

  function refuse (reply: FastifyReply, denied: DeniedDevice): FastifyReply {
    const { challenge, reason } = denied
    if (challenge !== undefined) reply.header('secure-session-challenge', challengeHeader(challenge.value, challenge.device))
    const [statusCode, error] = statusOf(denied)
    return reply.code(statusCode).send({ statusCode, error, message: messages[reason] })
  }

  function accept (reply: FastifyReply, { metadata, grant, session }: AcceptedDevice, now: number): FastifyReply {
    if (session !== undefined) reply.header('set-cookie', writeCookie(session.token, cookie, true, session.expiresIn, now))
    for (const each of cookies.write(grant, metadata, now)) reply.header('set-cookie', each)
    return reply.header('secure-session-challenge', challengeHeader(grant.challenge, metadata.device)).send({
      session_identifier: metadata.device,
      refresh_url: cookies.endpoint,
      scope: { include_site: false },
      credentials: [{ type: 'cookie', name: tokens.proof.cookieName, attributes: cookies.proofAttributes }],
      allowed_refresh_initiators: refreshInitiators
    })
  }

  function publish (result: AcceptedDevice | DeniedDevice): void {
    const to = result.ok ? (result.isNew ? channels.bound : channels.proven) : channels.refused
    if (to.hasSubscribers) to.publish({ name, cookieName, ...(!result.ok && { reason: result.reason }) })
  }

  const otherSessions = registrationsIn(fastify).map((each) => each.settings.name)
  // A context of its own has the hooks that the app added before, and none that it adds later: a redirect to a login page
  // or a 429 would end the session in the browser.
  await fastify.register(async (context) => {
    context.addHook('onRequest', answer)
    context.post(path, { config: Object.fromEntries(otherSessions.map((each) => [each, false])), schema: { hide: true } as FastifySchema }, answer)
  })
}

// Any other than a 403 with a challenge ends the session in the browser, as a 404 is meant to. A registration ends nothing.
function statusOf ({ isNew, challenge }: DeniedDevice): [number, string] {
  if (isNew) return [400, 'Bad Request']
  return challenge === undefined ? [404, 'Not Found'] : [403, 'Forbidden']
}
