import { UnserializableError } from '../util/errors.ts'
import { maxDepth } from './tags.ts'
import { isPlainObject } from '../util/objects.ts'

type Data = Record<string, unknown>

/** A text that is more than a str in Python. */
export class PythonString extends String {
  readonly tag: ' u' | ' m'
  /** What the tag holds. */
  readonly content: string

  constructor (tag: ' u' | ' m', text: string, content: string) {
    super(text)
    this.tag = tag
    this.content = content
  }
}

/** An array that Flask is to read as a tuple. */
export class Tuple<T> extends Array<T> {}

// Most apps make none of these, and need not look for them.
let made = false

// Of `readonly unknown[]` alone, a literal would be read-only, which the data of `z.tuple` are not.
/**
 * Returns an array that Flask reads as a tuple. Needed for new values only: a tuple that came from Flask and was not
 * changed goes back as one.
 *
 * @see flask.json.tag.TagTuple
 * @example
 * ```ts
 * request.session.position = tuple([52.5, 13.4])
 * ```
 */
export function tuple<const Items extends unknown[] | readonly unknown[]> (items: Items): Items {
  made = true
  return Tuple.from(items) as readonly unknown[] as Items
}

/**
 * Returns a text that Flask reads as a `uuid.UUID`. Until the cookie is written it is a String object, afterwards a plain
 * string with hyphens; the schema sees a string.
 *
 * @throws FST_TYPED_SESSION_UNSERIALIZABLE if the text is not a UUID
 * @see flask.json.tag.TagUUID
 * @example
 * ```ts
 * request.session.orderId = uuid(randomUUID())
 * ```
 */
export function uuid (text: string): string {
  const hex = text.replaceAll('-', '').toLowerCase()
  if (!/^[\da-f]{32}$/.test(hex)) throw new UnserializableError('`uuid` takes a UUID of 32 hexadecimal digits, with hyphens or without')
  made = true
  return new PythonString(' u', text, hex) as String as string
}

/**
 * Returns HTML that Flask reads as `markupsafe.Markup`, which its templates do not escape. Until the cookie is written it
 * is a String object, afterwards a plain string; the schema sees a string.
 *
 * @see flask.json.tag.TagMarkup
 * @example
 * ```ts
 * request.session.notice = markup('<b>Saved</b>')
 * ```
 */
export function markup (html: string): string {
  made = true
  return new PythonString(' m', html, html) as String as string
}

/** Encodes data that may hold what only Python knows: the schema sees strings and arrays. */
export function encodePlain (data: Data, encode: (data: Data) => Data): Data {
  if (!made) return encode(data)
  // A session is no plain object.
  const own: Data = isPlainObject(data as object) ? data : { ...data }
  return find(own) === 'python' ? restore(encode(copyPlain(own) as Data), own) as Data : encode(own)
}

/** The same data as a schema knows them. */
export function plain (value: unknown): unknown {
  return made && find(value) === 'python' ? copyPlain(value) : value
}

// What is too deep to be written, such as what has no end, is left to the schema as it is. The first sign of it ends the
// search: of two links at each level, as from a tree's nodes to their parents, all ways would be more than can be gone.
function find (value: unknown, depth = 1): 'python' | 'too deep' | undefined {
  if (value instanceof PythonString) return 'python'
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined
  if (depth > maxDepth) return 'too deep'
  let found: 'python' | undefined = value instanceof Tuple ? 'python' : undefined
  for (const item of Object.values(value)) {
    const within = find(item, depth + 1)
    if (within === 'too deep') return within
    found ??= within
  }
  return found
}

function copyPlain (value: unknown): unknown {
  if (value instanceof PythonString) return String(value)
  if (Array.isArray(value)) return Array.from(value, copyPlain)
  return isPlainObject(value) ? mapValues(value, copyPlain) : value
}

// What the schema left in its place gets back what `plain` took from it.
function restore (value: unknown, marked: unknown): unknown {
  if (marked instanceof PythonString) return value === String(marked) ? marked : value
  if (Array.isArray(marked) && Array.isArray(value)) {
    const items = value.map((item, index) => restore(item, marked[index]))
    return marked instanceof Tuple ? tuple(items) : items
  }
  if (isPlainObject(marked) && isPlainObject(value)) return mapValues(value, (item, key) => restore(item, marked[key]))
  return value
}

function mapValues (record: Record<string, unknown>, map: (value: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
