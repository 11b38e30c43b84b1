import { decrypt } from '../token/cipher.ts'
import { openToken, type TokenSettings, type Format, type RefusedToken } from '../token/token.ts'
import { decodeBase64url, decodeInteger } from '../util/base64url.ts'
import type { Digest } from '../token/hmac.ts'
import { deriveEncryptionKeys, deriveSigningKeys, type KeyDerivation } from '../token/keys.ts'
import { decodeFlaskPayload, payloadText } from '../payload/payload.ts'
import { extractMetadata } from '../token/metadata.ts'
import { unsign } from '../token/signer.ts'

/** What is known of whoever made a cookie. */
export interface Maker {
  readonly cookieName: string | undefined
  /** Undefined: either. */
  readonly format: Format | undefined
  readonly digest: Digest | undefined
  readonly salt: string | undefined
  readonly keyDerivation: KeyDerivation
  /** Seconds. Undefined: the plugin's default. */
  readonly lifetime: number | undefined
  /** By their names. */
  readonly secrets: ReadonlyMap<string, string>
}

export type Verdict = 'valid' | 'unchecked' | RefusedToken['reason']

/** A cookie taken apart. */
export interface Inspection {
  readonly verdict: Verdict
  readonly cookieName: string
  readonly token: string
  readonly encrypted: boolean
  readonly compressed: boolean
  /** Whether the session is bound to a device; undefined if its payload cannot be read. */
  readonly bound: boolean | undefined
  /** JSON, where it can be read. */
  readonly payload: string | undefined
  /** Seconds since 1970, where they can be read. */
  readonly signedAt: number | undefined
  /** The last second, since 1970, in which the session is good by this lifetime. */
  readonly expiresAt: number | undefined
  /** Seconds. */
  readonly lifetime: number
  readonly lifetimeFrom: 'default' | 'option' | 'session' | 'absolute'
  /** Where the signature holds: the name of the secret, and the format. */
  readonly secret: string | undefined
  readonly format: Format | undefined
}

const defaultLifetime = 2_678_400

// value "." timestamp "." signature, or sealed "." timestamp
const token = String.raw`\.?[\w-]+\.[\w-]*\.[\w-]{20,}|[\w-]{40,}\.[\w-]{2,8}`
const bare = new RegExp(`^"?(${token})"?$`)
// A name is tried from its first character only: from each of them, a long text would take quadratic time.
const nameChar = String.raw`[\w!#$%&*+.^|~-]`
const pair = new RegExp(String.raw`(?<!${nameChar})(${nameChar}+)="?(${token})(?![\w.-])`, 'g')

/** Whether a text is a session's cookie, without its name. */
export function isToken (text: string): boolean {
  return bare.test(text)
}

/** Finds a session's cookie in a Cookie or Set-Cookie header, a command line of curl, or on its own. */
export function findCookie (text: string, name: string | undefined): { name: string, token: string } | undefined {
  const alone = bare.exec(text.trim())?.[1]
  if (alone !== undefined) return { name: name ?? 'session', token: alone }
  const pairs = Array.from(text.matchAll(pair), ([, name = '', token = '']) => ({ name, token }))
  return pairs.find((each) => each.name === (name ?? 'session')) ?? (name === undefined ? pairs[0] : undefined)
}

/** Takes a cookie apart, and judges it if there are secrets to judge it by. `now` in seconds. */
export function inspectCookie (text: string, maker: Maker, now: number): Inspection | undefined {
  const found = findCookie(text, maker.cookieName)
  if (found === undefined) return undefined
  const { name: cookieName, token } = found
  const compressed = token.startsWith('.')
  const [value = '', timestamp = ''] = token.slice(compressed ? 1 : 0).split('.')
  const encrypted = !/\..+\./.test(token)
  const signedAt = decodeInteger(decodeBase64url(timestamp) ?? Uint8Array.of(0))
  const seen: Inspection = {
    verdict: 'unchecked',
    cookieName,
    token,
    encrypted,
    compressed,
    signedAt,
    ...readBody(encrypted ? undefined : compressed ? `.${value}` : value, signedAt, maker),
    secret: undefined,
    format: undefined
  }
  if (!encrypted && seen.payload === undefined) return { ...seen, verdict: 'malformed' }
  if (maker.secrets.size === 0) return seen
  const formats: Format[] = maker.format === undefined ? ['default', 'flask'] : [maker.format]
  const judged = formats.map((format) => judge(seen, maker, format, now))
  return judged.find(({ secret }) => secret !== undefined) ?? judged[0]
}

type Body = Pick<Inspection, 'bound' | 'payload' | 'expiresAt' | 'lifetime' | 'lifetimeFrom'>

function readBody (body: string | undefined, signedAt: number | undefined, maker: Maker): Body {
  const decoded = body === undefined ? undefined : decodeFlaskPayload(body)
  const metadata = decoded && extractMetadata(decoded.payload)?.metadata
  const payload = body === undefined ? undefined : payloadText(body)
  const bound = metadata && metadata.bound === true
  const own = metadata?.lifetime
  const most = maker.lifetime ?? defaultLifetime
  const lifetime = Math.min(own ?? most, most)
  const { authenticatedAt = Infinity, absoluteLifetime = Infinity } = metadata ?? {}
  if (signedAt !== undefined && authenticatedAt + absoluteLifetime < signedAt + lifetime) {
    return { bound, payload, expiresAt: authenticatedAt + absoluteLifetime, lifetime: absoluteLifetime, lifetimeFrom: 'absolute' }
  }
  return {
    bound,
    payload,
    expiresAt: signedAt === undefined ? undefined : signedAt + lifetime,
    lifetime,
    lifetimeFrom: lifetime === own ? 'session' : maker.lifetime === undefined ? 'default' : 'option'
  }
}

function judge (seen: Inspection, maker: Maker, format: Format, now: number): Inspection {
  const { cookieName, token, encrypted } = seen
  const settings = settingsOf(maker, cookieName, format, encrypted)
  // The signature alone first: whom it is from counts whatever its age.
  const ageless = { now, lifetime: Infinity, clockTolerance: Infinity }
  const signed = settings.encryptionKeys === undefined
    ? unsign(token, settings.signingKeys, ageless)
    : decrypt(token, settings.encryptionKeys, ageless)
  if (!signed.ok) return { ...seen, verdict: signed.reason }
  const opened = openToken(token, settings, now)
  return {
    ...seen,
    verdict: opened.ok ? 'valid' : opened.reason,
    ...readBody(signed.value, signed.signedAt, maker),
    secret: [...maker.secrets.keys()][signed.keyIndex],
    format
  }
}

function settingsOf (maker: Maker, cookieName: string, format: Format, encrypted: boolean): TokenSettings {
  const flask = format === 'flask'
  const salt = flask ? maker.salt ?? 'cookie-session' : `${maker.salt ?? 'fastify-typed-session'}/${cookieName}`
  const secrets = [...maker.secrets.values()] as [string, ...string[]]
  return {
    cookieName,
    format,
    signingKeys: deriveSigningKeys(secrets, salt, maker.keyDerivation, maker.digest ?? (flask ? 'sha1' : 'sha256')),
    encryptionKeys: encrypted ? { cookieName, keys: deriveEncryptionKeys(secrets, salt) } : undefined,
    acceptSigned: false,
    lifetime: maker.lifetime ?? defaultLifetime,
    absoluteLifetime: undefined,
    clockTolerance: flask ? 0 : 60
  }
}
