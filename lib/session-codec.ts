import type { $ZodObject } from 'zod/v4/core'
import { cookieBytes, expiry, maxCookieBytes, open, pack, seal, type Before, type Format, type Opened } from './codec.ts'
import { readCookies } from './cookies.ts'
import { InvalidLifetimeError, TooLargeError } from './errors.ts'
import { isLifetime, noMarks, type Marks } from './marks.ts'
import { resolveOptions, type Settings } from './options.ts'
import type { Payload } from './payload.ts'
import { convert } from './python.ts'
import type {
  OpenedSession, RejectedSession, SealOptions, SessionData, SessionSchemaOption, TypedSessionOptions
} from './types.ts'
import { clone, isPlainObject } from './values.ts'

// Each costs an authentication code a secret, and a header has room for hundreds. No browser of ours has so many.
const maxTokens = 8

/** A good token counts, though a bad one of the same name stands before it; of two good ones, neither does. */
export function findToken (tokens: readonly string[], settings: Settings, now: number): Opened | RejectedSession {
  if (tokens.length > maxTokens) return { ok: false, reason: 'ambiguous' }
  let found: Opened | RejectedSession = { ok: false, reason: 'absent' }
  for (const token of tokens) {
    const opened = open(token, settings, now)
    if (found.ok && opened.ok) return { ok: false, reason: 'ambiguous' }
    if (!found.ok && (opened.ok || found.reason === 'absent')) found = opened
  }
  return found
}

/** Data as the schema, or else the app's `migrate`, makes them of what a token brought. */
export function decodeData (
  data: Payload, { schema, migrate }: Settings
): { readonly ok: true, readonly data: Payload, readonly migrated: boolean } | RejectedSession {
  const decoded = schema.decode(data)
  if (decoded.ok) return { ok: true, data: decoded.data, migrated: false }
  try {
    const better = migrate?.(clone(data), decoded.issues)
    const migrated = isPlainObject(better) ? schema.decode(better) : decoded
    return migrated.ok ? { ok: true, data: migrated.data, migrated: true } : { ok: false, reason: 'schema' }
  } catch (cause) {
    return { ok: false, reason: 'schema', cause }
  }
}

/**
 * The token of a session's data, sealed at a time in seconds; `before` is what came. Throws FST_TYPED_SESSION_INVALID_DATA,
 * FST_TYPED_SESSION_UNSERIALIZABLE and FST_TYPED_SESSION_TOO_LARGE.
 */
export function sealData (data: Payload, marks: Marks, settings: Settings, now: number, before?: Before): string {
  const encoded = convert(data, (plain) => settings.schema.encode(plain))
  const token = seal(pack(marks, encoded, settings.format, before), settings, now)
  const size = cookieBytes(settings.cookieName, token)
  if (size > maxCookieBytes) throw new TooLargeError(size, maxCookieBytes, largestKeys(encoded, settings.format))
  return token
}

function largestKeys (data: Payload, format: Format): string {
  return Object.keys(data)
    .map((key) => ({ key, bytes: pack(noMarks, { [key]: data[key] }, format).length }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ key, bytes }) => `${key} (${bytes} bytes)`)
    .join(', ')
}

/**
 * Opens and seals the tokens of one session where no request of Fastify's is: in a websocket's context, a worker,
 * a test, another framework. `app.sessions` has one for each session of the app; `createSessionCodec` makes one.
 */
export class SessionCodec<Schema extends $ZodObject> {
  readonly #settings: Settings

  constructor (settings: Settings) {
    this.#settings = settings
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
   * Opens a whole Cookie header, or a token, which never has a `=` in it. Checks all that a request's session is
   * checked for. Never throws for what it was given, and a missing header is `absent`.
   */
  open (cookieHeaderOrToken: string | undefined): OpenedSession<SessionData<Schema>> {
    const now = this.#seconds()
    const found = findToken(this.#tokens(cookieHeaderOrToken), this.#settings, now)
    if (!found.ok) return found
    const decoded = decodeData(found.data, this.#settings)
    if (!decoded.ok) return decoded
    const { marks: { permanent, lifetime = this.#settings.lifetime }, signedAt } = found
    return {
      ok: true,
      data: decoded.data as SessionData<Schema>,
      permanent,
      lifetime,
      signedAt: new Date(signedAt * 1000),
      expiresAt: new Date(expiry(signedAt, found.marks, this.#settings) * 1000)
    }
  }

  /**
   * The token of a session with these data, sealed now: the value for a cookie named `cookieName`. Keys that are left
   * out have their defaults. Throws FST_TYPED_SESSION_INVALID_DATA, FST_TYPED_SESSION_INVALID_LIFETIME,
   * FST_TYPED_SESSION_UNSERIALIZABLE and FST_TYPED_SESSION_TOO_LARGE.
   */
  seal (data: Partial<SessionData<Schema>>, { permanent = false, lifetime }: SealOptions = {}): string {
    const { lifetime: max, absoluteLifetime } = this.#settings
    if (lifetime !== undefined && !(isLifetime(lifetime) && lifetime <= max)) throw new InvalidLifetimeError(max)
    const now = this.#seconds()
    const login = absoluteLifetime === undefined ? undefined : now
    return sealData({ ...data }, { permanent, lifetime, login }, this.#settings, now)
  }

  #tokens (text: string | undefined): string[] {
    if (text === undefined) return []
    return text.includes('=') ? readCookies(text, this.#settings.cookieName) : [text]
  }

  #seconds (): number {
    return Math.floor(this.#settings.now() / 1000)
  }
}

/**
 * The codec of a session without Fastify. Give it the same options as the plugin, and each opens what the other sealed.
 * Throws the errors that registering the plugin would.
 */
export function createSessionCodec<Schema extends SessionSchemaOption> (
  options: TypedSessionOptions & { schema: Schema }
): SessionCodec<Schema> {
  // Attributes are of no account here: a codec sends no Set-Cookie.
  return new SessionCodec(resolveOptions(options, () => ''))
}
