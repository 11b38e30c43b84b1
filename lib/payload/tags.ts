import { UnserializableError } from '../util/errors.ts'
import { isPlainObject } from '../util/objects.ts'

// Neither a cookie nor a person needs more, and no stack overflows below it.
export const maxDepth = 32

/** flask.json.tag: an object with one of these as its only key stands for something else. */
const tags: ReadonlySet<string> = new Set([' di', ' t', ' b', ' m', ' u', ' d'])

/** Whether a key is one. All begin with a space, which hardly any other does. */
export function isTag (key: string): boolean {
  return key.charCodeAt(0) === 0x20 && tags.has(key)
}

/** Harmless here, but not in the code that merges a session's data into an object of its own. */
export function reachesPrototype (key: string, value: unknown): boolean {
  return key === '__proto__' || (key === 'constructor' && isPlainObject(value) && 'prototype' in value)
}

/** The content of a ` b` tag: standard base64, as Python's `b64encode` writes it. */
export function readBytes (text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new SyntaxError('no base64')
  return new Uint8Array(bytes)
}

export function bytesText (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** The content of a ` u` tag: `uuid.UUID.hex` of Python. */
export function readUuid (hex: string): string {
  if (!/^[\da-f]{32}$/.test(hex)) throw new SyntaxError('no UUID')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The key in a ` di` tag, without what escapes it: {" di": {" t__": x}} is {" t": x}. */
export function readEscapedKey (keys: readonly string[]): string {
  const [key = '', ...others] = keys
  if (!key.endsWith('__') || others.length > 0) throw new SyntaxError('no escaped key')
  return key.slice(0, -2)
}

/** What a ` di` tag has to escape: the only key of an object, where it is a tag. */
export function keyToEscape (keys: readonly string[]): string | undefined {
  const [first, ...others] = keys
  return first !== undefined && others.length === 0 && isTag(first) ? first : undefined
}

/** A date whose text would be none that reads back is refused when it is written. */
export function checkDate (date: Date, path: string): void {
  if (Number.isNaN(date.getTime())) throw new UnserializableError(`${path} is an invalid Date`)
}

export function checkDepth (depth: number, path: string): void {
  if (depth > maxDepth) throw new UnserializableError(`${path} lies deeper than ${maxDepth} levels`)
}

export function checkKey (key: string, value: unknown, path: string): void {
  if (reachesPrototype(key, value)) throw new UnserializableError(`${path} is a key that reaches a prototype`)
}

/** Whether a list is one of JSON: not of a class of its own, which would come back as an Array, and without properties, which would be lost. */
export function isList (value: object): value is readonly unknown[] {
  return Object.getPrototypeOf(value) === Array.prototype && Object.keys(value).length <= (value as readonly unknown[]).length
}

/** Whether an object is one of JSON: a key that is a symbol would be lost. */
export function isRecord (value: object): value is Record<string, unknown> {
  return isPlainObject(value) && Object.getOwnPropertySymbols(value).length === 0
}

/** Whether a value is bytes. What is read back is a Uint8Array, which a Buffer is too. */
export function isBytes (value: object): value is Uint8Array {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Uint8Array.prototype || prototype === Buffer.prototype
}

/** Whether a value is a Date, of no class that comes back as another, and without properties, which would be lost. */
export function isDate (value: object): value is Date {
  return Object.getPrototypeOf(value) === Date.prototype && Object.keys(value).length === 0
}

/** The error for a value that JSON and its tags cannot carry, or that would come back as another. Names its class. */
export function unserializable (value: unknown, path: string): Error {
  return new UnserializableError(`${path} holds ${describe(value)}, which a session cannot carry. Use a zod codec for it, or keep something simpler`)
}

function describe (value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
  if (isPlainObject(value)) return 'an object with a key that is a symbol'
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype) return 'a list with a property'
  if (prototype === Date.prototype) return 'a Date with a property'
  return describeClass(value)
}

/** What an object is, whatever keys it has. */
export function describeClass (value: object): string {
  const { constructor } = Object.getPrototypeOf(value) as { constructor?: unknown }
  return typeof constructor === 'function' && constructor.name !== '' ? `an object of the class ${constructor.name}` : 'an object of a class without a name'
}
