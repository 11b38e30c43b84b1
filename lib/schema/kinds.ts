import type { $ZodType } from 'zod/v4/core'
import type { Format } from '../token/token.ts'
import { InvalidSchemaError } from '../util/errors.ts'

const codecs: Record<string, string | undefined> = {
  bigint: 'z.codec(z.string(), z.bigint(), { decode: (text) => BigInt(text), encode: (number) => String(number) })',
  map: 'z.codec(z.array(z.tuple([key, value])), z.map(key, value), { decode: (entries) => new Map(entries), encode: (map) => [...map] })',
  nan: 'z.codec(z.null(), z.nan(), { decode: () => NaN, encode: () => null })',
  set: 'z.codec(z.array(item), z.set(item), { decode: (items) => new Set(items), encode: (set) => [...set] })'
}

/** Throws FST_TYPED_SESSION_INVALID_SCHEMA if no cookie of the format can carry what a part of a schema accepts. */
export function checkKind (node: $ZodType, path: readonly string[], format: Format): void {
  const { type } = node._zod.def
  if (type === 'custom') checkClass(node, path)
  else if (type === 'file' || type === 'function' || type === 'symbol') throw unsupported(`z.${type}()`, path, 'Leave it out')
  else if (type === 'map' || type === 'set') throw unsupported(`z.${type}()`, path, advice(codecs[type]))
  // Python's JSON has integers of any size, and NaN.
  else if (format === 'default' && type === 'nan') throw unsupported('z.nan()', path, advice(codecs.nan))
  else if (format === 'default' && isBigInt(node)) throw unsupported('z.bigint()', path, advice(codecs.bigint))
}

/** Whether a part of a schema accepts nothing but bigints, or some among its literals. */
export function isBigInt (node: $ZodType): boolean {
  const { def: { type }, values } = node._zod
  return type === 'bigint' || (type === 'literal' && values !== undefined && [...values].some((value) => typeof value === 'bigint'))
}

const carried: readonly unknown[] = [Uint8Array, Date, Array, Object]

// zod notes the class of z.instanceof(), and calls a function like any other's for z.custom().
function checkClass (node: $ZodType, path: readonly string[]): void {
  const { Class } = node._zod.bag as { Class?: { name: string } }
  if (Class === undefined || carried.includes(Class)) return
  throw unsupported(`z.instanceof(${Class.name})`, path, Class === Buffer
    ? 'Use z.instanceof(Uint8Array), which a Buffer is too'
    : advice(`z.codec(z.string(), z.instanceof(${Class.name}), { decode: (text) => new ${Class.name}(text), encode: (object) => String(object) })`))
}

function advice (codec: string | undefined): string {
  return `Use a codec, such as ${codec}`
}

function unsupported (kind: string, path: readonly string[], advice: string): Error {
  return new InvalidSchemaError(`\`schema\` has a ${kind} at ${path.join('.')}, which a cookie cannot carry. ${advice}`)
}
