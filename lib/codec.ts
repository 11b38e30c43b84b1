import type { SigningKeys } from './keys.ts'
import { joinMarks, splitMarks, type Marks } from './marks.ts'
import { decodePayload, encodePayload, type Payload } from './payload.ts'
import { judgeAge, sign, unsign } from './signer.ts'

/** Browsers keep no cookie whose name and value take more bytes together (RFC 6265bis section 5.6). */
export const maxCookieBytes = 4096

/** What a codec needs to know. Pure: the keys and the clock come in. */
export interface CodecSettings {
  readonly cookieName: string
  readonly signingKeys: SigningKeys
  /** Seconds. */
  readonly lifetime: number
  /** Seconds. */
  readonly clockTolerance: number
}

/** A token that was accepted. */
export interface Opened {
  readonly ok: true
  /** The payload as the token spells it: it can be signed anew as it is. */
  readonly body: string
  /** Seconds since 1970. */
  readonly signedAt: number
  /** Which secret signed: 0 is the first. */
  readonly keyIndex: number
  readonly marks: Marks
  readonly data: Payload
}

export interface Refused {
  readonly ok: false
  readonly reason: 'oversize' | 'malformed' | 'signature' | 'expired' | 'future' | 'payload'
}

/** Opens a token at a time in seconds. Whatever the token is, this returns. */
export function open (token: string, settings: CodecSettings, now: number): Opened | Refused {
  // 1. Size: before any cryptography.
  if (cookieBytes(settings.cookieName, token) > maxCookieBytes) return { ok: false, reason: 'oversize' }

  // 2. Shape, signature and age.
  const limits = { now, lifetime: settings.lifetime, clockTolerance: settings.clockTolerance }
  const signed = unsign(token, settings.signingKeys, limits)
  if (!signed.ok) return signed

  // 3. Payload.
  const payload = decodePayload(signed.value)
  const parts = payload && splitMarks(payload)
  if (parts === undefined) return { ok: false, reason: 'payload' }

  // 4. The session's own, shorter lifetime.
  const reason = judgeAge(signed.signedAt, { ...limits, lifetime: parts.marks.lifetime ?? limits.lifetime })
  if (reason !== undefined) return { ok: false, reason }

  return { ok: true, body: signed.value, signedAt: signed.signedAt, keyIndex: signed.keyIndex, ...parts }
}

/** The body of a token: what is signed together with the time. */
export function pack (marks: Marks, data: Payload): string {
  return encodePayload(joinMarks(marks, data))
}

/** The token of a body, signed with the first key at a time in seconds. */
export function seal (body: string, settings: CodecSettings, signedAt: number): string {
  return sign(body, signedAt, settings.signingKeys)
}

/** Bytes that a browser counts. Tokens and cookie names are ASCII. */
export function cookieBytes (name: string, token: string): number {
  return name.length + token.length
}
