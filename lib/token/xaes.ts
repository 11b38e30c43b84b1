import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'

/**
 * XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived for each nonce of 192 bits, so that
 * nonces can be random for any number of messages.
 */
export interface XaesKey {
  readonly key: KeyObject
  /** K1 of the specification, twice: once for each block of the derivation. */
  readonly mask: Buffer
  /** What sealed last: nonces whose first half is the same share the derived key. */
  sealed: { readonly half: Buffer, readonly derived: KeyObject } | undefined
}

export const nonceBytes = 24
export const tagBytes = 16

export function xaesKey (bytes: Uint8Array): XaesKey {
  const key = createSecretKey(bytes)
  const k1 = double(encryptBlocks(key, Buffer.alloc(16)))
  return { key, mask: Buffer.concat([k1, k1]), sealed: undefined }
}

/** Ciphertext and tag. */
export function xaesSeal (key: XaesKey, nonce: Buffer, plaintext: Uint8Array, additionalData: Uint8Array): Buffer {
  const half = nonce.subarray(0, 12)
  if (key.sealed?.half.equals(half) !== true) key.sealed = { half: Buffer.from(half), derived: createSecretKey(deriveKey(key, nonce)) }
  const cipher = createCipheriv('aes-256-gcm', key.sealed.derived, nonce.subarray(12), { authTagLength: tagBytes })
  cipher.setAAD(additionalData)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The plaintext, or undefined where key, nonce or additional data are not those that sealed it. */
export function xaesOpen (key: XaesKey, nonce: Buffer, sealed: Buffer, additionalData: Uint8Array): Buffer | undefined {
  const cipher = createDecipheriv('aes-256-gcm', deriveKey(key, nonce), nonce.subarray(12), { authTagLength: tagBytes })
  cipher.setAAD(additionalData)
  cipher.setAuthTag(sealed.subarray(-tagBytes))
  const plaintext = cipher.update(sealed.subarray(0, -tagBytes))
  try {
    cipher.final()
    return plaintext
  } catch {
    return undefined
  }
}

// CMAC in counter mode over the first half of the nonce (NIST SP 800-108r1 section 4.1): two blocks make the key.
const labels = Buffer.from(['00015800', '00025800'].map((label) => label.padEnd(32, '0')).join(''), 'hex')

function deriveKey ({ key, mask }: XaesKey, nonce: Buffer): Buffer {
  const blocks = Buffer.from(labels)
  nonce.copy(blocks, 4, 0, 12)
  nonce.copy(blocks, 20, 0, 12)
  return encryptBlocks(key, Buffer.from(blocks.map((byte, index) => byte ^ mask.readUInt8(index))))
}

// Whole blocks need none of the padding that `final` would add.
function encryptBlocks (key: KeyObject, blocks: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).update(blocks)
}

// Doubling in GF(2^128) (NIST SP 800-38B section 6.1).
function double (block: Buffer): Buffer {
  const carry = block.readUInt8(0) >> 7
  const shifted = block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7))
  return Buffer.from(shifted.map((byte, index) => index === 15 && carry === 1 ? byte ^ 0x87 : byte))
}
