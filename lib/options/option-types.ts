import type { FastifyReply, FastifyRequest } from 'fastify'
import type { $ZodObject, $ZodType } from 'zod/v4/core'
import type { Format } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import type { Digest } from '../token/hmac.ts'
import type { KeyDerivation, Secret } from '../token/keys.ts'
import type { SchemaIssue } from '../session/schema.ts'
import type { SessionStore } from '../stores/store.ts'
import type { SessionControls } from '../session/types.ts'

type ReservedKey = keyof SessionControls<object> | '_permanent' | '_typed'

/** What the compiler names where a key of the schema would hide a member of the session. */
type NameOfTheSessionItself = 'the session has a member of this name: choose another key'

/** A zod object schema, classic or mini, none of whose keys is a name of the session's own. */
export type SessionSchemaOption = $ZodObject<
  Readonly<Record<string, $ZodType>> & { readonly [Key in ReservedKey]?: NameOfTheSessionItself }
>

type Adopted = Record<string, unknown> | null | undefined

/**
 * Returns the data of a request's session in another library, or undefined if there is none. It may be asynchronous, and
 * gets the reply to end the old session with. What it throws is logged.
 */
export type Adopt = (request: FastifyRequest, reply: FastifyReply) => Adopted | Promise<Adopted>

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
  describe? (data: Record<string, unknown>): unknown
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
