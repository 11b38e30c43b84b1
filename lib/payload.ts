import { inflateSync } from 'node:zlib'
import { decodeBase64url, encodeBase64url } from './encoding.ts'
import { UnserializableError } from './errors.ts'
import { isPlainObject } from './values.ts'

/** What a cookie carries: JSON, with dates and bytes under Flask's tags. */
export type Payload = Record<string, unknown>

// No cookie needs more; both are far below what would cost a server its memory or its stack.
const maxInflated = 65_536
const maxDepth = 32

/** The payload as the first part of a token: base64url of compact JSON. */
export function encodePayload (payload: Payload): string {
  return encodeBase64url(JSON.stringify(tagRecord(payload, '', 1)))
}

/** The payload of a token's first part, inflated where a leading dot says so; undefined where it is none. */
export function decodePayload (body: string): Payload | undefined {
  try {
    const bytes = body.startsWith('.')
      ? inflate(decodeBase64url(body.slice(1)))
      : decodeBase64url(body)
    return bytes && asRecord(untag(JSON.parse(utf8.decode(bytes)), 1))
  } catch {
    // JSON.parse, inflate, the UTF-8 decoder or a tag found something else than what they read.
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function inflate (bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && inflateSync(bytes, { maxOutputLength: maxInflated })
}

function asRecord (value: unknown): Payload | undefined {
  return isPlainObject(value) ? value : undefined
}

// flask.json.tag: an object with one of these as its only key stands for something else.
const tags = new Set([' di', ' t', ' b', ' m', ' u', ' d'])

function untag (value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) throw new RangeError('deeper than a session may be')
  if (Array.isArray(value)) return value.map((item) => untag(item, depth + 1))

  const record = value as Record<string, unknown>
  const keys = Object.keys(record)
  const [first] = keys
  if (keys.length === 1 && first !== undefined && tags.has(first)) return readTag(first, record[first], depth)
  for (const key of keys) {
    if (reachesPrototype(key, record[key])) throw new SyntaxError('a key that reaches a prototype')
    record[key] = untag(record[key], depth + 1)
  }
  return record
}

// Harmless here, but not in the code that merges a session's data into an object of its own.
function reachesPrototype (key: string, value: unknown): boolean {
  return key === '__proto__' || (key === 'constructor' && isPlainObject(value) && 'prototype' in value)
}

function readTag (tag: string, content: unknown, depth: number): unknown {
  if (tag === ' t' && Array.isArray(content)) return untag(content, depth)
  if (tag === ' di' && isPlainObject(content)) return readEscaped(content, depth)
  if (typeof content !== 'string') throw new SyntaxError('a tag around something else than it stands for')
  switch (tag) {
    case ' d': return readDate(content)
    case ' b': return readBytes(content)
    case ' u': return readUuid(content)
    case ' m': return content
    default: throw new SyntaxError('a tag around something else than it stands for')
  }
}

// {" di": {" t__": x}} is {" t": x}
function readEscaped (content: Record<string, unknown>, depth: number): Record<string, unknown> {
  const [[key, value] = [''], ...others] = Object.entries(content)
  if (!key.endsWith('__') || !tags.has(key.slice(0, -2)) || others.length > 0) throw new SyntaxError('no escaped key')
  return { [key.slice(0, -2)]: untag(value, depth + 1) }
}

function readDate (text: string): Date {
  const date = new Date(text)
  if (text !== dateText(date)) throw new SyntaxError('no date')
  return date
}

function readBytes (text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new SyntaxError('no base64')
  return new Uint8Array(bytes)
}

function readUuid (hex: string): string {
  if (!/^[\da-f]{32}$/.test(hex)) throw new SyntaxError('no UUID')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

// Flask's tag holds an HTTP date, which has no milliseconds: a date with some is written in ISO 8601.
function dateText (date: Date): string {
  const text = date.toUTCString()
  return Date.parse(text) === date.getTime() ? text : date.toISOString()
}

function tag (value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean': return value
    case 'number':
      if (!Number.isFinite(value)) throw new UnserializableError(`JSON has no ${value} for ${path}`)
      return value
    case 'object':
      if (value === null) return value
      if (depth > maxDepth) throw new UnserializableError(`${path} lies deeper than ${maxDepth} levels`)
      if (Array.isArray(value)) return value.map((item, index) => tag(item, `${path}[${index}]`, depth + 1))
      if (value instanceof Date) return tagDate(value, path)
      if (value instanceof Uint8Array) return { ' b': Buffer.from(value).toString('base64') }
      if (isPlainObject(value)) return tagRecord(value, path, depth)
  }
  throw new UnserializableError(`JSON cannot carry what ${path} holds (${describe(value)}); ` +
    'use a zod codec for it, or keep something simpler')
}

function tagDate (date: Date, path: string): unknown {
  if (Number.isNaN(date.getTime())) throw new UnserializableError(`${path} is an invalid Date`)
  return { ' d': dateText(date) }
}

// As in JSON, a key whose value is undefined is not there.
function tagRecord (record: Record<string, unknown>, path: string, depth: number): Record<string, unknown> {
  const tagged: Record<string, unknown> = {}
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  for (const [key, value] of entries) {
    const at = path === '' ? key : `${path}.${key}`
    if (reachesPrototype(key, value)) throw new UnserializableError(`${at} is a key that reaches a prototype`)
    tagged[key] = tag(value, at, depth + 1)
  }
  const [first, ...others] = Object.keys(tagged)
  return first !== undefined && others.length === 0 && tags.has(first)
    ? { ' di': { [`${first}__`]: tagged[first] } }
    : tagged
}

function describe (value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value
}
