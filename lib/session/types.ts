import type { $ZodObject, output } from 'zod/v4/core'
import type { RefusedToken } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'

/**
 * Where an app names its sessions, so that `request.session` has their types:
 *
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
 * - `malformed`: the value is no token of this format
 * - `signature`: no secret of ours signed it for this session
 * - `expired`: signed longer ago than the lifetime
 * - `future`: signed further in the future than `clockTolerance`
 * - `payload`: well signed, but no session's data
 * - `schema`: the schema refuses the data
 * - `ambiguous`: two different cookies of this name are both valid, or more than eight look like tokens
 * - `revoked`: ended, as the store says that keeps or revokes sessions; or no longer kept there
 * - `unavailable`: that store could not be asked, and `onStoreError` is `anonymous`
 */
export type RejectionReason = 'absent' | RefusedToken['reason'] | 'schema' | 'ambiguous' | 'revoked' | 'unavailable'

/** The data of a session, as its schema gives them. */
export type SessionData<Schema extends $ZodObject> = output<Schema>

/** A session: its data as properties, and its controls. */
export type Session<Schema extends $ZodObject> = SessionData<Schema> & SessionControls<SessionData<Schema>>

/** What a session can do beside holding data. */
export interface SessionControls<Data extends object> {
  /**
   * Whether the session outlives the browser: its cookie then carries Max-Age and Expires. As in Flask, a permanent
   * session is signed anew at each request, if `refreshEachRequest` is on. Default: false.
   */
  permanent: boolean
  /**
   * The session's own lifetime in seconds, signed into the cookie: a whole number from 1 to the `lifetime` option, which
   * is also the default. Assigning undefined returns to it. Throws FST_TYPED_SESSION_INVALID_LIFETIME.
   */
  get lifetime (): number
  set lifetime (lifetime: number | undefined)
  /** Whether this request came without an accepted session; `reason` says why. */
  readonly new: boolean
  /** Why the request's cookie was not accepted, undefined where it was. */
  readonly reason: RejectionReason | undefined
  /** Whether the response will write the session for its own sake: data or controls changed, or `touch()` was called. */
  readonly modified: boolean
  /** The same as `modified`, under the name that other session plugins use. */
  readonly changed: boolean
  /** Whether `delete()` was called, and nothing was written since. */
  readonly deleted: boolean
  /**
   * What stands for the session in `listSubject()`, `revoke()` and `revokeSubject()`: not the id in the cookie, but its
   * hash. Only with `store` or `revocation`, and undefined until a new session is written or begun by `regenerate()`.
   */
  readonly sessionId: string | undefined
  /** When the request's cookie was signed; undefined where none was accepted. */
  readonly issuedAt: Date | undefined
  /**
   * When the session began: first written, or begun anew by `regenerate()`. Signed into the cookie where the option
   * `absoluteLifetime` is set, and undefined otherwise.
   */
  readonly authenticatedAt: Date | undefined
  /** Until when the session is good, with what this response signs, if no later one signs it anew. */
  readonly expiresAt: Date
  /**
   * Whether the session began at most this many seconds ago: ask for the password again before dangerous actions where
   * it did not, and call `regenerate()` after. Throws FST_TYPED_SESSION_INVALID_OPTION without `absoluteLifetime`.
   */
  reauthenticatedWithin (seconds: number): boolean
  /** A value by its key: also one outside the schema, which other plugins may have written. */
  get<Key extends keyof Data>(key: Key): Data[Key]
  get (key: string): unknown
  /**
   * Writes a value and validates it at once; undefined deletes the key, or restores its default. Keys outside the schema
   * are allowed, unless it is strict. Throws FST_TYPED_SESSION_INVALID_DATA.
   */
  set<Key extends keyof Data>(key: Key, value: Data[Key] | undefined): void
  set<Key extends string>(key: Key extends keyof Data ? never : Key, value: unknown): void
  /** A copy of the data, one level deep: it stays as it is when the session changes. */
  data (): Data
  /**
   * Changes the data, and with `store` makes the same change again to newer data, where another request wrote first. So
   * `change` can run more than once: it must do nothing but change the data that it is given.
   */
  update (change: (data: Data) => void): void
  /** Has the cookie written even if nothing changed, signed anew from now. */
  touch (): void
  /** Empties the session: the response deletes the cookie, unless something is written afterwards. */
  delete (): void
  /**
   * Begins the session anew, as one should at login: clears all data but the keys named, keeps `permanent` and
   * `lifetime`, and has the cookie written.
   */
  regenerate (keep?: readonly (keyof Data | (string & {}))[]): Promise<void>
  /**
   * Attributes for this response's cookie, over those of the `cookie` option. Others than these are ignored, and so are
   * undefined ones.
   * Throws FST_TYPED_SESSION_INVALID_COOKIE.
   */
  options (attributes: CookieAttributes): void
}

/** What opening a token gives: its session, or why there is none. */
export type OpenedSession<Data> = {
  readonly ok: true
  readonly data: Data
  readonly permanent: boolean
  /** Seconds. */
  readonly lifetime: number
  readonly signedAt: Date
  /** When the token is no longer accepted. */
  readonly expiresAt: Date
} | RejectedSession

export interface RejectedSession {
  readonly ok: false
  readonly reason: RejectionReason
  /** What the app's `migrate` threw. */
  readonly cause?: unknown
}

export interface SealOptions {
  /** Default: false. */
  readonly permanent?: boolean | undefined
  /** The session's own lifetime in seconds. Default: the `lifetime` option. */
  readonly lifetime?: number | undefined
}

/** The sessions that `Register` names, as properties of the request. */
export type RegisteredSessions = {
  readonly [Name in keyof Register]: Register[Name] extends $ZodObject ? Session<Register[Name]> : 'Register takes the type of a zod object: typeof schema'
}

interface RouteSettings {
  /** Whether the response signs a permanent session anew, as `refreshEachRequest` says. Default: true. */
  readonly refresh?: boolean
  /** Whether changing the session throws FST_TYPED_SESSION_READ_ONLY. Default: false. */
  readonly readOnly?: boolean
}

// One of the two must be there: Fastify infers a `config` from what it is given, and then nearly anything passes for an
// object whose keys are all optional.
/**
 * What a route does with a session, in its `config` under the session's name: false has it leave the session alone, and
 * asking for it throws FST_TYPED_SESSION_DISABLED.
 */
export type RouteSession = false | RouteSettings & ({ readonly refresh: boolean } | { readonly readOnly: boolean })

/** The `config` of routes, for the sessions that `Register` names. */
export type RouteSessions = {
  readonly [Name in keyof Register | 'session']?: RouteSession
}

/** One of a subject's sessions. */
export interface ListedSession {
  /** The `sessionId` of the session. */
  readonly id: string
  /** When it began, at the last `regenerate()`. */
  readonly createdAt: Date
  /** When it was last written or refreshed. */
  readonly lastSeenAt: Date
  /** What the option `describe` made of its data. */
  readonly data: unknown
}
