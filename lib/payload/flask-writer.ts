import { UnserializableError } from '../util/errors.ts'
import { maxDigits, type FlaskNode } from './flask-reader.ts'
import { PythonString, Tuple } from './python-types.ts'
import { bytesText, checkDate, checkDepth, checkKey, isBytes, isDate, isList, isRecord, keyToEscape, unserializable } from './tags.ts'
import { equal, isPlainObject } from '../util/objects.ts'

/** What a value was before. */
export interface Unchanged {
  /** As Flask wrote it. */
  readonly node: FlaskNode
  /** As it would be written had nobody touched it: the schema may have changed its form. */
  readonly value: unknown
}

/**
 * The JSON that Flask would have written for a value. What nobody changed keeps the text that Flask gave it, and with it
 * the type that it has in Python; what was changed gets the type that is natural there: a list for an array, an int for
 * a whole number, a str for a string. Objects keep the order of their keys, new ones come last.
 */
export function writeFlaskJson (value: unknown, before?: Unchanged): string {
  return write(value, before, '', 1)
}

function write (value: unknown, before: Unchanged | undefined, path: string, depth: number): string {
  if (before !== undefined && isSame(value, before)) return before.node.text
  switch (typeof value) {
    case 'string': return quote(value)
    case 'number': return numberText(value)
    case 'bigint': return integerText(value, path)
    case 'boolean': return String(value)
    case 'object':
      if (value === null) return 'null'
      checkDepth(depth, path)
      if (isList(value) || value instanceof Tuple) return writeArray(value, before, path, depth)
      if (isDate(value)) return tagged(' d', quote(dateText(value, path)))
      if (isBytes(value)) return tagged(' b', quote(bytesText(value)))
      if (value instanceof PythonString) return tagged(value.tag, quote(value.content))
      if (isRecord(value)) return writeRecord(value, before, path, depth)
  }
  throw unserializable(value, path)
}

function tagged (tag: string, json: string): string {
  return `{"${tag}":${json}}`
}

// Python's json.dumps with ensure_ascii.
function quote (text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// As Python's repr of a float, whose exponents have two digits at least. Its JSON has NaN and Infinity. A whole number that
// is too large to be exact is a float in Python too: as an int, it would be read as a bigint.
function numberText (value: number): string {
  if (!Number.isFinite(value) || value === 0 || Number.isSafeInteger(value)) return String(value)
  const size = Math.abs(value)
  if (size < 1e-4 || size >= 1e16) return value.toExponential().replace(/([-+])(\d)$/, '$10$2')
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

function integerText (value: bigint, path: string): string {
  const text = String(value)
  if (text.replace('-', '').length <= maxDigits) return text
  throw new UnserializableError(`${path} holds a bigint of more than ${maxDigits} digits, which Python does not read`)
}

const years = { first: Date.UTC(1000, 0), end: Date.UTC(10_000, 0) }

// HTTP dates have whole seconds and years of four digits; Flask reads back no others.
function dateText (date: Date, path: string): string {
  checkDate(date, path)
  if (date.getTime() >= years.first && date.getTime() < years.end) return date.toUTCString()
  throw new UnserializableError(`${path} is a Date outside the years 1000 to 9999`)
}

function writeArray (items: readonly unknown[], before: Unchanged | undefined, path: string, depth: number): string {
  const olds = before === undefined ? [] : itemsBefore(before)
  const json = `[${writeItems(items, olds, path, depth + 1).join(',')}]`
  return items instanceof Tuple || staysTuple(items, before, olds) ? tagged(' t', json) : json
}

// Of what came as a tuple, only the inside of its items was changed.
function staysTuple (items: readonly unknown[], before: Unchanged | undefined, olds: readonly Unchanged[]): boolean {
  return before?.node.tag === ' t' && items.length === olds.length &&
    olds.every((old, index) => isSame(items[index], old) || (old.node.depth > 0 && isContainer(items[index])))
}

function writeItems (items: readonly unknown[], olds: readonly Unchanged[], path: string, depth: number): string[] {
  // An item that moved, as all do when the first is taken off, is known by its JSON.
  const moved = new Map<string, Unchanged[]>()
  // From the last to the first, so that `pop` gives the first of many that are alike: `shift` would move the others.
  for (const [index, old] of [...olds.entries()].reverse()) {
    if (isSame(items[index], old)) continue
    const json = write(old.value, undefined, path, depth)
    const alike = moved.get(json)
    if (alike === undefined) moved.set(json, [old])
    else alike.push(old)
  }
  // Array.from sees a hole as undefined, which is no value of JSON.
  return Array.from(items, (item, index) => {
    const old = olds[index]
    const at = `${path}[${index}]`
    const from = moved.size === 0 || isSame(item, old) ? old : moved.get(write(item, undefined, at, depth))?.pop() ?? old
    return write(item, from, at, depth)
  })
}

function writeRecord (record: Record<string, unknown>, before: Unchanged | undefined, path: string, depth: number): string {
  const olds = before === undefined ? new Map<string, Unchanged>() : entriesBefore(before)
  const keys = new Set([...olds.keys(), ...Object.keys(record)])
  const members = [...keys].filter((key) => Object.hasOwn(record, key) && record[key] !== undefined)
  const escaped = keyToEscape(members)
  const json = members.map((key) => {
    const at = path === '' ? key : `${path}.${key}`
    checkKey(key, record[key], at)
    return `${quote(key === escaped ? `${key}__` : key)}:${write(record[key], olds.get(key), at, depth + 1)}`
  })
  const object = `{${json.join(',')}}`
  return escaped === undefined ? object : tagged(' di', object)
}

// The schema may have given the whole another form: then the parts are compared with what came.
function itemsBefore ({ node, value }: Unchanged): Unchanged[] {
  const values = Array.isArray(value) && value.length === node.items.length ? value : undefined
  return node.items.map((item, index) => ({ node: item, value: values === undefined ? item.value : values[index] }))
}

function entriesBefore ({ node, value }: Unchanged): Map<string, Unchanged> {
  const values = isPlainObject(value) ? value : {}
  return new Map([...node.entries].map(([key, entry]) =>
    [key, { node: entry, value: Object.hasOwn(values, key) ? values[key] : entry.value }]))
}

function isSame (value: unknown, before: Unchanged | undefined): boolean {
  return before !== undefined && equal(value, before.value)
}

function isContainer (value: unknown): boolean {
  return Array.isArray(value) || isPlainObject(value)
}
