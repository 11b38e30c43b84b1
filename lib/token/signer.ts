import { timingSafeEqual } from 'node:crypto'
import { decodeBase64url, decodeInteger, encodeBase64url, encodeInteger } from '../util/base64url.ts'
import type { SigningKeys } from './keys.ts'

/** What a signature may be, in seconds. */
export interface Limits {
  /** The time now, since 1970. */
  readonly now: number
  /** A signature older than this has expired. */
  readonly lifetime: number
  /** How far in the future a signature may lie, for servers whose clocks differ. */
  readonly clockTolerance: number
}

/** A value that the holder of a key signed. */
export interface Verified {
  readonly ok: true
  readonly value: string
  /** Seconds since 1970. */
  readonly signedAt: number
  /** Which secret signed: 0 is the first, the one that signs. */
  readonly keyIndex: number
}

export interface VerificationFailure {
  readonly ok: false
  readonly reason: 'malformed' | 'signature' | 'expired' | 'future'
}

// token     = value "." timestamp "." signature
// value     = [ "." ] 1*base64url
// timestamp = *base64url, signature = 1*base64url
const token = /^\.?[\w-]+\.[\w-]*\.[\w-]+$/

/** `itsdangerous.TimestampSigner.sign`, at a given second. */
export function sign (value: string, signedAt: number, [first]: SigningKeys): string {
  const signed = `${value}.${timestampOf(signedAt)}`
  return `${signed}.${first(signed)}`
}

/**
 * `itsdangerous.TimestampSigner.unsign`: nothing of the token is believed before its signature. The value is what the
 * signer was given: that it is base64url, and no other spelling of it, is for whoever decodes it to see.
 */
export function unsign (text: string, keys: SigningKeys, limits: Limits): Verified | VerificationFailure {
  const end = text.lastIndexOf('.')
  const valueEnd = text.lastIndexOf('.', end - 1)
  if (valueEnd < 1) return { ok: false, reason: 'malformed' }

  const signed = text.slice(0, end)
  const given = text.slice(end + 1)
  const keyIndex = keys.findIndex((mac) => sameText(given, mac(signed)))
  // Whoever signs what is no token has the key: its shape need be told only of what no key signed.
  if (keyIndex === -1) return { ok: false, reason: token.test(text) ? 'signature' : 'malformed' }

  return readTimestamp(text.slice(0, valueEnd), text.slice(valueEnd + 1, end), keyIndex, limits)
}

let last = { second: 0, text: '' }

/** Seconds since 1970 as a token carries them. */
export function timestampOf (signedAt: number): string {
  // All that is signed within a second has the same.
  if (last.second !== signedAt) last = { second: signedAt, text: encodeBase64url(encodeInteger(signedAt)) }
  return last.text
}

/** What follows once the holder of a key is known to have made the token. */
export function readTimestamp (value: string, timestamp: string, keyIndex: number, limits: Limits): Verified | VerificationFailure {
  const bytes = decodeBase64url(timestamp)
  const signedAt = bytes && decodeInteger(bytes)
  if (signedAt === undefined) return { ok: false, reason: 'malformed' }

  const reason = judgeAge(signedAt, limits)
  return reason === undefined ? { ok: true, value, signedAt, keyIndex } : { ok: false, reason }
}

/** A signature is good up to and including the second in which it reaches its lifetime, as in itsdangerous. */
export function judgeAge (signedAt: number, limits: Limits): 'expired' | 'future' | undefined {
  const age = limits.now - signedAt
  // So that nothing is good by a clock that is broken.
  if (!(age <= limits.lifetime)) return 'expired'
  return age < -limits.clockTolerance ? 'future' : undefined
}

/** Compares in constant time. Texts, not the bytes they stand for: so one signature has one spelling. */
export function sameText (given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
