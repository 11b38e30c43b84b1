import { hash } from 'node:crypto'

/** The hash functions that may sign. The names of node:crypto; there is no "none" and no MD5. */
export const digests = ['sha256', 'sha1', 'sha384', 'sha512'] as const
export type Digest = (typeof digests)[number]

/** The authentication code of a text under one key, in base64url. */
export type Mac = (text: string) => string

// FIPS 180-4, figure 1
const blockBytes: Readonly<Record<Digest, number>> = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 }

/**
 * HMAC (RFC 2104) by two one-shot hashes over pads that are made once for a key: `createHmac` makes a native object for
 * each text, which costs a server twice as much.
 */
export function hmac (digest: Digest, key: Uint8Array): Mac {
  const block = blockBytes[digest]
  const short = key.length > block ? hash(digest, key, 'buffer') : key
  const inner = pad(short, block, 0x36)
  const outer = Buffer.concat([pad(short, block, 0x5c), hash(digest, inner, 'buffer')])

  return function mac (text) {
    const digested = hash(digest, Buffer.concat([inner, Buffer.from(text)]), 'binary')
    outer.write(digested, block, 'binary')
    return hash(digest, outer, 'base64url')
  }
}

function pad (key: Uint8Array, length: number, byte: number): Buffer {
  return Buffer.alloc(length, byte).map((each, index) => each ^ (key[index] ?? 0)) as Buffer
}
