import { randomFillSync } from 'node:crypto'
import { nonceBytes } from './xaes.ts'

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
