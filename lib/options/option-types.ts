import type { FastifyReply, FastifyRequest } from 'fastify'
import type { $ZodObject, $ZodType } from 'zod/v4/core'
import type { Format } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import type { Digest } from '../token/hmac.ts'
import type { KeyDerivation, Secret } from '../token/keys.ts'
import type { SchemaIssue } from '../schema/schema.ts'
import type { SessionStore } from '../stores/store.ts'
import type { RefreshMode } from '../session/cookie-action.ts'
import type { SessionControls } from '../session/types.ts'

type ReservedKey = keyof SessionControls<object> | '_permanent' | '_typed'

/** What the compiler says if a key of the schema would hide a member of the session. */
type NameOfTheSessionItself = 'the session has a member of this name: choose another key'

/** A zod object schema, classic or mini, none of whose keys is a name of the session's own. */
export type SessionSchemaOption = $ZodObject<
  Readonly<Record<string, $ZodType>> & { readonly [Key in ReservedKey]?: NameOfTheSessionItself }
>

type Adopted = Record<string, unknown> | null | undefined

/**
 * Returns the data of a request's session in another library, or undefined if there is none. It may be asynchronous, and
 * gets the reply to end the old session with. If it throws, the error is logged and the session stays empty.
 */
export type Adopt = (request: FastifyRequest, reply: FastifyReply) => Adopted | Promise<Adopted>

/**
 * Returns the cookie's attributes for a request, or undefined for the defaults.
 *
 * @example
 * ```ts
 * const cookie: CookieForRequest = ({ hostname }) => ({ domain: hostname.endsWith('.example.org') ? 'example.org' : undefined })
 * ```
 */
export type CookieForRequest = (request: FastifyRequest) => CookieAttributes | undefined

/**
 * The options of the plugin.
 *
 * @example
 * ```ts
 * await app.register(fastifyTypedSession, {
 *   schema: z.object({ userId: z.number().optional() }),
 *   secret: process.env.SESSION_SECRET
 * })
 * ```
 */
export interface TypedSessionOptions {
  /**
   * A zod object schema that accepts an empty session: each key is optional or has a default.
   *
   * @throws FST_TYPED_SESSION_INVALID_SCHEMA at registration
   * @example
   * ```ts
   * schema: z.object({ userId: z.string().optional(), cart: z.array(z.string()).default([]) })
   * ```
   */
  schema: SessionSchemaOption
  /**
   * At least 32 bytes from a CSPRNG. In a list, the first signs and all verify: put a new secret first, and drop the old
   * one a lifetime later. `app.sessions.<name>.rotate()` replaces them while the app runs.
   *
   * @throws FST_TYPED_SESSION_INVALID_SECRET at registration
   * @see itsdangerous, "Key Rotation"
   * @example
   * ```ts
   * secret: [process.env.NEW_SECRET, process.env.OLD_SECRET]
   * ```
   */
  secret: Secret | readonly Secret[] | undefined
  /**
   * `flask` shares sessions with a Flask app: its format, and its defaults for `digest` (`sha1`), `salt`
   * (`cookie-session`), `cookieName` (`session`), `cookie.sameSite` (false) and `clockTolerance` (0). Secrets of any
   * length are accepted then, weak ones with a warning.
   *
   * @default 'default', this plugin's own format
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, with options that Flask does not know, such as `encrypt`
   * @see flask.sessions.SecureCookieSessionInterface
   */
  format?: Format | undefined
  /**
   * Name of the request property. It must not exist yet. To add a second session, register the plugin again under another
   * name.
   *
   * @default 'session'
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, if a request has something of this name
   */
  name?: string | undefined
  /**
   * Name of the cookie. Keys are derived from it, so a cookie issued under one name is invalid under another.
   *
   * @default the `name` option; 'session' in Flask's format
   * @throws FST_TYPED_SESSION_INVALID_COOKIE at registration, for a name that browsers refuse
   */
  cookieName?: string | undefined
  /**
   * Seconds that a signature is good for, permanent or not, and the Max-Age of permanent sessions. Lowering it also applies
   * to cookies that browsers already have. At most 400 days.
   *
   * @default 2678400, 31 days
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration
   * @see Flask's PERMANENT_SESSION_LIFETIME
   */
  lifetime?: number | undefined
  /**
   * Seconds after which a session ends even if it is in use, counted from its first write or the last `regenerate()`. That
   * time is then signed into the cookie.
   *
   * @default undefined, no limit
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration
   * @see OWASP ASVS 5.0, 7.3.2
   */
  absoluteLifetime?: number | undefined
  /**
   * Which sessions each request prolongs, so that only disuse ends them: `permanent` ones, as in Flask; `all`, for an idle
   * timeout of sessions that end with the browser, too; or `none`, so that a session ends a lifetime after its last change.
   * Set `refreshAfter` as well, and most responses need no cookie.
   *
   * @default 'permanent'
   * @see Flask's SESSION_REFRESH_EACH_REQUEST; NIST SP 800-63B-4, section 5.2; OWASP ASVS 5.0, 7.3.1
   */
  refresh?: RefreshMode | undefined
  /**
   * Seconds that a signature must be old before it is refreshed, and with a store, before a request updates the session's
   * last-seen time. No session waits longer than half of its lifetime.
   *
   * @default 0; with `store` or `revocation` 60, or half of `lifetime` if that is less
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, if it is not less than `lifetime`
   */
  refreshAfter?: number | undefined
  /**
   * Attributes of the cookie, or a function that returns them for a request, such as a domain for each tenant. Let it
   * depend on the host only, so that a logout deletes what the login set.
   *
   * @default { path: '/', httpOnly: true, secure: 'auto', sameSite: 'lax' }
   * @throws FST_TYPED_SESSION_INVALID_COOKIE for attributes that browsers refuse: at registration, or from the request if
   * it is a function
   * @see RFC 6265bis, section 4.1.2
   * @example
   * ```ts
   * cookieName: '__Host-session',
   * cookie: { secure: true, sameSite: 'strict' }
   * ```
   */
  cookie?: CookieAttributes | CookieForRequest | undefined
  /**
   * Refuses requests that a page of another origin makes the browser send with a method other than GET, HEAD and OPTIONS, or
   * for a websocket, before the handler runs. The header Sec-Fetch-Site decides; a browser that does not send it is judged
   * by Origin, whose host must be `request.host`: behind a proxy that changes the Host header, set Fastify's `trustProxy`.
   * A request with neither header is allowed, since it is not a browser's. `config.session.crossOriginProtection: false`
   * exempts a route.
   *
   * @default false
   * @throws FST_TYPED_SESSION_CROSS_ORIGIN from the request, 403
   * @see Go's net/http.CrossOriginProtection; OWASP ASVS 5.0, 3.5.1
   * @example
   * ```ts
   * crossOriginProtection: { trustedOrigins: ['https://admin.example.com'] }
   * ```
   */
  crossOriginProtection?: boolean | CrossOriginOptions | undefined
  /**
   * Sends `Cache-Control: no-store` with each response for which a session with data was read or written, unless your app sets
   * a Cache-Control of its own. Without it, the back button shows a page again after the logout, from the browser's
   * back/forward cache, whatever `no-cache` or `private` say.
   *
   * @default false
   * @see OWASP ASVS 5.0, 14.3.2; RFC 9111, section 5.2.2.5
   */
  noStore?: boolean | undefined
  /**
   * The hash function of the signature and of the key derivation.
   *
   * @default 'sha256'; 'sha1' in Flask's format
   */
  digest?: Digest | undefined
  /**
   * Separates this session's keys from others of the same secret, together with the cookie's name. In Flask's format it is
   * used without the name.
   *
   * @default 'fastify-typed-session'; 'cookie-session' in Flask's format
   */
  salt?: string | undefined
  /**
   * How a key is derived from the secret and the salt.
   *
   * @default 'hmac'
   * @see itsdangerous.Signer.key_derivation
   */
  keyDerivation?: KeyDerivation | undefined
  /**
   * Seconds that a signature may lie in the future, for servers whose clocks differ.
   *
   * @default 60; 0 in Flask's format
   */
  clockTolerance?: number | undefined
  /**
   * Whether the cookie is encrypted, so that not even the user can read it. A cookie that is only signed is then refused.
   *
   * @default false
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, in Flask's format
   * @see C2SP, XAES-256-GCM
   */
  encrypt?: boolean | undefined
  /**
   * With `encrypt`: whether cookies that are only signed are accepted too, and encrypted by the next response. Use it while
   * you migrate.
   *
   * @default false
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, without `encrypt`
   */
  acceptSigned?: boolean | undefined
  /**
   * Gets the data of a valid cookie that the schema refuses, with the issues, and returns data that fit the schema of today;
   * undefined leaves the session empty, with the reason `schema`. If it throws, the error is logged and the session is empty.
   *
   * @default undefined, such a session is empty
   * @example
   * ```ts
   * migrate: ({ uid, ...others }) => ({ ...others, userId: Number(uid) })
   * ```
   */
  migrate?: ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => unknown) | undefined
  /**
   * Continues sessions of another library: it is asked for their data if a request has no acceptable cookie of this plugin.
   * In a list, the first that returns data which the schema accepts counts; `_permanent: true` makes the session permanent.
   * End the old session in the same step, or a logout here brings it back; but only if the schema takes its data.
   *
   * @default undefined
   * @example
   * ```ts
   * adopt: async (request, reply) => {
   *   const data = readCookieSession(request.cookies, { name: 'old', keys: [oldKey] })
   *   if (schema.safeParse(data).success) reply.clearCookie('old').clearCookie('old.sig')
   *   return data
   * }
   * ```
   */
  adopt?: Adopt | readonly Adopt[] | undefined
  /**
   * With `adopt`: returns whether it is asked too if the browser has a session of this plugin, with these data. What it
   * returns is then added, and the session begins anew. So a visitor who has a cart here is still logged in there.
   *
   * @default undefined, a session of this plugin is left as it is
   * @example
   * ```ts
   * adoptInto: ({ userId }) => userId === undefined
   * ```
   */
  adoptInto?: ((data: never) => boolean) | undefined
  /**
   * The clock, in milliseconds since 1970.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
  /**
   * Keeps the data of sessions in a store, so that the cookie holds only a signed id. A store that cannot compare and set
   * needs `onConflict: 'last-writer-wins'`.
   *
   * @default undefined, the data are in the cookie
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, for what is not a store, with `revocation`, or in Flask's format
   * @example
   * ```ts
   * store: new RedisStore(client, { prefix: 'shop:' })
   * ```
   */
  store?: SessionStore | undefined
  /**
   * Keeps the data in the cookie, and a small record of each session in a store. A session is good while its record is
   * there, so a logout ends every copy of the cookie.
   *
   * @default undefined, a copy of a cookie is good until it expires
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, with `store`, or in Flask's format
   * @example
   * ```ts
   * revocation: { store: new RedisStore(client, { prefix: 'shop:' }), subject: ({ userId }) => userId }
   * ```
   */
  revocation?: RevocationOptions | undefined
  /**
   * With `store`: returns the id of the user a session belongs to, for `listSubject()` and `revokeSubject()`: a string of 1
   * to 256 characters, or undefined if nobody is logged in. A list of at most eight gives the session several, each of which
   * finds and ends it: the user, and the session of an OpenID provider.
   *
   * @default undefined, sessions belong to nobody
   * @throws FST_TYPED_SESSION_INVALID_SUBJECT from the request that writes the session
   * @example
   * ```ts
   * subject: ({ userId }) => userId
   * ```
   */
  subject?: ((data: never) => string | readonly string[] | undefined) | undefined
  /**
   * With `store`: returns what `listSubject()` tells of a session, for the user to see.
   *
   * @default undefined, nothing
   * @example
   * ```ts
   * describe: ({ device, city }) => ({ device, city })
   * ```
   */
  describe?: ((data: never) => unknown) | undefined
  /**
   * With `store` or `revocation`, and a `subject`: how many sessions a user may have at the same time. Of several subjects the
   * first one is the user. Logins at the same moment do not both get the last place.
   *
   * @default undefined, no limit
   * @see OWASP ASVS 5.0, 7.1.2
   */
  maxSessions?: number | undefined
  /**
   * What happens at a login beyond `maxSessions`: `end-oldest` ends the session whose login was longest ago, and `error`
   * refuses the new one with 409. With `error`, a session that nobody logs out of keeps its place until it expires.
   *
   * @default 'end-oldest'
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, without `maxSessions`
   * @throws FST_TYPED_SESSION_TOO_MANY_SESSIONS from the request that logs in
   */
  onMaxSessions?: 'end-oldest' | 'error' | undefined
  /**
   * With `store`: how to handle a concurrent write that `session.update()` did not make. `error` rejects the later one with
   * 409, `last-writer-wins` overwrites.
   *
   * @default 'error'
   * @throws FST_TYPED_SESSION_CONFLICT from the request that came second
   */
  onConflict?: 'error' | 'last-writer-wins' | undefined
  /**
   * What happens if the store fails: `error` answers 503, `anonymous` gives an empty session with the reason `unavailable`,
   * which cannot be written. The cookie stays as it is.
   *
   * @default 'error'
   * @throws FST_TYPED_SESSION_STORE_UNAVAILABLE from the request
   */
  onStoreError?: 'error' | 'anonymous' | undefined
  /**
   * Milliseconds that each call of the store may take. After that, the store counts as failed: see `onStoreError`. At most
   * 2,147,483,647, the longest of Node.js timers.
   *
   * @default 1000
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration
   */
  storeTimeout?: number | undefined
  /**
   * Experimental. Binds a session to the browser's device (Device Bound Session Credentials, DBSC), so that a copy of the
   * cookie is soon worthless elsewhere. `session.regenerate()` offers it, browsers without DBSC ignore it. Needs the package
   * jose and `cookie.secure: true`.
   *
   * @default false
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, if it cannot work with the other options
   * @see https://w3c.github.io/webappsec-dbsc/ and docs/device-bound.md
   * @example
   * ```ts
   * await app.register(fastifyTypedSession, { schema, secret, cookie: { secure: true }, deviceBound: true })
   * app.post('/login', async (request) => {
   *   await request.session.regenerate()
   *   request.session.userId = 12345
   * })
   * ```
   */
  deviceBound?: boolean | DeviceBoundOptions | undefined
}

/** The options of `deviceBound`. */
export interface DeviceBoundOptions {
  /**
   * The path of the endpoint at which the plugin answers browsers, below the prefix of the context that it is registered in.
   * Browsers must reach it under the same path, so a proxy must not change it.
   *
   * @default '/device-bound/' and the cookie's name
   */
  readonly path?: string | undefined
  /**
   * Seconds that a proof of the device is good: for so long, a thief can use a copy of both cookies. Browsers renew it two
   * minutes before it expires. At most a day.
   *
   * @default 600
   */
  readonly proofLifetime?: number | undefined
  /**
   * What the browser may sign with.
   *
   * @default ['ES256', 'RS256']
   * @see RFC 7518, section 3.1
   */
  readonly algorithms?: readonly ('ES256' | 'RS256')[] | undefined
  /**
   * The hosts whose pages may make the browser renew the proof when they link to, or embed, this one. Any site can then find
   * out, by timing, that its visitor has a session here; without it, a link from elsewhere to this host looks logged out
   * once the proof has expired.
   *
   * @default ['*'], any host
   */
  readonly refreshInitiators?: readonly string[] | undefined
}

/** The options of `crossOriginProtection`. */
export interface CrossOriginOptions {
  /**
   * Other origins whose pages may make such requests, as browsers send them: scheme, host, and a port that is not the
   * scheme's default.
   *
   * @default []
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, for what no browser sends as an origin
   */
  readonly trustedOrigins?: readonly string[] | undefined
}

/** The options of `revocation`. */
export interface RevocationOptions {
  /** Where the records are kept. */
  readonly store: SessionStore
  /**
   * Returns the id of the user a session belongs to, for `listSubject()` and `revokeSubject()`: a string of 1 to 256
   * characters, or undefined if nobody is logged in. A list of at most eight gives the session several.
   *
   * @default undefined, sessions belong to nobody
   * @throws FST_TYPED_SESSION_INVALID_SUBJECT from the request that writes the session
   */
  readonly subject?: ((data: never) => string | readonly string[] | undefined) | undefined
  /**
   * Whether to accept cookies from before `revocation` was turned on if their data have no subject, such as a visitor's
   * cart. They get a record when they are next written. Those with a subject are refused: no logout could end their copies.
   *
   * @default false
   * @throws FST_TYPED_SESSION_INVALID_OPTION at registration, without `subject`
   */
  readonly acceptAnonymous?: boolean | undefined
}
