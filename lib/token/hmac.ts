import { hash } from 'node:crypto'

/** A hash function that may sign, by its name in node:crypto. There is no "none" and no MD5. */
export type Digest = 'sha256' | 'sha1' | 'sha384' | 'sha512'
export const digests = ['sha256', 'sha1', 'sha384', 'sha512'] as const satisfies Digest[]

/** The authentication code of a text under one key, in base64url. */
export type Mac = (text: string) => string

// FIPS 180-4, figure 1
const blockBytes: Readonly<Record<Digest, number>> = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 }

// Texts that UTF-8 cannot make longer than this, as those of all cookies are, are put together in one place.
const room = 3 * 4096

/**
 * HMAC (RFC 2104) by two one-shot hashes over pads that are made once for a key: `createHmac` makes a native object for
 * each text, which costs a server twice as much.
 */
export function hmac (digest: Digest, key: Uint8Array): Mac {
  const block = blockBytes[digest]
  const short = key.length > block ? hash(digest, key, 'buffer') : key
  const innerPad = pad(short, block, 0x36)
  const inner = Buffer.concat([innerPad, Buffer.alloc(room)])
  const outer = Buffer.concat([pad(short, block, 0x5c), hash(digest, innerPad, 'buffer')])

  return function mac (text) {
    const most = 3 * text.length
    const message = most <= room ? inner : Buffer.concat([innerPad, Buffer.alloc(most)])
    const end = block + message.write(text, block)
    const digested = hash(digest, message.subarray(0, end), 'binary')
    outer.write(digested, block, 'binary')
    return hash(digest, outer, 'base64url')
  }
}

function pad (key: Uint8Array, length: number, byte: number): Buffer {
  return Buffer.alloc(length, byte).map((each, index) => each ^ (key[index] ?? 0)) as Buffer
}
