import { isUtf8 } from 'node:buffer'
import { deflateSync, inflateSync } from 'node:zlib'
import { decodeBase64url, encodeBase64url } from '../util/base64url.ts'
import { UnserializableError } from '../util/errors.ts'
import { maxValues, readFlaskJson, type FlaskNode } from './flask-reader.ts'
import { writeFlaskJson, type Unchanged } from './flask-writer.ts'
import { readTaggedJson, writeTaggedJson } from './tagged-json.ts'
import { isPlainObject } from '../util/objects.ts'

/** What a cookie carries: JSON, with dates and bytes under Flask's tags. */
export type Payload = Record<string, unknown>

/** A payload of Flask's. */
export interface FlaskPayload {
  readonly payload: Payload
  /** How Flask wrote it. */
  readonly flaskNode: FlaskNode
}

// No cookie needs more, and it is far below what would cost a server its memory.
const maxInflated = 65_536

/** The payload as the first part of a token: base64url of compact JSON. */
export function encodePayload (payload: Payload): string {
  return encodeBase64url(writeTaggedJson(payload))
}

/** The payload of a token's first part, inflated if it begins with a dot; undefined if it is none. */
export function decodePayload (body: string): Payload | undefined {
  return attempt(() => {
    const payload = asPayload(readTaggedJson(text(body)))
    return isInflated(body) && countValues(payload) > maxValues ? undefined : payload
  })
}

/**
 * The payload as Flask writes it: see `writeFlaskJson`. With `body`, as it came where it says the same. Throws
 * FST_TYPED_SESSION_UNSERIALIZABLE for one that would deflate into a cookie and never be inflated again.
 */
export function encodeFlaskPayload (payload: Payload, before?: Unchanged, body?: string): string {
  const text = writeFlaskJson(payload, before)
  if (body !== undefined && text === before?.node.text) return body
  const json = Buffer.from(text)
  if (json.length > maxInflated) {
    throw new UnserializableError(`its JSON takes ${json.length} bytes, and no more than ${maxInflated} are read back`)
  }
  if (attempt(() => readFlaskJson(text)) === undefined) throw new UnserializableError(`it holds more than ${maxValues} values`)
  const deflated = deflateSync(json)
  // itsdangerous.url_safe: the dot that says so must be worth it.
  return deflated.length < json.length - 1 ? `.${encodeBase64url(deflated)}` : encodeBase64url(json)
}

/** The payload of Flask's, and how Flask wrote it; undefined where it is none. */
export function decodeFlaskPayload (body: string): FlaskPayload | undefined {
  return attempt(() => {
    const flaskNode = readFlaskJson(text(body))
    return { payload: asPayload(flaskNode.value), flaskNode }
  })
}

/** The JSON of a token's first part, whatever it says; undefined where there is none to read. */
export function payloadText (body: string): string | undefined {
  return attempt(() => text(body))
}

// JSON.parse, inflate, the check for UTF-8 or a tag may find something else than what they read.
function attempt<T> (decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}

function isInflated (body: string): boolean {
  return body.startsWith('.')
}

// A few bytes can inflate to thousands of values, each of which takes time.
function countValues (value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((count: number, each) => count + countValues(each), 1)
}

function text (body: string): string {
  const json = isInflated(body) ? inflateSync(bytes(body.slice(1)), { maxOutputLength: maxInflated }) : bytes(body)
  if (!isUtf8(json)) throw new SyntaxError('no UTF-8')
  return json.toString()
}

function bytes (base64url: string): Buffer {
  const decoded = decodeBase64url(base64url)
  if (decoded === undefined) throw new SyntaxError('no base64url')
  return decoded
}

function asPayload (value: unknown): Payload {
  if (isPlainObject(value)) return value
  throw new SyntaxError('no object')
}
