import type { FastifyRequest } from 'fastify'
import type { $ZodObject, $ZodType, output } from 'zod/v4/core'
import type { CookieAttributes } from './cookies.ts'
import type { Format, Refused } from './codec.ts'
import type { Digest } from './hmac.ts'
import type { KeyDerivation, Secret } from './keys.ts'
import type { SchemaIssue } from './schema.ts'
import type { SessionStore } from './stores/store.ts'

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
 * - `ambiguous`: two different cookies of this name are both valid, or there are more than eight
 * - `revoked`: ended, as the store says that keeps or revokes sessions; or no longer kept there
 * - `unavailable`: that store could not be asked, and `onStoreError` is `anonymous`
 */
export type RejectionReason = 'absent' | Refused['reason'] | 'schema' | 'ambiguous' | 'revoked' | 'unavailable'

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
   * Writes a value and validates it at once; undefined deletes. Keys outside the schema are allowed, unless it is
   * strict. Throws FST_TYPED_SESSION_INVALID_DATA.
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

/**
 * What a route does with a session, in its `config` under the session's name: false has it leave the session alone, and
 * asking for it throws FST_TYPED_SESSION_OFF.
 */
export type RouteSession = false | {
  /** Whether the response signs a permanent session anew, as `refreshEachRequest` says. Default: true. */
  readonly refresh?: boolean
  /** Whether changing the session throws FST_TYPED_SESSION_READ_ONLY. Default: false. */
  readonly readOnly?: boolean
}

/** The `config` of routes, for the sessions that `Register` names. */
export type RouteSessions = {
  readonly [Name in keyof Register | 'session']?: RouteSession
}

type ReservedKey = keyof SessionControls<object> | '_permanent' | '_typed'

/** What the compiler names where a key of the schema would hide a member of the session. */
type NameOfTheSessionItself = 'the session has a member of this name: choose another key'

/** A zod object schema, classic or mini, none of whose keys is a name of the session's own. */
export type SessionSchemaOption = $ZodObject<
  Readonly<Record<string, $ZodType>> & { readonly [Key in ReservedKey]?: NameOfTheSessionItself }
>

/** Gives a request's data from elsewhere, at once; undefined where there are none. What it throws is logged. */
export type Adopt = (request: FastifyRequest) => Record<string, unknown> | null | undefined

export interface TypedSessionOptions {
  /** A zod object schema that accepts an empty session: each key is optional or has a default. */
  schema: SessionSchemaOption
  /**
   * At least 32 bytes, from a CSPRNG. Of a list, the first signs and all verify: put a new secret first, and drop the
   * old one a lifetime later.
   */
  secret: Secret | readonly Secret[] | undefined
  /**
   * `flask` shares sessions with a Flask app: its format, and its defaults for `digest` (`sha1`), `salt`
   * (`cookie-session`), `cookieName` (`session`), `cookie.sameSite` (false) and `clockTolerance` (0). Secrets of any
   * length are accepted then, weak ones with a warning. Default: `default`, this plugin's own.
   */
  format?: Format | undefined
  /** The request's property: none that Fastify or another plugin has given it. Default: `session`. */
  name?: string | undefined
  /** Default: `name`; `session` in Flask's format. */
  cookieName?: string | undefined
  /**
   * Seconds for which a signature is good, whether permanent or not, and the Max-Age of permanent sessions. Lowering
   * it takes effect on the cookies that are out already. Default: 2,678,400, which is 31 days, as in Flask.
   */
  lifetime?: number | undefined
  /**
   * Seconds after which a session ends, however often it was signed anew: counted from login, which is when it was first
   * written or `regenerate()` was last called. That time is then signed into the cookie. Default: none.
   */
  absoluteLifetime?: number | undefined
  /** Whether permanent sessions are signed anew at each request, so that only disuse ends them. Default: true. */
  refreshEachRequest?: boolean | undefined
  /** Seconds that a signature must be old before a refresh is due. Default: 0. */
  refreshAfter?: number | undefined
  cookie?: CookieAttributes | undefined
  /** The hash function of signature and key derivation. Default: `sha256`; `sha1` in Flask's format. */
  digest?: Digest | undefined
  /**
   * Tells this session's keys from others of the same secret, together with the cookie's name. Default:
   * `fastify-typed-session`. In Flask's format it is used without the name, and the default is `cookie-session`.
   */
  salt?: string | undefined
  /** How a key is made of secret and salt; the names are those of itsdangerous. Default: `hmac`. */
  keyDerivation?: KeyDerivation | undefined
  /** Seconds that a signature may lie in the future, for servers whose clocks differ. Default: 60; 0 in Flask's format. */
  clockTolerance?: number | undefined
  /**
   * Whether the cookie is encrypted (XAES-256-GCM), so that neither the user nor anyone else can read it. A cookie that
   * is only signed is then refused. Default: false.
   */
  encrypt?: boolean | undefined
  /**
   * With `encrypt`: whether cookies that are only signed are taken too, and encrypted by the next response. For the
   * time of a migration. Default: false.
   */
  acceptSigned?: boolean | undefined
  /**
   * Is offered the data of a well signed cookie that the schema refuses, and what is wrong with them, and may return
   * data of today's form; undefined leaves the session empty, with the reason `schema`. Default: none.
   */
  migrate?: ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => unknown) | undefined
  /**
   * Is asked for data where a request has no acceptable cookie of ours, so that sessions of another library can go on
   * here. Of several, the first that gives data which the schema accepts counts; `_permanent: true` among them makes the
   * session permanent. An adopted session counts as modified. End the old one in the same step, or it is adopted again
   * after a logout. Default: none.
   */
  adopt?: Adopt | readonly Adopt[] | undefined
  /** The clock, in milliseconds since 1970. Default: Date.now. */
  now?: (() => number) | undefined
  /**
   * Keeps the data of sessions in a store, so that the cookie holds only a signed id. A store that cannot compare and
   * set needs `onConflict` to say that this will do. Default: none, the data are in the cookie.
   */
  store?: SessionStore | undefined
  /**
   * Keeps the data in the cookie, and asks a store at each request whether the session was ended. `subject` says whose
   * a session is, for `revokeSubject()`. Default: none, a copy of a cookie is good until it expires.
   */
  revocation?: RevocationOptions | undefined
  /** With `store`: whose a session is, such as a user's id, for `listSubject()` and `revokeSubject()`. Default: no one's. */
  subject? (data: Record<string, unknown>): string | undefined
  /** With `store`: what of a session's data `listSubject()` gives, for the user to see. Default: nothing. */
  show? (data: Record<string, unknown>): unknown
  /**
   * With `store`: what becomes of a change where another request wrote first, and `session.update()` did not make it:
   * `error` rejects it with FST_TYPED_SESSION_CONFLICT, `last-writer-wins` overwrites. Default: `error`.
   */
  onConflict?: 'error' | 'last-writer-wins' | undefined
  /**
   * What becomes of a request whose session the store cannot tell: `error` answers 503 with
   * FST_TYPED_SESSION_STORE_UNAVAILABLE; `anonymous` gives an empty session with the reason `unavailable`, which cannot
   * be written. The cookie stays as it is. Default: `error`.
   */
  onStoreError?: 'error' | 'anonymous' | undefined
  /** Milliseconds that each call of the store may take. Default: 1000. */
  storeTimeout?: number | undefined
}

export interface RevocationOptions {
  readonly store: SessionStore
  /** Whose a session is, such as a user's id. Default: no one's. */
  subject? (data: Record<string, unknown>): string | undefined
}

/** One of a subject's sessions. */
export interface ListedSession {
  /** The `sessionId` of the session. */
  readonly id: string
  /** When it began, at the last `regenerate()`. */
  readonly createdAt: Date
  /** When it was last written or refreshed. */
  readonly lastSeenAt: Date
  /** What the option `show` made of its data. */
  readonly data: unknown
}
