import { randomFillSync } from 'node:crypto'
import { decodeBase64url, encodeBase64url } from '../util/base64url.ts'
import { readTimestamp, timestampOf, type Limits, type Verified, type VerificationFailure } from './signer.ts'
import { nonceBytes, tagBytes, xaesOpen, xaesSeal, type XaesKey } from './xaes.ts'

/** What encrypts and decrypts: the first key encrypts, all decrypt. */
export interface EncryptionKeys {
  /** Authenticated with each token. */
  readonly cookieName: string
  readonly keys: readonly [XaesKey, ...XaesKey[]]
}

// token  = sealed "." timestamp
// sealed = base64url(nonce ciphertext tag)
const token = /^([\w-]+)\.([\w-]*)$/

/** Encrypts a value, which is base64url, at a given second. */
export function encrypt (value: string, signedAt: number, { cookieName, keys }: EncryptionKeys): string {
  const timestamp = timestampOf(signedAt)
  const nonce = newNonce()
  const sealed = xaesSeal(keys[0], nonce, Buffer.from(value, 'base64url'), additionalData(cookieName, timestamp))
  return `${encodeBase64url(Buffer.concat([nonce, sealed]))}.${timestamp}`
}

/** The value that `encrypt` was given: nothing of the token is believed before its tag. */
export function decrypt (text: string, { cookieName, keys }: EncryptionKeys, limits: Limits): Verified | VerificationFailure {
  const [, encoded = '', timestamp = ''] = token.exec(text) ?? []
  const bytes = decodeBase64url(encoded)
  if (bytes === undefined || bytes.length < nonceBytes + tagBytes) return { ok: false, reason: 'malformed' }

  const nonce = bytes.subarray(0, nonceBytes)
  const sealed = bytes.subarray(nonceBytes)
  for (const [keyIndex, key] of keys.entries()) {
    const value = xaesOpen(key, nonce, sealed, additionalData(cookieName, timestamp))
    if (value !== undefined) return readTimestamp(encodeBase64url(value), timestamp, keyIndex, limits)
  }
  return { ok: false, reason: 'signature' }
}

function additionalData (cookieName: string, timestamp: string): Buffer {
  return Buffer.from(`${cookieName}.${timestamp}`)
}

// Random bytes are dear by the piece, and so is the key that XAES derives from the first half of a nonce. So a batch of
// nonces is drawn at once, and shares its first half: GCM is good for 2^32 random second halves under one derived key
// (NIST SP 800-38D section 8.3).
const batch = 1024
const half = nonceBytes / 2
const random = Buffer.alloc(half * (1 + batch))
let used = batch

/** A nonce for one message, never given before. */
export function newNonce (): Buffer {
  if (used === batch) {
    randomFillSync(random)
    used = 0
  }
  used++
  return Buffer.concat([random.subarray(0, half), random.subarray(used * half, (used + 1) * half)])
}
