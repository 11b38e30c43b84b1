import { UnserializableError } from '../util/errors.ts'
import { PythonString, Tuple } from './python-types.ts'
import {
  bytesText, checkDate, checkDepth, checkKey, isBytes, isDate, isList, isRecord, isTag, keyToEscape, maxDepth, reachesPrototype,
  readBytes, readEscapedKey, readUuid, unserializable
} from './tags.ts'
import { isPlainObject } from '../util/objects.ts'

/** The value of a JSON text with tags. Throws where it is none. */
export function readTaggedJson (json: string): unknown {
  return untag(JSON.parse(json), 1)
}

/** A record as JSON, with dates and bytes under Flask's tags. */
export function writeTaggedJson (record: Record<string, unknown>): string {
  return JSON.stringify(isJson(record, 1) ? record : tagRecord(record, '', 1))
}

// Whether JSON carries a value as it is. Most sessions are so, and need no copy with tags in it.
function isJson (value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
  }
  if (depth > maxDepth) return false
  if (isList(value)) return areJson(value, depth + 1)
  if (!isRecord(value)) return false
  for (const key in value) {
    const child = value[key]
    if (child !== undefined && ((typeof child !== 'string' && !isJson(child, depth + 1)) || isTag(key) || reachesPrototype(key, child))) return false
  }
  return true
}

// A hole is no value of JSON either.
function areJson (items: readonly unknown[], depth: number): boolean {
  for (const item of items) if (!isJson(item, depth)) return false
  return true
}

// Changes what JSON.parse made, and takes it over.
function untag (value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) throw new RangeError('deeper than a session may be')
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = untag(value[index], depth + 1)
    return value
  }
  const record = value as Record<string, unknown>
  const only = onlyKey(record)
  if (only !== undefined && isTag(only) && Object.hasOwn(record, only)) return readTag(only, record[only], depth)
  for (const key in record) {
    const child = record[key]
    if (reachesPrototype(key, child)) throw new SyntaxError('a key that reaches a prototype')
    if (typeof child === 'object' && Object.hasOwn(record, key)) record[key] = untag(child, depth + 1)
  }
  return record
}

function onlyKey (record: Record<string, unknown>): string | undefined {
  let only
  for (const key in record) {
    // What an object has itself comes before what it inherits.
    if (only !== undefined) return Object.hasOwn(record, key) ? undefined : only
    only = key
  }
  return only
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

function readEscaped (content: Record<string, unknown>, depth: number): Record<string, unknown> {
  const key = readEscapedKey(Object.keys(content))
  if (!isTag(key)) throw new SyntaxError('no escaped key')
  return { [key]: untag(content[`${key}__`], depth + 1) }
}

function readDate (text: string): Date {
  const date = new Date(text)
  if (text !== dateText(date)) throw new SyntaxError('no date')
  return date
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
      checkDepth(depth, path)
      if (isList(value)) return tagItems(value, path, depth)
      if (value instanceof Tuple) return { ' t': tagItems(value, path, depth) }
      if (isDate(value)) return tagDate(value, path)
      if (isBytes(value)) return { ' b': bytesText(value) }
      if (value instanceof PythonString) return { [value.tag]: value.content }
      if (isRecord(value)) return tagRecord(value, path, depth)
  }
  throw unserializable(value, path)
}

// Array.from sees a hole as undefined, which is no value of JSON.
function tagItems (items: readonly unknown[], path: string, depth: number): unknown[] {
  return Array.from(items, (item, index) => tag(item, `${path}[${index}]`, depth + 1))
}

function tagDate (date: Date, path: string): unknown {
  checkDate(date, path)
  return { ' d': dateText(date) }
}

// As in JSON, a key whose value is undefined is not there.
function tagRecord (record: Record<string, unknown>, path: string, depth: number): Record<string, unknown> {
  const tagged: Record<string, unknown> = {}
  for (const key of Object.keys(record)) {
    const value = record[key]
    if (value === undefined) continue
    const at = path === '' ? key : `${path}.${key}`
    checkKey(key, value, at)
    tagged[key] = tag(value, at, depth + 1)
  }
  const escaped = keyToEscape(Object.keys(tagged))
  return escaped === undefined ? tagged : { ' di': { [`${escaped}__`]: tagged[escaped] } }
}
