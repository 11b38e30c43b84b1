/// <reference types="@fastify/cookie" preserve="true" />
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { mayNeedReseal } from '../request/incoming-session.ts'
import { cookieWriter, readCookies } from '../util/cookies.ts'
import { HeadersSentError, SessionDisabledError } from '../util/errors.ts'
import type { SessionBackend } from '../backend/backend.ts'
import type { TypedSessionOptions } from '../options/option-types.ts'
import { resolveOptions } from '../options/options.ts'
import { FastifyContext, isSent, rememberReply, replyKey } from './request-context.ts'
import { RequestSession, type Result } from '../request/request-session.ts'
import { copyToRaw, mergeIntoPayload, setHeaders, type SessionHeaders } from './response.ts'
import { checkRoute, routePolicy, type RoutePolicy } from './route.ts'
import { SessionManager } from '../request/session-manager.ts'
import { addSession, isIn, registrationsIn, type Registration, type Sessions } from './registry.ts'
import type { Register, RegisteredSessions, RouteSessions } from '../session/types.ts'
import { warnOfCookie, warnOfLoss } from './warnings.ts'

declare module 'fastify' {
  interface FastifyRequest extends RegisteredSessions {}
  interface FastifyContextConfig extends RouteSessions {}
  interface FastifyInstance {
    /** The app's sessions by their names, for where there is no request. */
    readonly sessions: Sessions<Register>
  }
  interface FastifyReply {
    /**
     * Has the raw response carry the request's sessions: for a reply that Fastify does not send, before its headers go.
     * Rejects with FST_TYPED_SESSION_HEADERS_SENT afterwards, and as saving a session does.
     */
    commitSession (): Promise<void>
  }
}

const register: FastifyPluginAsync<TypedSessionOptions> = async (fastify, options) => {
  if (!fastify.hasDecorator('serializeCookie')) await fastify.register(fastifyCookie)
  const settings = resolveOptions(options, fastify.serializeCookie)
  const { name } = settings
  for (const warning of settings.warnings) fastify.log.warn(`fastify-typed-session: ${warning}`)
  const description = `fastify-typed-session.${name}`
  const registration: Registration = {
    fastify,
    settings,
    manager: new SessionManager(settings),
    writeCookie: cookieWriter(settings.cookieName, fastify.serializeCookie),
    key: Symbol(description),
    setCookieSlot: Symbol(`${description}.sent`),
    warnings: new Set(),
    handedOut: 0
  }
  addSession(registration)
  decorateOnce(fastify)

  fastify.decorateRequest(registration.key, null)
  fastify.decorateReply(registration.setCookieSlot, null)
  fastify.decorateRequest(name, {
    getter (this: FastifyRequest) {
      return getRequestSession(registration, this)
    }
  })
  fastify.addHook('onRoute', function checkSessionConfig ({ config, url }) {
    checkRoute(config, name, url)
  })
  if (settings.backend !== undefined) return addBackendHooks(registration, settings.backend)
  fastify.addHook('onSend', function saveSession (request, reply, payload, done) {
    if (canSkip(registration, request) || isOutOfScope(registration, request)) return done()
    try {
      const session = requestSession(registration, request)
      done(null, mergeIntoPayload(payload, setResult(registration, reply, session, session.commit())))
    } catch (error) {
      done(withVary(reply, error))
    }
  })
}

// An answer that says that the session could not be saved depends on the cookie too.
function withVary (reply: FastifyReply, error: unknown): Error {
  setHeaders(reply, { varies: true, cookie: undefined }, undefined)
  return error as Error
}

// Only what has to ask a store waits for its answers.
function addBackendHooks (registration: Registration, backend: SessionBackend): void {
  registration.fastify.addHook('onRequest', async function loadSession (request) {
    if (!isOutOfScope(registration, request)) await requestSession(registration, request).load(backend)
  })
  registration.fastify.addHook('onSend', async function saveKeptSession (request, reply, payload) {
    if (isOutOfScope(registration, request)) return payload
    try {
      return mergeIntoPayload(payload, await save(registration, reply))
    } catch (error) {
      throw withVary(reply, error)
    }
  })
}

// What all sessions of a context share.
function decorateOnce (fastify: FastifyInstance): void {
  if (fastify.hasRequestDecorator(replyKey)) return
  fastify.decorateRequest(replyKey, null)
  fastify.decorateReply('commitSession', commitSession)
  fastify.addHook('onRequest', function findReply (request, reply, done) {
    rememberReply(request, reply)
    done()
  })
}

function getRequestSession (registration: Registration, request: FastifyRequest): RequestSession['session'] {
  const held = peekRequestSession(registration, request)
  if (held?.accessed) return held.session
  const policy = policyOf(registration, request)
  if (policy.off) throw new SessionDisabledError(registration.settings.name)
  const session = held ?? createRequestSession(registration, request, policy)
  warnOfLoss(registration, request, session)
  return session.session
}

function peekRequestSession ({ key }: Registration, request: FastifyRequest): RequestSession | null {
  return (request as unknown as Record<symbol, RequestSession | null>)[key] ?? null
}

function requestSession (registration: Registration, request: FastifyRequest): RequestSession {
  return peekRequestSession(registration, request) ?? createRequestSession(registration, request, policyOf(registration, request))
}

function createRequestSession (
  { key, settings }: Registration, request: FastifyRequest, { refresh, readOnly }: RoutePolicy
): RequestSession {
  const session = new RequestSession(
    refresh ? settings : { ...settings, refresh: { ...settings.refresh, eachRequest: false } },
    readCookies(request.headers.cookie, settings.cookieName),
    new FastifyContext(request, settings, readOnly)
  )
  const holder = request as unknown as Record<symbol, RequestSession>
  holder[key] = session
  return session
}

function policyOf ({ settings: { name } }: Registration, request: FastifyRequest): RoutePolicy {
  return routePolicy(request.routeOptions.config, name)
}

// Most requests of most apps: nobody asked for the session, and nothing is due.
function canSkip (registration: Registration, request: FastifyRequest): boolean {
  const { settings } = registration
  return peekRequestSession(registration, request) === null && !mayNeedReseal(readCookies(request.headers.cookie, settings.cookieName), settings)
}

// A child context may have a session of the same name, and a route none. Fastify makes a route's options anew for
// whoever asks: a session that is held says enough.
function isOutOfScope (registration: Registration, request: FastifyRequest): boolean {
  if (!isIn(request.server, registration)) return true
  return peekRequestSession(registration, request) === null && policyOf(registration, request).off
}

async function commitSession (this: FastifyReply): Promise<void> {
  if (isSent(this)) throw new HeadersSentError()
  try {
    for (const registration of registrationsIn(this.server)) {
      if (!isOutOfScope(registration, this.request)) await save(registration, this)
    }
  } catch (error) {
    // That one session cannot be saved takes neither the app's cookies away nor those of the others.
    if (!isSent(this)) copyToRaw(this)
    throw error
  }
  copyToRaw(this)
}

async function save (registration: Registration, reply: FastifyReply): Promise<SessionHeaders> {
  const { backend } = registration.settings
  const session = requestSession(registration, reply.request)
  return setResult(registration, reply, session, backend === undefined ? session.commit() : await session.commitToBackend(backend))
}

function setResult (registration: Registration, reply: FastifyReply, session: RequestSession, result: Result): SessionHeaders {
  const cookie = result.change === 'keep' ? undefined : setCookie(registration, reply.request, result)
  const headers = { varies: session.accessed || cookie !== undefined, cookie }
  const holder = reply as unknown as Record<symbol, string | null | undefined>
  setHeaders(reply, headers, holder[registration.setCookieSlot] ?? undefined)
  holder[registration.setCookieSlot] = cookie
  return headers
}

function setCookie (registration: Registration, request: FastifyRequest, result: Result): string {
  const { token, attributes, expiresIn, now } = result
  // A proxy may say it in capitals.
  const https = /^https$/i.test(request.protocol)
  warnOfCookie(registration, request, attributes, https)
  return registration.writeCookie(token, attributes, https, expiresIn, now)
}

/** The plugin: `app.register(fastifyTypedSession, { schema, secret })`. */
export const fastifyTypedSession: FastifyPluginAsync<TypedSessionOptions> =
  fp(register, { fastify: '5.x', name: 'fastify-typed-session' })
