import { inflateSync } from 'node:zlib'

/** One part of a token, as it is spelt and as it reads. */
export interface Part<Meaning> {
  readonly text: string
  /** Undefined where the text says nothing, as in a cookie that someone tampered with. */
  readonly means: Meaning | undefined
}

/** A session cookie's value taken apart. No secret is needed for that: signed is not encrypted. */
export interface Anatomy {
  readonly token: string
  /** Then only its time can be read. */
  readonly encrypted: boolean
  readonly payload: Part<unknown>
  /** Seconds since 1970. */
  readonly signedAt: Part<number>
  /** How many bits it has. */
  readonly signature: Part<number>
}

const signedShape = /^(?<payload>\.?[\w-]+)\.(?<time>[\w-]+)\.(?<signature>[\w-]+)$/
const encryptedShape = /^(?<payload>[\w-]{60,})\.(?<time>[\w-]{4,8})$/

/** Takes a token apart without judging it; what has not the shape of a token is all payload. */
export function takeApart (token: string): Anatomy {
  const encrypted = encryptedShape.test(token)
  const { payload = token, time = '', signature = '' } = (encrypted ? encryptedShape : signedShape).exec(token)?.groups ?? {}
  return {
    token,
    encrypted,
    payload: { text: payload, means: encrypted ? undefined : attempt(() => JSON.parse(inflated(payload))) },
    signedAt: { text: time, means: attempt(() => bytes(time).readUIntBE(0, bytes(time).length)) },
    signature: { text: signature, means: signature === '' ? undefined : bytes(signature).length * 8 }
  }
}

function inflated (payload: string): string {
  return payload.startsWith('.')
    ? inflateSync(bytes(payload.slice(1)), { maxOutputLength: 65_536 }).toString()
    : bytes(payload).toString()
}

function bytes (text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

function attempt<Value> (read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
