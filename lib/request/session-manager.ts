import type { $ZodObject } from 'zod/v4/core'
import { expiry, type OpenedToken } from '../token/token.ts'
import { scopeOf, type CookieScope } from '../util/cookie-scope.ts'
import { maxMaxAge, readCookies } from '../util/cookies.ts'
import { proveDevice } from '../device-bound/binding.ts'
import { decodeData } from '../session/decode.ts'
import { InvalidOptionError } from '../util/errors.ts'
import { withoutUndefined } from '../util/objects.ts'
import type { SessionBackend } from '../backend/backend.ts'
import { checkLifetime, checkMethods, checkPermanent } from '../token/metadata.ts'
import type { SessionDefinition } from '../options/define-session.ts'
import type { SessionSchemaOption, TypedSessionOptions } from '../options/option-types.ts'
import { resolveOptions, withSecrets, type CurrentSettings, type Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { sealData } from './cookie-change.ts'
import { DetachedContext } from './detached-context.ts'
import { RequestSession } from './request-session.ts'
import { loadTokens, openTokens, pickSession } from './token-lookup.ts'
import type { ListedSession, OpenedSession, RejectedSession, SealOptions, SessionData } from '../session/types.ts'

/**
 * Opens and seals the tokens of one session outside a Fastify request: in a websocket's context, a worker, a test, another
 * framework. `app.sessions` has one for each session of the app; `createSessionManager` makes one.
 */
export class SessionManager<Schema extends $ZodObject, Description = unknown> {
  readonly #shared: CurrentSettings
  readonly #peek: (request: object) => Payload | undefined

  constructor (shared: CurrentSettings, peek: (request: object) => Payload | undefined = () => undefined) {
    this.#shared = shared
    this.#peek = peek
  }

  /**
   * A copy of the data of a Fastify request's session, for loggers. Never throws: undefined if there is no session, if the
   * route turns it off, if the store has not been asked yet, and outside of `app.sessions`. It does not count as access, so
   * the response does not vary.
   *
   * @example
   * ```ts
   * Fastify({ logger: { serializers: { req: (request) => ({ url: request.url, userId: app.sessions?.session.peek(request)?.userId }) } } })
   * ```
   */
  peek (request: object): SessionData<Schema> | undefined {
    return this.#peek(request) as SessionData<Schema> | undefined
  }

  /** The name of the cookie that carries the token. */
  get cookieName (): string {
    return this.#settings.cookieName
  }

  /**
   * How many cookies each secret of the list has opened for requests since the start: a secret whose number no longer
   * grows can go.
   */
  get acceptedBySecret (): readonly number[] {
    return [...this.#settings.acceptedBySecret]
  }

  /**
   * Replaces the secrets while the app runs, all at once: as in the option `secret`, the first signs and all verify. Cookies
   * under a secret that is not in the list are refused from the next request on. A request that is running ends with the
   * secrets that it began with. The same list again changes nothing, so you may call this on a timer.
   *
   * @throws FST_TYPED_SESSION_INVALID_SECRET for a list that registration would refuse: the old secrets stay
   * @example
   * ```ts
   * app.sessions.session.rotate([newSecret, oldSecret])
   * ```
   */
  rotate (secret: TypedSessionOptions['secret']): void {
    this.#shared.current = withSecrets(this.#shared.current, secret)
  }

  /**
   * Opens a whole Cookie header, or a token, which never has a `=` in it. Checks all that a request's session is
   * checked for: with `deviceBound` the header has to have the proof too, so the bare token of a bound session is
   * `unproven`. Never throws for what it was given, and a missing header is `absent`.
   *
   * @throws FST_TYPED_SESSION_INVALID_OPTION with `store` or `revocation`: use `load()`
   * @example
   * ```ts
   * const opened = app.sessions.session.open(request.headers.cookie)
   * if (opened.ok) console.log(opened.data.userId)
   * ```
   */
  open (cookieHeaderOrToken: string | undefined): OpenedSession<SessionData<Schema>> {
    this.#refuseBackend('open()', 'use `load()`')
    const now = this.#seconds()
    const found = pickSession(openTokens(this.#tokens(cookieHeaderOrToken), this.#settings, now), this.#scope)
    return this.#decode(this.#prove(found, cookieHeaderOrToken, now))
  }

  /**
   * The same as `open()`, and asks the store if there is one.
   *
   * @throws FST_TYPED_SESSION_STORE_UNAVAILABLE, unless `onStoreError` is `anonymous`
   * @example
   * ```ts
   * const opened = await app.sessions.session.load(socket.handshake.headers.cookie)
   * ```
   */
  async load (cookieHeaderOrToken: string | undefined): Promise<OpenedSession<SessionData<Schema>>> {
    const { backend } = this.#settings
    if (backend === undefined) return this.open(cookieHeaderOrToken)
    const now = this.#seconds()
    const found = pickSession(await loadTokens(this.#tokens(cookieHeaderOrToken), this.#settings, backend, now), this.#scope)
    return this.#decode(this.#prove(found, cookieHeaderOrToken, now))
  }

  #prove (found: OpenedToken | RejectedSession, cookieHeaderOrToken: string | undefined, now: number): OpenedToken | RejectedSession {
    const { deviceBound } = this.#settings
    if (deviceBound === undefined || !found.ok) return found
    return proveDevice(found, { cookie: isHeader(cookieHeaderOrToken) ? cookieHeaderOrToken : undefined }, deviceBound, now)
  }

  #decode (found: OpenedToken | RejectedSession): OpenedSession<SessionData<Schema>> {
    if (!found.ok) return found
    const decoded = decodeData(found.data, this.#settings)
    if (!decoded.ok) return decoded
    const { metadata: { permanent, lifetime = this.#settings.lifetime }, signedAt } = found
    return {
      ok: true,
      data: decoded.data as SessionData<Schema>,
      permanent,
      lifetime,
      signedAt: new Date(signedAt * 1000),
      expiresAt: new Date(expiry(signedAt, found.metadata, this.#settings) * 1000)
    }
  }

  /**
   * Returns the token of a session with these data, sealed now: the value for a cookie named `cookieName`. Keys that are
   * left out have their defaults.
   *
   * @throws FST_TYPED_SESSION_INVALID_DATA, FST_TYPED_SESSION_INVALID_LIFETIME, FST_TYPED_SESSION_UNSERIALIZABLE and
   * FST_TYPED_SESSION_TOO_LARGE
   * @throws FST_TYPED_SESSION_INVALID_OPTION with `store` or `revocation`: use `begin()`
   * @example
   * ```ts
   * const token = app.sessions.session.seal({ userId: 12345 }, { permanent: true })
   * ```
   */
  seal (data: Partial<SessionData<Schema>>, { permanent, lifetime, absoluteLifetime, method }: SealOptions = {}): string {
    this.#refuseBackend('seal()', 'use `begin()`, or begin the session with a request')
    const { lifetime: max, absoluteLifetime: maxAbsolute } = this.#settings
    checkLifetime('lifetime', lifetime, max)
    checkLifetime('absoluteLifetime', absoluteLifetime, maxAbsolute ?? maxMaxAge)
    const now = this.#seconds()
    const methods = checkMethods(method)
    const authenticatedAt = (absoluteLifetime ?? maxAbsolute ?? methods) === undefined ? undefined : now
    return sealData({ ...data }, { permanent: checkPermanent(permanent), lifetime, authenticatedAt, absoluteLifetime, methods, scope: this.#scope() }, this.#settings, now)
  }

  /**
   * The same as `seal()`, and with `store` or `revocation` writes the record of the session. There, a session with nothing
   * but defaults has no record, and its token is empty.
   *
   * @throws what `seal()` throws for the data, and FST_TYPED_SESSION_STORE_UNAVAILABLE
   * @example
   * ```ts
   * const token = await app.sessions.session.begin({ userId: 12345 }, { permanent: true })
   * ```
   */
  async begin (data: Partial<SessionData<Schema>>, options: SealOptions = {}): Promise<string> {
    const { backend } = this.#settings
    if (backend === undefined) return this.seal(data, options)
    const request = new RequestSession(this.#settings, [], new DetachedContext(this.#settings))
    await request.open()
    const { method, ...lifetimes } = options
    await request.session.regenerate([], { method })
    Object.assign(request.session, withoutUndefined(lifetimes), data)
    return (await request.commitToBackend(backend)).token
  }

  /**
   * Ends the session with this `sessionId`, also if `regenerate()` gave it another since.
   *
   * @throws FST_TYPED_SESSION_INVALID_OPTION without `store` and `revocation`
   * @throws FST_TYPED_SESSION_STORE_UNAVAILABLE
   * @example
   * ```ts
   * const sessions = await app.sessions.session.listSubject(userId)
   * const stolen = sessions.find(({ id }) => id === request.body.id)
   * if (stolen !== undefined) await app.sessions.session.revoke(stolen.id)
   * ```
   */
  async revoke (sessionId: string): Promise<void> {
    await this.#backend().revoke(sessionId)
  }

  /**
   * Ends all sessions of a subject: "log out everywhere". That with the `sessionId` in `except` lives on.
   *
   * @throws FST_TYPED_SESSION_INVALID_SUBJECT
   * @throws FST_TYPED_SESSION_INVALID_OPTION without `store` and `revocation`
   * @throws FST_TYPED_SESSION_STORE_UNAVAILABLE
   * @example
   * ```ts
   * await app.sessions.session.revokeSubject(userId, { except: request.session.sessionId })
   * ```
   */
  async revokeSubject (subject: string, { except }: { except?: string | undefined } = {}): Promise<void> {
    await this.#backend().revokeSubject(subject, except)
  }

  /**
   * Ends all sessions of everyone. Resolves a second later, when no process accepts one of them any more.
   *
   * @throws FST_TYPED_SESSION_INVALID_OPTION without `store` and `revocation`
   * @throws FST_TYPED_SESSION_STORE_UNAVAILABLE
   */
  async revokeAll (): Promise<void> {
    await this.#backend().revokeAll()
  }

  /**
   * Resolves to the sessions of a subject, those seen last first: "your devices".
   *
   * @throws FST_TYPED_SESSION_INVALID_SUBJECT
   * @throws FST_TYPED_SESSION_INVALID_OPTION without `store` and `revocation`
   * @throws FST_TYPED_SESSION_STORE_UNAVAILABLE
   * @example
   * ```ts
   * const devices = await app.sessions.session.listSubject(request.session.userId)
   * ```
   */
  async listSubject (subject: string): Promise<ListedSession<Description>[]> {
    return await this.#backend().listSubject(subject, this.#seconds()) as ListedSession<Description>[]
  }

  #backend (): SessionBackend {
    if (this.#settings.backend !== undefined) return this.#settings.backend
    throw new InvalidOptionError('without the option `store` or `revocation`, a session ends when its cookie expires, and not before')
  }

  #refuseBackend (what: string, instead: string): void {
    if (this.#settings.backend === undefined) return
    throw new InvalidOptionError(`\`${what}\` does not ask the store that keeps or revokes this session: ${instead}`)
  }

  #tokens (text: string | undefined): string[] {
    if (text === undefined) return []
    return isHeader(text) ? readCookies(text, this.#settings.cookieName) : [text]
  }

  // That of a request depends on it, if `cookie` is a function, and Flask's is not known.
  readonly #scope = (): CookieScope | undefined => {
    const { cookie, format } = this.#settings
    return cookie === undefined || format === 'flask' ? undefined : scopeOf(cookie)
  }

  get #settings (): Settings {
    return this.#shared.current
  }

  #seconds (): number {
    return Math.floor(this.#settings.now() / 1000)
  }
}

function isHeader (text: string | undefined): boolean {
  return text !== undefined && text.includes('=')
}

/**
 * Returns a manager for a session outside Fastify. Give it the same options as the plugin, and each opens what the other
 * sealed.
 *
 * @throws what registering the plugin with these options would
 * @example
 * ```ts
 * const sessions = createSessionManager({ schema, secret: process.env.SESSION_SECRET })
 * const opened = await sessions.load(socket.handshake.headers.cookie)
 * ```
 */
export function createSessionManager<Schema extends SessionSchemaOption, Description = unknown> (
  options: SessionDefinition<Schema, Description>
): SessionManager<Schema, Description> {
  // Attributes do not matter here: a manager sends no Set-Cookie.
  return new SessionManager({ current: resolveOptions(options, () => '') })
}
