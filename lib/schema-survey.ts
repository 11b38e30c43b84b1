import { types } from 'node:util'
import { $ZodCheck, $ZodType } from 'zod/v4/core'
import { InvalidSchemaError } from './errors.ts'

/** What is known of a schema from its definition alone. */
export interface SchemaSurvey {
  /** Whether encoding changes anything. */
  readonly hasCodec: boolean
  /** Whether the same data are always decoded alike, where no default has to be made: no function of the app's has a say. */
  readonly isLasting: boolean
}

/** Walks the whole schema once. Throws FST_TYPED_SESSION_INVALID_SCHEMA for what works one way only or not at once. */
export function surveySchema (schema: $ZodType): SchemaSurvey {
  const seen = new Set<unknown>()
  let hasCodec = false
  let isLasting = true
  visit(schema, ['schema'])
  return { hasCodec, isLasting }

  function visit (node: unknown, path: readonly string[]): void {
    // A check, or one direction of a codec. One that gives a promise without being async shows only when it is called:
    // zod drops that promise and throws, and where it rejects, no one is there to catch it.
    if (types.isAsyncFunction(node)) throw asyncSchema()
    if (typeof node === 'function') isLasting = false
    if (typeof node !== 'object' || node === null || seen.has(node)) return
    seen.add(node)
    if (node instanceof $ZodType) visitSchema(node, path)
    else if (node instanceof $ZodCheck) visitCheck(node, path)
    else if (Array.isArray(node) || Object.getPrototypeOf(node) === Object.prototype) visitAll(node, path)
  }

  function visitSchema ({ _zod }: $ZodType, path: readonly string[]): void {
    const { def, def: { type }, traits } = _zod
    if (traits.has('$ZodCodec')) hasCodec = true
    else if (type === 'transform') throw oneWay(path)
    if (type === 'promise') throw asyncSchema()
    // Whether a default further down is needed, only decoding tells.
    if ((type === 'default' || type === 'prefault') && path.length > 2) isLasting = false
    if (type === 'lazy') visit((_zod as unknown as { innerType: unknown }).innerType, path)
    else visitAll(def, path)
  }

  function visitCheck ({ _zod: { def } }: $ZodCheck, path: readonly string[]): void {
    // What it calls is not in its definition.
    if (def.check === 'custom') isLasting = false
    visitAll(def, path)
  }

  function visitAll (children: object, path: readonly string[]): void {
    for (const key of Object.keys(children)) {
      // Reading a default would call the app's function. The others make messages, and say which values zod checks.
      if (key === 'defaultValue' || key === 'error' || key === 'when') continue
      visit((children as Record<string, unknown>)[key], key === 'shape' ? path : [...path, key])
    }
  }
}

function oneWay (path: readonly string[]): Error {
  return new InvalidSchemaError(`\`schema\` has a transform or preprocess at ${path.join('.')}, which cannot be undone when the ` +
    'session is written. Use z.codec(), which works both ways')
}

export function asyncSchema (): Error {
  return new InvalidSchemaError('`schema` has an asynchronous check. A session is read and written at once: check such things in the handler')
}
