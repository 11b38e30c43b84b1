import { types } from 'node:util'
import { $ZodCheck, $ZodType, type $ZodObject } from 'zod/v4/core'
import { InvalidSchemaError } from '../util/errors.ts'

/** What is known of a schema from its definition alone. */
export interface SchemaAnalysis {
  /** Whether encoding changes anything. */
  readonly hasCodec: boolean
  /** Whether the same data are always decoded alike, where no default has to be made: no function of the app's has a say. */
  readonly isDeterministic: boolean
}

/** Walks the whole schema once. Throws FST_TYPED_SESSION_INVALID_SCHEMA for what works one way only or not at once. */
export function analyzeSchema (schema: $ZodObject): SchemaAnalysis {
  const seen = new Set<unknown>()
  let hasCodec = false
  let isDeterministic = true
  visit(schema, ['schema'])
  return { hasCodec, isDeterministic }

  function visit (node: unknown, path: readonly string[], isOwnKey = false): void {
    // A check, or one direction of a codec. One that gives a promise without being async shows only when it is called:
    // zod drops that promise and throws, and where it rejects, no one is there to catch it.
    if (types.isAsyncFunction(node)) throw asyncSchema()
    if (typeof node === 'function') isDeterministic = false
    // Whether a default is needed, only decoding tells, but for one of the session's own keys.
    if (node instanceof $ZodType && makesDefault(node) && (!isOwnKey || seen.has(node))) isDeterministic = false
    // The session within itself has its defaults further down.
    if (node === schema && seen.has(node)) isDeterministic = false
    if (typeof node !== 'object' || node === null || seen.has(node)) return
    seen.add(node)
    if (node instanceof $ZodType) visitSchema(node, path)
    else if (node instanceof $ZodCheck) visitCheck(node, path)
    else if (Array.isArray(node) || Object.getPrototypeOf(node) === Object.prototype) visitEach(node, path)
  }

  function visitSchema (node: $ZodType, path: readonly string[]): void {
    const { def, def: { type }, traits } = node._zod
    if (traits.has('$ZodCodec')) hasCodec = true
    else if (type === 'transform') throw oneWay(path)
    if (type === 'promise') throw asyncSchema()
    // A copy of what zod froze would not be frozen.
    if (type === 'readonly') isDeterministic = false
    if (type === 'lazy') visit((node._zod as unknown as { innerType: unknown }).innerType, path)
    else visitDefinition(def, path, node === schema)
  }

  function visitCheck ({ _zod: { def } }: $ZodCheck, path: readonly string[]): void {
    // What it calls is not in its definition.
    if (def.check === 'custom') isDeterministic = false
    visitDefinition(def, path, false)
  }

  function visitDefinition (definition: object, path: readonly string[], isSession: boolean): void {
    for (const key of Object.keys(definition)) {
      // Reading a default would call the app's function. The others make messages, and say which values zod checks.
      if (key === 'defaultValue' || key === 'error' || key === 'when') continue
      const child = (definition as Record<string, unknown>)[key]
      if (key === 'shape') visitEach(child as object, path, isSession)
      else visit(child, [...path, key])
    }
  }

  function visitEach (children: object, path: readonly string[], areOwnKeys = false): void {
    for (const [key, child] of Object.entries(children)) visit(child, [...path, key], areOwnKeys)
  }
}

function makesDefault ({ _zod: { def: { type } } }: $ZodType): boolean {
  return type === 'default' || type === 'prefault'
}

function oneWay (path: readonly string[]): Error {
  return new InvalidSchemaError(`\`schema\` has a transform or preprocess at ${path.join('.')}, which cannot be undone when the ` +
    'session is written. Use z.codec(), which works both ways')
}

export function asyncSchema (): Error {
  return new InvalidSchemaError('`schema` has an asynchronous check. A session is read and written at once: check such things in the handler')
}
