/// <reference types="@fastify/cookie" preserve="true" />
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { TypedSessionOptions } from '../options/option-types.ts'
import { resolveOptions } from '../options/options.ts'
import type { Register, RegisteredSessions, RouteSessions } from '../session/types.ts'
import { HeadersSentError, NotAssignableError } from '../util/errors.ts'
import { Registration } from './registration.ts'
import { addDeviceEndpoint } from './device-endpoint.ts'
import { addSession, registrationsIn, type Sessions } from './registry.ts'
import { headersSent } from './request-context.ts'
import { copyToRaw } from './response.ts'
import { checkRoute } from './route.ts'

declare module 'fastify' {
  interface FastifyRequest extends RegisteredSessions {}
  interface FastifyContextConfig extends RouteSessions {}
  interface FastifyInstance {
    /**
     * A manager for each session of the app, by its name: for code that has no request, and to end sessions.
     *
     * @example
     * ```ts
     * await app.sessions.session.revokeSubject(userId)
     * ```
     */
    readonly sessions: Sessions<Register>
  }
  interface FastifyReply {
    /**
     * Saves the request's sessions into the raw response, for a reply that Fastify does not send. Call it before you write
     * the headers.
     *
     * @throws FST_TYPED_SESSION_HEADERS_SENT if the headers have been sent
     * @throws what saving a session fails with, such as FST_TYPED_SESSION_INVALID_DATA or FST_TYPED_SESSION_CONFLICT
     * @example
     * ```ts
     * reply.hijack()
     * await reply.commitSession()
     * reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
     * ```
     */
    commitSession (): Promise<void>
  }
}

const register: FastifyPluginAsync<TypedSessionOptions> = async (fastify, options) => {
  if (!fastify.hasDecorator('serializeCookie')) await fastify.register(fastifyCookie)
  const settings = resolveOptions(options, fastify.serializeCookie)
  for (const warning of settings.warnings) fastify.log.warn(`fastify-typed-session: ${warning}`)
  const registration = new Registration(fastify, { current: settings }, fastify.serializeCookie)
  addSession(registration)
  decorate(fastify, registration)
  // Before the hooks, of which its endpoint has none.
  if (registration.deviceCookies !== undefined) await addDeviceEndpoint(registration, registration.deviceCookies)
  fastify.addHook('onRoute', ({ config, url }) => {
    checkRoute(config, settings.name, url)
  })
  if (settings.trustedOrigins !== undefined) fastify.addHook('onRequest', registration.refuseCrossOrigin)
  fastify.addHook('onRequest', registration.openSession)
  fastify.addHook('onSend', registration.saveSession)
  fastify.addHook('onError', registration.noteError)
}

function decorate (fastify: FastifyInstance, registration: Registration): void {
  fastify.decorateRequest(registration.slot, null)
  const { name } = registration.settings
  fastify.decorateRequest(name, {
    getter (this: FastifyRequest) {
      return registration.sessionOf(this)
    },
    // Without one, `request.session = null` does nothing in sloppy code: a logout that logs nobody out.
    setter () {
      throw new NotAssignableError(name)
    }
  })
  if (!fastify.hasReplyDecorator('commitSession')) fastify.decorateReply('commitSession', commitSession)
}

async function commitSession (this: FastifyReply): Promise<void> {
  if (headersSent(this)) throw new HeadersSentError()
  let inTime = true
  try {
    for (const registration of registrationsIn(this.server)) inTime = await registration.commit(this) && inTime
  } catch (error) {
    // One session that cannot be saved costs neither the app's cookies nor the other sessions.
    if (!headersSent(this)) copyToRaw(this)
    throw error
  }
  if (!inTime) throw new HeadersSentError()
  if (!headersSent(this)) copyToRaw(this)
}

/**
 * The plugin: sessions in a signed, timed cookie, typed and validated by a zod schema.
 *
 * @throws FST_TYPED_SESSION_INVALID_SCHEMA, FST_TYPED_SESSION_INVALID_SECRET, FST_TYPED_SESSION_INVALID_COOKIE and
 * FST_TYPED_SESSION_INVALID_OPTION, for wrong options
 * @example
 * ```ts
 * await app.register(fastifyTypedSession, {
 *   schema: z.object({ userId: z.string().optional() }),
 *   secret: process.env.SESSION_SECRET
 * })
 * ```
 */
export const fastifyTypedSession: FastifyPluginAsync<TypedSessionOptions> =
  fp(register, { fastify: '5.x', name: 'fastify-typed-session' })
