import { checkDepth, checkKey, isDate, isList, unserializable } from '../payload/tags.ts'
import { UnserializableError } from '../util/errors.ts'
import type { Format } from '../token/token.ts'
import { isPlainObject } from '../util/objects.ts'
import { unknownKeys, unknownKeysOf } from './unknown-keys.ts'

/** What is known of the data that a cookie is to carry, and is found out on the way. */
export interface Carrying {
  readonly format: Format
  /** Whether the schema asks for a Uint8Array, so that a Buffer may come back as one. */
  readonly allowsBuffer: boolean
  /** Whether the data are to be read back as something else than they are, so that the schema may refuse them then. */
  differs: boolean
}

/**
 * Encoded data as they will be read back: without keys that are undefined, and with the unknown keys that the objects keep
 * which the data were encoded from. Returns the data themselves if they are so. Throws FST_TYPED_SESSION_UNSERIALIZABLE
 * for what would come back as something else, with its path.
 */
export function carry (value: unknown, from: unknown, path: string, depth: number, carrying: Carrying): unknown {
  if (typeof value === 'bigint') carrying.differs = true
  if (typeof value !== 'object' || value === null) return value
  checkDepth(depth, path)
  if (isList(value)) return carryList(value, from, path, depth, carrying)
  if (isPlainObject(value)) return carryRecord(value, from, path, depth, carrying)
  if (Buffer.isBuffer(value)) return carryBuffer(value, path, carrying)
  return isDate(value) && carrying.format === 'flask' ? carrySeconds(value, carrying) : value
}

function carryList (list: readonly unknown[], from: unknown, path: string, depth: number, carrying: Carrying): unknown {
  const items = Array.isArray(from) ? from : []
  let carried: unknown[] | undefined
  // By index: a hole is no value of JSON.
  for (let index = 0; index < list.length; index++) {
    const at = `${path}[${index}]`
    if (list[index] === undefined) throw unserializable(undefined, at)
    const item = carry(list[index], items[index], at, depth + 1, carrying)
    if (item !== list[index]) (carried ??= [...list])[index] = item
  }
  return carried ?? list
}

function carryRecord (record: Record<string, unknown>, from: unknown, path: string, depth: number, carrying: Carrying): unknown {
  const symbols = Object.getOwnPropertySymbols(record)
  if (symbols.some((symbol) => symbol !== unknownKeys)) throw unserializable(record, path)
  const unknown = unknownKeysOf(from)
  const values = isPlainObject(from) ? from : {}
  const carried: Record<string, unknown> = {}
  let isSame = symbols.length === 0 && unknown === undefined
  for (const key of Object.keys(record)) {
    const at = `${path}.${key}`
    const value = read(record, key, at)
    checkKey(key, value, at)
    const child = value === undefined ? undefined : carry(value, values[key], at, depth + 1, carrying)
    if (child !== undefined) carried[key] = child
    else carrying.differs = true
    isSame &&= child !== undefined && child === value
  }
  for (const key in unknown) if (!Object.hasOwn(carried, key)) carried[key] = unknown[key]
  return isSame ? record : carried
}

function read (record: Record<string, unknown>, key: string, path: string): unknown {
  try {
    return record[key]
  } catch {
    // Its message may quote a value.
    throw new UnserializableError(`${path} is a getter that throws`)
  }
}

function carryBuffer (buffer: Buffer, path: string, carrying: Carrying): Uint8Array {
  if (!carrying.allowsBuffer) throw unserializable(buffer, path)
  carrying.differs = true
  return new Uint8Array(buffer)
}

// Flask's dates have no milliseconds.
function carrySeconds (date: Date, carrying: Carrying): Date {
  if (date.getTime() % 1000 === 0 || Number.isNaN(date.getTime())) return date
  carrying.differs = true
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
