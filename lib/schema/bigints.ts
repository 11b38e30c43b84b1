import type { $ZodType } from 'zod/v4/core'
import { isPlainObject } from '../util/objects.ts'
import { isBigInt } from './kinds.ts'
import { partsOf, schemaAt } from './parts.ts'

const numeric: readonly string[] = ['any', 'custom', 'enum', 'number', 'unknown']

/**
 * Makes bigints of the integers in data from Python, which has one type for both, where the schema asks for bigints alone.
 * Returns the data themselves if there are none.
 */
export function toBigInts (schema: $ZodType, data: unknown): unknown {
  const parts = partsOf(schema)
  if (typeof data === 'number') {
    const asksForBigInts = parts.some(isBigInt) && !parts.some(({ _zod }) => numeric.includes(_zod.def.type))
    return asksForBigInts && Number.isSafeInteger(data) ? BigInt(data) : data
  }
  if (!Array.isArray(data) && !isPlainObject(data)) return data
  const changes = Object.entries(data as Record<string, unknown>).flatMap(([key, value]) => {
    for (const part of parts) {
      const child = schemaAt(part, key)
      const changed = child === undefined ? value : toBigInts(child, value)
      if (changed !== value) return [[key, changed] as const]
    }
    return []
  })
  return changes.length === 0 ? data : Object.assign(Array.isArray(data) ? [...data] : { ...data }, Object.fromEntries(changes))
}
