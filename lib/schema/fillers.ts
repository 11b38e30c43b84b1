import { isDeepStrictEqual } from 'node:util'
import type { $ZodType } from 'zod/v4/core'
import { describeClass } from '../payload/tags.ts'
import { InvalidSchemaError } from '../util/errors.ts'
import { clone, isPlainObject } from '../util/objects.ts'

/** What zod fills in for data that are missing or do not fit: a default, a prefault or a `.catch()` value. */
export interface Filler {
  readonly path: readonly string[]
  readonly fill: () => unknown
  readonly first: unknown
}

/** The filler that a part of a schema is. Undefined if it is none, or needs the data that it replaces. */
export function fillerOf (node: $ZodType, path: readonly string[]): Filler | undefined {
  const def = node._zod.def as { type: string, defaultValue?: unknown, catchValue?: (...context: unknown[]) => unknown }
  if (def.type === 'default' || def.type === 'prefault') return filler(path, () => def.defaultValue)
  return def.catchValue?.length === 0 ? filler(path, def.catchValue) : undefined
}

function filler (path: readonly string[], fill: () => unknown): Filler {
  try {
    return { path, fill, first: fill() }
  } catch (cause) {
    throw new InvalidSchemaError(`\`schema\` has a default at ${path.join('.')} that throws`, { cause })
  }
}

/** Throws FST_TYPED_SESSION_INVALID_SCHEMA for fillers that differ each time, and for objects that all sessions would share. */
export function checkFillers (fillers: readonly Filler[]): void {
  if (fillers.length === 0) return
  // Asked twice within a millisecond, a clock says the same.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  for (const { path, fill, first } of fillers) {
    const second = fill()
    if (!isDeepStrictEqual(first, second)) throw differing(path)
    const instances = instancesIn(second)
    const shared = instancesIn(first).find((instance) => instances.includes(instance))
    if (shared !== undefined) {
      throw new InvalidSchemaError(`\`schema\` has a default at ${path.join('.')} that all sessions would share: ${describeClass(shared)}. ` +
        'Give a function that makes a new one each time')
    }
  }
}

/** The same for two times that an empty session was decoded: some functions are called with what they replace only. */
export function checkEmpty (first: Readonly<Record<string, unknown>>, second: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(first)) if (!isDeepStrictEqual(first[key], second[key])) throw differing(['schema', key])
}

function differing (path: readonly string[]): Error {
  return new InvalidSchemaError(`\`schema\` has a default at ${path.join('.')} that differs each time, so no two requests would ` +
    'see the same. Make the key optional, and assign the value in the handler')
}

/** The objects in a value that cannot be copied. */
export function instancesIn (value: unknown, seen: Set<unknown> = new Set()): object[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  if (Array.isArray(value) || value instanceof Set) return [...value].flatMap((item) => instancesIn(item, seen))
  if (value instanceof Map) return instancesIn([...value], seen)
  if (isPlainObject(value)) return instancesIn(Object.values(value), seen)
  return clone(value) === value ? [value] : []
}
