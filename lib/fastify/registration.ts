import type {
  FastifyInstance, FastifyReply, FastifyRequest, onErrorHookHandler, onRequestHookHandler, onSendHookHandler
} from 'fastify'
import { DeviceCookies } from '../device-bound/device-cookies.ts'
import { registrationHeader } from '../device-bound/headers.ts'
import type { CurrentSettings, Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import type { CookieChange } from '../request/cookie-change.ts'
import { isDeviceBound } from '../request/device-request.ts'
import type { TypedSession } from '../session/session.ts'
import { inScope } from '../util/cookie-scope.ts'
import { cookieWriter, type SerializeCookie, type WriteCookie } from '../util/cookies.ts'
import { CrossOriginError, SessionDisabledError } from '../util/errors.ts'
import { findForgery } from '../util/fetch-metadata.ts'
import { answerError, discard, goOnWithError, holdAnswer, isErrorAnswer } from './answer.ts'
import { FastifyRequestContext, headersSent } from './request-context.ts'
import { mergeIntoPayload, setHeaders, setOffer, varyOnSession, type SessionHeaders } from './response.ts'
import { routePolicy, type RoutePolicy } from './route.ts'
import { warnOfCookie, warnOfLoss } from './warnings.ts'

export type Registrations = Record<string, Registration>

/**
 * Where a context keeps its sessions by their names: its own, and those of its parents. The same in each copy of the
 * package, since plugins of an app may bring their own.
 */
export const registrationsKey: unique symbol = Symbol.for('fastify-typed-session.registrations')

export function registrationsOf (fastify: FastifyInstance): Registrations | undefined {
  return (fastify as unknown as { [registrationsKey]?: Registrations })[registrationsKey]
}

type Slots = Record<symbol, FastifyRequestContext | null | undefined>

/** One call of `register`: one session of the app, with its hooks. */
export class Registration {
  readonly fastify: FastifyInstance
  readonly shared: CurrentSettings
  /** Where a request keeps its session: under no other registration's key. */
  readonly slot: symbol
  readonly writeCookie: WriteCookie
  readonly deviceCookies: DeviceCookies | undefined
  readonly #warnings = new Set<string>()
  #accesses = 0

  constructor (fastify: FastifyInstance, shared: CurrentSettings, serialize: SerializeCookie) {
    const { name, cookieName } = shared.current
    this.fastify = fastify
    this.shared = shared
    this.slot = Symbol(`fastify-typed-session.${name}`)
    this.writeCookie = cookieWriter(cookieName, serialize)
    this.deviceCookies = isDeviceBound(shared.current) ? new DeviceCookies(shared.current.deviceBound, shared.current.cookie, fastify.prefix, serialize) : undefined
  }

  /** The names of its cookies. */
  get cookieNames (): string[] {
    return [this.settings.cookieName, ...this.deviceCookies?.names ?? []]
  }

  get settings (): Settings {
    return this.shared.current
  }

  /** The onRequest hook: opens the cookie. Waits only for a store, or for `adopt`. */
  readonly openSession: onRequestHookHandler = (request, reply, done) => {
    const context = this.#contextFor(request, reply)
    if (context === undefined) return done()
    context.reply = reply
    const pending = context.session.open()
    if (pending === undefined) done()
    else pending.then(() => done(), done)
  }

  /**
   * The onRequest hook of `crossOriginProtection`, before the session is opened. The answer does not sign the session anew: to
   * Chromium, a cookie that was just set is one to send with cross-site requests.
   */
  readonly refuseCrossOrigin: onRequestHookHandler = (request, reply, done) => {
    const policy = this.#policyOf(request)
    if (!policy.crossOriginProtection || !this.#isIn(request.server)) return done()
    const header = findForgery(request.method, request.headers, request.host, this.settings.trustedOrigins as ReadonlySet<string>)
    if (header === undefined) return done()
    const context = this.#contextOf(request) ?? this.#create(request, reply, policy)
    context.refreshes = false
    context.reseals = false
    done(new CrossOriginError(header))
  }

  /** The onSend hook: saves the session and sets the headers. */
  readonly saveSession: onSendHookHandler<unknown> = (request, reply, payload, done) => {
    const context = this.#contextOf(request)
    if (context === undefined || reply.raw.headersSent) return done()
    // A second answer, by a handler that forgot to return the first one. After an error, another one is made.
    if (context.saving || (context.saved && !context.failed)) return
    // The first one failed: what goes out is the error, and not the second answer.
    if (context.failure !== undefined && !isErrorAnswer(reply)) return answerError(reply, context.failure, done)
    context.saved = true
    if (this.settings.backend !== undefined) {
      // Fastify throws if the answer to a thrown object that is no Error fails: from here, that would end the process.
      this.#saveWithBackend(context, reply, payload, done).catch((error: Error) => { reply.raw.destroy(error) })
      return
    }
    let saved
    try {
      saved = this.#answer(context, reply, payload, context.session.commit())
    } catch (error) {
      return this.#fail(context, reply, payload, error, done)
    }
    done(null, saved)
  }

  /** The onError hook: the response is made again. */
  readonly noteError: onErrorHookHandler = (request, reply, error, done) => {
    const context = this.#contextFor(request, reply)
    if (context !== undefined) {
      const { saved } = context
      context.failed = true
      context.saved = false
      // An onSend hook that fails again keeps ours from running.
      if (context.session.accessed) varyOnSession(reply)
      if (saved) {
        context.failure = error
        return goOnWithError(reply, done)
      }
    }
    done()
  }

  /** The getter of `request.session`. */
  sessionOf (request: FastifyRequest): TypedSession {
    const context = this.#contextOf(request) ?? this.#create(request, undefined, this.#policyOf(request))
    const { session } = context
    if (session.accessed) return session.session
    // The hook that sets the headers may run no more.
    if ((context.saved || context.failed) && context.reply !== undefined) {
      varyOnSession(context.reply, this.settings.noStore && this.peek(request) !== undefined)
    }
    this.#accesses++
    if (this.#accesses <= 1000 || this.#accesses % 100 === 0) warnOfLoss(this.settings, request, context)
    return session.session
  }

  /** A copy of the data of a request's session, for a look that never throws and does not count as access. */
  peek (request: FastifyRequest): Payload | undefined {
    try {
      const context = this.#contextOf(request) ?? (this.#isIn(request.server) ? this.#create(request, undefined, this.#policyOf(request)) : undefined)
      return context?.session.peek()
    } catch {
      return undefined
    }
  }

  /** Saves the session of a reply that Fastify does not send. Resolves to false if the headers went in the meantime. */
  async commit (reply: FastifyReply): Promise<boolean> {
    const context = this.#contextFor(reply.request, reply)
    if (context === undefined) return true
    const saving = this.#save(context).then((change) => { this.#setHeaders(context, reply, change) })
    // An answer waits for it, even if the app does not.
    context.committed = saving.catch(() => {})
    try {
      await saving
    } catch (error) {
      varyOnSession(reply)
      throw error
    }
    return context.saved || !headersSent(reply)
  }

  async #saveWithBackend (
    context: FastifyRequestContext, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void
  ): Promise<void> {
    context.saving = true
    const release = holdAnswer(reply, payload)
    let saved
    try {
      let change
      try {
        change = await this.#save(context)
      } finally {
        // Right before `done`: in between, a handler could run.
        context.saving = false
        release()
      }
      saved = this.#answer(context, reply, payload, change)
    } catch (error) {
      return this.#fail(context, reply, payload, error, done)
    }
    try {
      done(null, saved)
    } catch (error) {
      // A header that Node.js refuses, for one: thrown from here, it would end the process.
      done(error as Error)
    }
  }

  #fail (context: FastifyRequestContext, reply: FastifyReply, payload: unknown, error: unknown, done: (error: Error) => void): void {
    discard(payload)
    // Fastify runs no onError hook for an answer of a parent context, nor for a second error.
    context.saved = false
    context.failed = true
    varyOnSession(reply)
    context.failure = error as Error
    answerError(reply, context.failure, done)
  }

  #answer (context: FastifyRequestContext, reply: FastifyReply, payload: unknown, change: CookieChange): unknown {
    // Most requests: nobody used the session, and its cookie stays.
    if (change.action === 'keep' && !context.session.accessed && context.setCookies.length === 0) return payload
    return mergeIntoPayload(payload, this.#setHeaders(context, reply, change, payload))
  }

  async #save ({ session, committed }: FastifyRequestContext): Promise<CookieChange> {
    const { backend } = this.settings
    if (committed !== undefined) await committed
    return backend === undefined ? session.commit() : await session.commitToBackend(backend)
  }

  #setHeaders (context: FastifyRequestContext, reply: FastifyReply, change: CookieChange, payload?: unknown): SessionHeaders {
    const cookies = change.action === 'keep' ? [] : this.#cookies(reply.request, change)
    const { accessed } = context.session
    const headers: SessionHeaders = {
      varies: accessed || cookies.length > 0,
      noStore: this.settings.noStore && accessed && (change.action === 'write' || !context.session.session.new),
      cookies,
      cookieName: this.settings.cookieName,
      isRenewal: change.action === 'refresh' || change.action === 'reseal'
    }
    context.setCookies = setHeaders(reply, headers, context.setCookies, payload)
    context.offer = setOffer(reply, this.#offer(change), context.offer)
    return headers
  }

  #offer ({ offer }: CookieChange): string | undefined {
    return offer && registrationHeader(offer.binding.algorithms, this.fastify.prefix + offer.binding.path, offer.challenge)
  }

  #cookies (request: FastifyRequest, { action, token, attributes, expired, expiresIn, now }: CookieChange): string[] {
    // A proxy may say it in capitals.
    const https = /^https$/i.test(request.protocol)
    warnOfCookie(this.#warnings, this.settings.cookieName, request, attributes, https)
    return [
      // These first: to some cookie jars, a cookie without a domain and one with it are the same.
      ...expired.map((scope) => this.writeCookie('', inScope(attributes, scope), https, 0, now)),
      this.writeCookie(token, attributes, https, expiresIn, now),
      ...(action === 'delete' ? this.deviceCookies?.expire(now) ?? [] : [])
    ]
  }

  /** The session of a request; undefined if the request has none, or none of this registration. */
  #contextFor (request: FastifyRequest, reply: FastifyReply): FastifyRequestContext | undefined {
    const context = this.#contextOf(request)
    if (context !== undefined || !this.#isIn(request.server)) return context
    const policy = this.#policyOf(request)
    return policy.off ? undefined : this.#create(request, reply, policy)
  }

  // Not in a child context that has a session of its own under this name.
  #isIn (fastify: FastifyInstance): boolean {
    return registrationsOf(fastify)?.[this.settings.name] === this
  }

  #contextOf (request: FastifyRequest): FastifyRequestContext | undefined {
    return (request as unknown as Slots)[this.slot] ?? undefined
  }

  #create (request: FastifyRequest, reply: FastifyReply | undefined, policy: RoutePolicy): FastifyRequestContext {
    if (policy.off) throw new SessionDisabledError(this.settings.name)
    const context = new FastifyRequestContext(request, reply, this.settings, policy)
    const slots = request as unknown as Slots
    slots[this.slot] = context
    return context
  }

  #policyOf (request: FastifyRequest): RoutePolicy {
    const { config, url } = request.routeOptions
    return routePolicy(config, this.settings.name, url)
  }
}
