/// <reference types="@fastify/cookie" preserve="true" />
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { attributesFor, readCookies } from './cookies.ts'
import { isTargetedCacheControl, privateCacheControl, varyOnCookie, without } from './headers.ts'
import { resolveOptions, type Settings } from './options.ts'
import { RequestSession, type Reporter } from './request-session.ts'
import { SessionCodec } from './session-codec.ts'
import { addSession, type Sessions } from './sessions.ts'
import type { Register, RegisteredSessions, RejectionReason, TypedSessionOptions } from './types.ts'

declare module 'fastify' {
  interface FastifyRequest extends RegisteredSessions {}
  interface FastifyInstance {
    /** The app's sessions by their names, for where there is no request. */
    readonly sessions: Sessions<Register>
  }
}

/** One call of `register`. */
interface Registration {
  readonly fastify: FastifyInstance
  readonly settings: Settings
  /** Where the request keeps its session: no other registration's. */
  readonly key: symbol
  /** Where the reply keeps the Set-Cookie that was sent: onSend runs again after an error in it. */
  readonly sentKey: symbol
  /** Whether the log has been told of a cookie without Secure. */
  warned: boolean
}

const register: FastifyPluginAsync<TypedSessionOptions> = async (fastify, options) => {
  if (!fastify.hasDecorator('serializeCookie')) await fastify.register(fastifyCookie)
  const settings = resolveOptions(options, fastify.serializeCookie)
  for (const warning of settings.warnings) fastify.log.warn(`fastify-typed-session: ${warning}`)
  addSession(fastify, settings.name, new SessionCodec(settings))
  const description = `fastify-typed-session.${settings.name}`
  const registration = { fastify, settings, key: Symbol(description), sentKey: Symbol(`${description}.sent`), warned: false }

  fastify.decorateRequest(registration.key, null)
  fastify.decorateReply(registration.sentKey, null)
  fastify.decorateRequest(settings.name, {
    getter (this: FastifyRequest) {
      return requestSession(registration, this).session
    }
  })
  fastify.addHook('onSend', function saveSession (request, reply, _payload, done) {
    try {
      save(registration, request, reply)
      done()
    } catch (error) {
      done(error as Error)
    }
  })
}

function requestSession ({ settings, key }: Registration, request: FastifyRequest): RequestSession {
  const holder = request as unknown as Record<symbol, RequestSession | null>
  holder[key] ??= new RequestSession(
    settings,
    readCookies(request.headers.cookie, settings.cookieName),
    new RequestReporter(request, settings.cookieName)
  )
  return holder[key]
}

class RequestReporter implements Reporter {
  readonly #request: FastifyRequest
  readonly #cookieName: string

  constructor (request: FastifyRequest, cookieName: string) {
    this.#request = request
    this.#cookieName = cookieName
  }

  rejected (reason: RejectionReason): void {
    this.#request.log.debug({ reason, cookieName: this.#cookieName }, 'fastify-typed-session: the session cookie was not accepted')
  }

  migrateFailed (err: unknown): void {
    this.#request.log.error({ err, cookieName: this.#cookieName }, 'fastify-typed-session: `migrate` threw')
  }
}

function save (registration: Registration, request: FastifyRequest, reply: FastifyReply): void {
  const { fastify, settings, sentKey } = registration
  const session = requestSession(registration, request)
  const { change, token, attributes, expiresIn, now } = session.close()

  if (session.accessed || change !== 'keep') reply.header('vary', varyOnCookie(reply.getHeader('vary')))
  if (change === 'keep') return replaceCookie(reply, sentKey, undefined)

  const cookie = attributesFor(attributes, request.protocol === 'https', expiresIn, now)
  if (!cookie.secure) warnOnce(registration, request)
  replaceCookie(reply, sentKey, fastify.serializeCookie(settings.cookieName, token, cookie))
  reply.header('cache-control', privateCacheControl(reply.getHeader('cache-control')))
  for (const name of Object.keys(reply.getHeaders()).filter(isTargetedCacheControl)) reply.header(name, 'no-store')
}

function warnOnce (registration: Registration, { hostname }: FastifyRequest): void {
  if (registration.warned || isLoopback(hostname)) return
  registration.warned = true
  registration.fastify.log.warn({ hostname, cookieName: registration.settings.cookieName },
    'fastify-typed-session: a session cookie was sent without Secure. Behind a proxy that speaks HTTPS with the browser, ' +
    'set Fastify\'s trustProxy, so that `secure: \'auto\'` knows; otherwise serve this host by HTTPS')
}

function isLoopback (hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/i.test(hostname)
}

function replaceCookie (reply: FastifyReply, sentKey: symbol, cookie: string | undefined): void {
  const holder = reply as unknown as Record<symbol, string | undefined>
  const before = holder[sentKey] ?? undefined
  holder[sentKey] = cookie
  if (cookie === before) return
  // What the app gave to the raw response is in the list too: it would be lost with a header of Fastify's beside it.
  const cookies = without(reply.getHeader('set-cookie'), before)
  if (cookie !== undefined) cookies.push(cookie)
  reply.removeHeader('set-cookie')
  if (cookies.length > 0) reply.header('set-cookie', cookies)
}

/** The plugin: `app.register(fastifyTypedSession, { schema, secret })`. */
export const fastifyTypedSession: FastifyPluginAsync<TypedSessionOptions> =
  fp(register, { fastify: '5.x', name: 'fastify-typed-session' })
