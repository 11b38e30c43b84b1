import type { $ZodObject, output } from 'zod/v4/core'
import type { ResponseCookieAttributes } from '../util/cookie-scope.ts'

/**
 * Where an app names its sessions, so that `request.session` has their types. Name the schema, or what `defineSession`
 * returned. Editors show a doc comment on the name at `request.session`.
 *
 * @example
 * ```ts
 * declare module 'fastify-typed-session' {
 *   interface Register { session: typeof schema }
 * }
 * ```
 */
export interface Register {}

/**
 * Why there is no accepted session:
 *
 * - `absent`: the browser sent no cookie of this name
 * - `oversize`: name and value take more than 4,096 bytes
 * - `malformed`: the value is not a token of this format
 * - `signature`: none of the app's secrets signed it for this session
 * - `expired`: signed longer ago than the lifetime
 * - `future`: signed further in the future than `clockTolerance`
 * - `payload`: the signature is valid, but what it signs is not a session
 * - `schema`: the schema refuses the data
 * - `ambiguous`: two different cookies of this name are both valid, or more than eight look like tokens
 * - `revoked`: the store has no record of it: it was ended, or the store lost it, or it is older than the store
 * - `unavailable`: that store could not be asked, and `onStoreError` is `anonymous`
 * - `unproven`: bound to a device by `deviceBound`, and came without a proof of it: a copy, or a browser that could not renew
 */
export type RejectionReason =
  'absent' | 'oversize' | 'malformed' | 'signature' | 'expired' | 'future' | 'payload' | 'schema' | 'ambiguous' | 'revoked' | 'unavailable' | 'unproven'

/** The data of a session, as its schema gives them. */
export type SessionData<Schema extends $ZodObject> = output<Schema>

/** A session: its data as properties, and its controls. */
export type Session<Schema extends $ZodObject> = SessionData<Schema> & SessionControls<SessionData<Schema>>

/**
 * What a session can do beside holding data.
 *
 * Whatever changes the session, an assignment to a control or one of its functions, throws FST_TYPED_SESSION_READ_ONLY on a
 * route that may only read it, FST_TYPED_SESSION_HEADERS_SENT if the response has begun, and
 * FST_TYPED_SESSION_ALREADY_SAVED if it was saved for the response already. A change of the data throws when it is saved.
 */
export interface SessionControls<Data extends object> {
  /**
   * Whether the session outlives the browser: its cookie then carries Max-Age and Expires, and each request
   * prolongs it, unless the option `refresh` says otherwise.
   *
   * @default false
   * @throws FST_TYPED_SESSION_INVALID_OPTION for anything but true, false and undefined, such as the text of a form
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED, if it is assigned
   * @see flask.session.permanent
   * @example
   * ```ts
   * request.session.permanent = request.body.rememberMe === 'on'
   * ```
   */
  permanent: boolean
  /**
   * The session's own lifetime in seconds, signed into the cookie: a whole number from 1 to the `lifetime` option. Assign
   * undefined to return to the option.
   *
   * @default the `lifetime` option
   * @throws FST_TYPED_SESSION_INVALID_LIFETIME
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED, if it is assigned
   */
  get lifetime (): number
  /** The session's own lifetime in seconds: see its getter. */
  set lifetime (lifetime: number | undefined)
  /**
   * The session's own absolute lifetime in seconds, counted from `authenticatedAt` and signed into the cookie: a whole number
   * from 1 to the `absoluteLifetime` option, or to 400 days without it. No use and no refresh goes beyond it. Assign undefined
   * to return to the option. Set it at login, after `regenerate()`.
   *
   * @default the `absoluteLifetime` option
   * @throws FST_TYPED_SESSION_INVALID_LIFETIME
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED, if it is assigned
   * @see OWASP ASVS 5.0, 7.3.2
   * @example
   * ```ts
   * if (user.isAdmin) request.session.absoluteLifetime = 12 * 60 * 60
   * ```
   */
  absoluteLifetime: number | undefined
  /** Whether this request came without an accepted session; `reason` says why. */
  readonly new: boolean
  /** Why the request's cookie was not accepted; undefined if it was. */
  readonly reason: RejectionReason | undefined
  /** Whether the response will write the session because data or controls changed, or `touch()` was called. */
  readonly modified: boolean
  /** The same as `modified`, under the name that other session plugins use. */
  readonly changed: boolean
  /** Whether `delete()` was called, and nothing was written since. */
  readonly deleted: boolean
  /**
   * Whether the session is bound to the browser's device, and the request proved it: always false without `deviceBound`, and
   * at first after login, until the browser has registered its key.
   *
   * @example
   * ```ts
   * if (!request.session.bound && !request.session.reauthenticatedWithin(300)) return reply.redirect('/password')
   * ```
   */
  readonly bound: boolean
  /**
   * The session's id for `listSubject()`, `revoke()` and `revokeSubject()`. Nobody can make a cookie of it. `regenerate()`
   * changes it, and the one from before still finds the session. Only with `store` or `revocation`; undefined until a new
   * session is written or begun by `regenerate()`.
   */
  readonly sessionId: string | undefined
  /** When the request's cookie was signed; undefined if none was accepted. */
  readonly issuedAt: Date | undefined
  /**
   * When the session began: at its first write, or at the last `regenerate()`. Undefined if it is not signed into the cookie:
   * without `absoluteLifetime`, `store`, `revocation`, and a `method` given to `regenerate()`.
   */
  readonly authenticatedAt: Date | undefined
  /** How the user authenticated then: the `method` that `regenerate()` was given, as a list. Empty without one. */
  readonly authenticatedBy: readonly string[]
  /** When the session ends if no later response signs it again. */
  readonly expiresAt: Date
  /**
   * Whether the session began at most this many seconds ago, and by this `method`, if you name one. If not, ask for the
   * password or the passkey again before a dangerous action, then call `regenerate()`.
   *
   * @throws FST_TYPED_SESSION_INVALID_OPTION without `absoluteLifetime`, `store`, `revocation` and `method`, and for a `method`
   * that is not a name
   * @see NIST SP 800-63B-4, section 5.2
   * @example
   * ```ts
   * if (!request.session.reauthenticatedWithin(300, { method: 'passkey' })) return reply.redirect('/passkey')
   * ```
   */
  reauthenticatedWithin (seconds: number, options?: { readonly method: string }): boolean
  /** Returns a value by its key, also one outside the schema that another plugin wrote. */
  get<Key extends keyof Data>(key: Key): Data[Key]
  /** Returns a value by a key outside the schema, whose type is not known. */
  get (key: string): unknown
  /**
   * Writes a value and validates it at once; undefined deletes the key, or restores its default. Keys outside the schema are
   * allowed, unless it is strict.
   *
   * @throws FST_TYPED_SESSION_INVALID_DATA
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED
   * @example
   * ```ts
   * request.session.set('userId', 12345)
   * ```
   */
  set<Key extends keyof Data | (string & {})>(key: Key, value: Key extends keyof Data ? Data[Key] | undefined : unknown): void
  /** Returns a copy of the data, one level deep. It does not follow later changes. */
  data (): Data
  /**
   * Changes the data. With `store`, the same change is made again to newer data if another request wrote first, so `change`
   * can run more than once: it must be synchronous and only change the data that it is given.
   *
   * @throws FST_TYPED_SESSION_ASYNC_UPDATE if `change` returns a promise
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED
   * @example
   * ```ts
   * request.session.update((data) => { data.visits++ })
   * ```
   */
  update (change: (data: Data) => void): void
  /**
   * Writes the cookie even if nothing changed, signed now.
   *
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED
   */
  touch (): void
  /**
   * Empties the session: the response deletes the cookie, unless you write something afterwards.
   *
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED
   * @example
   * ```ts
   * app.post('/logout', async (request) => { request.session.delete() })
   * ```
   */
  delete (): void
  /**
   * Begins a new session: clears all data but the keys named, keeps `permanent`, `lifetime` and `absoluteLifetime`, and
   * writes the cookie. Call it at login, against session fixation. With `method`, the time and how the user authenticated are
   * signed into the cookie, for `authenticatedBy` and `reauthenticatedWithin()`. With `deviceBound`, it invites the browser to
   * bind the session; one that is bound stays so.
   *
   * @throws FST_TYPED_SESSION_INVALID_OPTION for a key that is not a string or that a strict schema does not name, for options
   * other than `method`, and for a `method` that is not a name or a list of at most eight
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED
   * @see OWASP ASVS 5.0, 7.2.4
   * @example
   * ```ts
   * await request.session.regenerate(['cart'], { method: 'passkey' })
   * request.session.userId = 12345
   * ```
   */
  regenerate (keep?: readonly (keyof Data | (string & {}))[], options?: RegenerateOptions): Promise<void>
  /**
   * Sets attributes of this response's cookie, over those of the `cookie` option. Unknown and undefined ones are ignored.
   * `path`, `domain` and `partitioned`, by which browsers tell cookies apart, can only be set in the option.
   *
   * @throws FST_TYPED_SESSION_INVALID_COOKIE
   * @throws FST_TYPED_SESSION_READ_ONLY, FST_TYPED_SESSION_HEADERS_SENT and FST_TYPED_SESSION_ALREADY_SAVED
   * @example
   * ```ts
   * request.session.options({ sameSite: 'strict' })
   * ```
   */
  options (attributes: ResponseCookieAttributes): void
}

/** The options of `session.regenerate()`. */
export interface RegenerateOptions {
  /**
   * How the user authenticated: a name of your own, or those of RFC 8176, such as the claim `amr` of an OpenID provider.
   *
   * @default undefined, the session does not say how
   */
  readonly method?: string | readonly string[] | undefined
}

/** What opening a token returns: its session, or why there is none. */
export type OpenedSession<Data> = {
  /** True: the token was accepted. */
  readonly ok: true
  /** The data, as the schema decodes them. */
  readonly data: Data
  /** Whether the session outlives the browser. */
  readonly permanent: boolean
  /** The session's lifetime in seconds. */
  readonly lifetime: number
  /** When the token was signed. */
  readonly signedAt: Date
  /** When the token is no longer accepted. */
  readonly expiresAt: Date
} | RejectedSession

/** A token that was not accepted, and why. */
export interface RejectedSession {
  /** False: the token was not accepted. */
  readonly ok: false
  /** Why not. */
  readonly reason: RejectionReason
  /** The error behind the reason: with `schema` what `migrate` threw, with `unavailable` what the store failed with. */
  readonly cause?: unknown
}

/** How to begin a session without a request. */
export interface SealOptions {
  /**
   * Whether the session outlives the browser.
   *
   * @default false
   */
  readonly permanent?: boolean | undefined
  /**
   * The session's own lifetime in seconds.
   *
   * @default the `lifetime` option
   * @throws FST_TYPED_SESSION_INVALID_LIFETIME
   */
  readonly lifetime?: number | undefined
  /**
   * The session's own absolute lifetime in seconds.
   *
   * @default the `absoluteLifetime` option
   * @throws FST_TYPED_SESSION_INVALID_LIFETIME
   */
  readonly absoluteLifetime?: number | undefined
  /**
   * How the user authenticated, now: see `regenerate()`.
   *
   * @default undefined, the session does not say how
   * @throws FST_TYPED_SESSION_INVALID_OPTION
   */
  readonly method?: string | readonly string[] | undefined
}

/** The schema of what `Register` names: the type of a schema, or of what `defineSession` returned. */
export type SchemaOf<Registered> =
  Registered extends $ZodObject ? Registered : Registered extends { readonly schema: infer Schema extends $ZodObject } ? Schema : never

/** What `describe` of what `Register` names returns. */
export type DescriptionOf<Registered> =
  Registered extends { readonly schema: $ZodObject, readonly describe?: ((data: never) => infer Description) | undefined } ? Description : unknown

/** The sessions that `Register` names, as properties of the request. */
export type RegisteredSessions = {
  readonly [Name in keyof Register]: [SchemaOf<Register[Name]>] extends [never]
    ? 'Register takes the type of a zod object, or of what defineSession returned'
    : Session<SchemaOf<Register[Name]>>
}

/** What a route does with a session, other than to leave it alone. */
export interface RouteSettings {
  /**
   * Whether the response prolongs the session, as the option `refresh` says.
   *
   * @default true
   */
  readonly refresh?: boolean
  /**
   * Whether changing the session throws FST_TYPED_SESSION_READ_ONLY.
   *
   * @default false
   */
  readonly readOnly?: boolean
  /**
   * False exempts the route from `crossOriginProtection`.
   *
   * @default undefined, the option decides
   */
  readonly crossOriginProtection?: false
}

// One of them must be there: Fastify infers a `config` from what it is given, and then nearly anything passes for an
// object whose keys are all optional.
/**
 * What a route does with a session, in its `config` under the session's name. With false it leaves the session alone, and
 * asking for it throws FST_TYPED_SESSION_DISABLED.
 *
 * @throws FST_TYPED_SESSION_INVALID_OPTION when the route is added, for anything else
 * @example
 * ```ts
 * app.get('/unread', { config: { session: { refresh: false } } }, handler)
 * ```
 */
export type RouteSession = false | RouteSettings &
  (Required<Pick<RouteSettings, 'refresh'>> | Required<Pick<RouteSettings, 'readOnly'>> | Required<Pick<RouteSettings, 'crossOriginProtection'>>)

/** The `config` of routes, for the sessions that `Register` names. */
export type RouteSessions = {
  readonly [Name in keyof Register | 'session']?: RouteSession
}

/** One of a subject's sessions. */
export interface ListedSession<Description = unknown> {
  /** The `sessionId` of the session. */
  readonly id: string
  /** When it began, at the last `regenerate()`. */
  readonly createdAt: Date
  /** When it was last written or refreshed. */
  readonly lastSeenAt: Date
  /** What the option `describe` made of its data. */
  readonly data: Description
}
