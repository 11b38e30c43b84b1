/** Base64url without padding (RFC 4648 section 5). A string is encoded as UTF-8. */
export function encodeBase64url (data: string | Uint8Array): string {
  return (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    .toString('base64url')
}

/**
 * The bytes of a text in base64url, or undefined where the text is not the one that `encodeBase64url` gives for them:
 * padding, white space, the standard alphabet and stray trailing bits would make two texts of one value.
 */
export function decodeBase64url (text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** A safe integer from 0 as big-endian bytes without leading zeros, as itsdangerous writes timestamps. */
export function encodeInteger (value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256)
  return Buffer.from(bytes.reverse())
}

/** The integer that `encodeInteger` gave these bytes, or undefined where it can have given none. */
export function decodeInteger (bytes: Uint8Array): number | undefined {
  if (bytes[0] === 0) return undefined
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return Number.isSafeInteger(value) ? value : undefined
}
