import { decrypt, encrypt, type EncryptionKeys } from './cipher.ts'
import type { SigningKeys } from './keys.ts'
import { attachMetadata, extractMetadata, type Metadata } from './metadata.ts'
import { decodeFlaskPayload, decodePayload, encodeFlaskPayload, encodePayload, type FlaskPayload, type Payload } from '../payload/payload.ts'
import { judgeAge, sign, unsign, type Limits, type Verified, type VerificationFailure } from './signer.ts'

/** Browsers keep no cookie whose name and value take more bytes together (RFC 6265bis section 5.6). */
export const maxCookieBytes = 4096

/** How payloads are spelt: `flask` as Flask spells them, so that nothing is lost on the way there and back. */
export type Format = 'default' | 'flask'
export const formats = ['default', 'flask'] as const satisfies Format[]

/** What opening and sealing need to know. Pure: the keys and the clock come in. */
export interface TokenSettings {
  readonly cookieName: string
  readonly format: Format
  readonly signingKeys: SigningKeys
  /** Where there are any, tokens are encrypted, and signed ones are refused. */
  readonly encryptionKeys: EncryptionKeys | undefined
  /** Whether signed tokens are taken beside encrypted ones, until the next response encrypts them. */
  readonly acceptSigned: boolean
  /** Seconds from the signature. */
  readonly lifetime: number
  /** Seconds from login, whatever is signed anew since. */
  readonly absoluteLifetime: number | undefined
  /** Seconds. */
  readonly clockTolerance: number
}

/** A token that was accepted. */
export interface OpenedToken {
  readonly ok: true
  /** The payload as the token spells it, where it can be sealed anew as it is. */
  readonly body: string | undefined
  /** Seconds since 1970. */
  readonly signedAt: number
  /** Which secret sealed it: 0 is the first. */
  readonly keyIndex: number
  /** Whether it was sealed otherwise than these settings seal: with an older secret, or not encrypted. */
  readonly needsReseal: boolean
  readonly metadata: Metadata
  readonly data: Payload
  /** The payload as it came, in Flask's format: what Flask's types were is read again when the session is written. */
  readonly flaskBody: string | undefined
  /** The most letters that the payload's JSON can have. */
  readonly jsonLength: number
}

/** What came, for a body in which nothing is lost that nobody changed. */
export interface ReceivedPayload {
  readonly flaskBody: string | undefined
  /** The data as they would be written had nobody changed them; undefined where that is as they came. */
  readonly unchanged?: Payload | undefined
}

export interface RefusedToken {
  readonly ok: false
  readonly reason: 'oversize' | 'malformed' | 'signature' | 'expired' | 'future' | 'payload'
}

/** Opens a token at a time in seconds. Whatever the token is, this returns. */
export function openToken (token: string, settings: TokenSettings, now: number): OpenedToken | RefusedToken {
  // 1. Size: before any cryptography.
  if (cookieBytes(settings.cookieName, token) > maxCookieBytes) return { ok: false, reason: 'oversize' }

  // 2. Shape, signature or decryption, and age.
  const { sealed, migrates } = unseal(token, settings, { now, lifetime: settings.lifetime, clockTolerance: settings.clockTolerance })
  if (!sealed.ok) return sealed
  const { value, signedAt, keyIndex } = sealed

  // 3. Payload.
  const decoded = decode(value, settings.format)
  const parts = decoded && extractMetadata(decoded.payload)
  if (decoded === undefined || parts === undefined) return { ok: false, reason: 'payload' }

  // 4. The session's own lifetime, and the absolute one. A session from before that option began when it was signed.
  const beginsHere = settings.absoluteLifetime !== undefined && parts.metadata.authenticatedAt === undefined
  const metadata = beginsHere ? { ...parts.metadata, authenticatedAt: signedAt } : parts.metadata
  const body = migrates || beginsHere ? undefined : value
  const opened: OpenedToken =
    { ok: true, body, signedAt, keyIndex, needsReseal: migrates || keyIndex > 0, metadata, data: parts.data, flaskBody: settings.format === 'flask' ? value : undefined, jsonLength: decoded.jsonLength }
  return isOver(opened, settings, now) ? { ok: false, reason: 'expired' } : opened
}

/** The same for a token that these settings opened before: of all that was checked, only the time can have changed. */
export function reopenToken (opened: OpenedToken, settings: TokenSettings, now: number): OpenedToken | RefusedToken {
  const { lifetime, clockTolerance } = settings
  const reason = judgeAge(opened.signedAt, { now, lifetime, clockTolerance })
  if (reason !== undefined) return { ok: false, reason }
  return isOver(opened, settings, now) ? { ok: false, reason: 'expired' } : opened
}

function isOver ({ signedAt, metadata }: OpenedToken, settings: TokenSettings, now: number): boolean {
  return now > expiry(signedAt, metadata, settings)
}

/** The last second, since 1970, in which a session signed at a given one is good. */
export function expiry (signedAt: number, metadata: Metadata, settings: TokenSettings): number {
  const { lifetime = Infinity, authenticatedAt = Infinity, absoluteLifetime = Infinity } = metadata
  const idle = signedAt + Math.min(lifetime, settings.lifetime)
  return Math.min(idle, authenticatedAt + Math.min(absoluteLifetime, settings.absoluteLifetime ?? Infinity))
}

/** The body of a token: what is sealed together with the time. */
export function encodeBody (metadata: Metadata, data: Payload, format: Format = 'default', before?: ReceivedPayload): string {
  const payload = attachMetadata(metadata, data)
  if (format === 'default') return encodePayload(payload)
  if (before?.flaskBody === undefined) return encodeFlaskPayload(payload)
  const { flaskBody, unchanged } = before
  const came = decodeFlaskPayload(flaskBody) as FlaskPayload
  // Flask keeps the mark of a session that is permanent no more.
  const whole = Object.hasOwn(came.payload, '_permanent') ? { _permanent: false, ...payload } : payload
  return encodeFlaskPayload(whole, { node: came.flaskNode, value: { ...came.payload, ...unchanged } }, flaskBody)
}

/** The token of a body, sealed with the first key at a time in seconds. */
export function sealToken (body: string, { encryptionKeys, signingKeys }: TokenSettings, signedAt: number): string {
  return encryptionKeys === undefined ? sign(body, signedAt, signingKeys) : encrypt(body, signedAt, encryptionKeys)
}

/** Bytes that a browser counts. Tokens and cookie names are ASCII. */
export function cookieBytes (name: string, token: string): number {
  return name.length + token.length
}

function decode (body: string, format: Format): { payload: Payload, jsonLength: number } | undefined {
  if (format === 'flask') {
    const decoded = decodeFlaskPayload(body)
    return decoded && { payload: decoded.payload, jsonLength: decoded.flaskNode.text.length }
  }
  const payload = decodePayload(body)
  // This side deflates for Flask alone: what others deflated is not worth the counting.
  return payload && { payload, jsonLength: body.startsWith('.') ? Infinity : body.length }
}

// The shapes differ, so that no token is ever tried as both.
function unseal (
  token: string, { encryptionKeys, signingKeys, acceptSigned }: TokenSettings, limits: Limits
): { sealed: Verified | VerificationFailure, migrates: boolean } {
  if (encryptionKeys !== undefined) {
    const decrypted = decrypt(token, encryptionKeys, limits)
    if (decrypted.ok || decrypted.reason !== 'malformed' || !acceptSigned) return { sealed: decrypted, migrates: false }
  }
  return { sealed: unsign(token, signingKeys, limits), migrates: encryptionKeys !== undefined }
}
