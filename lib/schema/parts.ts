import type { $ZodLazy, $ZodType, $ZodTypes } from 'zod/v4/core'

/** The parts of a schema by which it can read a value: those within wrappers and unions. Of a codec, itself. */
export function partsOf (schema: $ZodType): readonly $ZodType[] {
  const { def, traits } = (schema as $ZodTypes)._zod
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly': return partsOf(def.innerType)
    case 'union': return def.options.flatMap(partsOf)
    case 'intersection': return [...partsOf(def.left), ...partsOf(def.right)]
    case 'lazy': return partsOf((schema as $ZodLazy)._zod.innerType)
    case 'pipe': return traits.has('$ZodCodec') ? [schema] : partsOf(def.in)
    default: return [schema]
  }
}

/** The schema of what an object or a list holds under a key or at an index; undefined if it has none. */
export function schemaAt (part: $ZodType, key: string): $ZodType | undefined {
  const { def } = (part as $ZodTypes)._zod
  switch (def.type) {
    case 'object': return Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall
    case 'array': return def.element
    case 'tuple': return def.items[Number(key)] ?? def.rest ?? undefined
    case 'record': return def.valueType
    default: return undefined
  }
}
