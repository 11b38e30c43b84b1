import type { $ZodObjectDef, $ZodType } from 'zod/v4/core'
import { isPlainObject } from '../util/objects.ts'
import { partsOf, schemaAt } from './parts.ts'

/**
 * Under it, an object keeps the keys that came with it and that its schema does not name: a newer version of the app may
 * have written them. As a key of the object itself, it stays with it wherever the app moves it, and with what the app
 * spreads it into. An object in its place has none: it may be about another user.
 */
export const unknownKeys = Symbol('keys that the schema does not name')

type Container = Record<PropertyKey, unknown>

/** Has the objects in decoded data keep the keys that decoding took from them. Returns the data, or a copy if they are frozen. */
export function keepUnknown (schema: $ZodType, raw: unknown, decoded: unknown): unknown {
  if (!isContainer(raw) || !isContainer(decoded) || Array.isArray(raw) !== Array.isArray(decoded)) return decoded
  let kept = decoded
  for (const part of partsOf(schema)) {
    const unknown: Container = {}
    for (const key of Object.keys(raw)) {
      const child = schemaAt(part, key)
      if (child !== undefined) kept = withValue(kept, key, keepUnknown(child, raw[key], decoded[key]))
      else if (strips(part) && !Object.hasOwn(decoded, key)) unknown[key] = raw[key]
    }
    if (Object.keys(unknown).length > 0) kept = withValue(kept, unknownKeys, unknown)
  }
  return kept
}

/** The keys that an object keeps, if it is one that does. */
export function unknownKeysOf (object: unknown): Readonly<Record<string, unknown>> | undefined {
  return isPlainObject(object) ? (object as Container)[unknownKeys] as Record<string, unknown> | undefined : undefined
}

function isContainer (value: unknown): value is Container {
  return Array.isArray(value) || isPlainObject(value)
}

function strips (part: $ZodType): boolean {
  return part._zod.def.type === 'object' && (part._zod.def as $ZodObjectDef).catchall === undefined
}

// zod freezes what is readonly.
function withValue (container: Container, key: PropertyKey, value: unknown): Container {
  if (container[key] === value) return container
  const target = !Object.isFrozen(container) ? container : Array.isArray(container) ? [...container] as unknown as Container : { ...container }
  target[key] = value
  return target
}
