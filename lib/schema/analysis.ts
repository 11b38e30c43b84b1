import { types } from 'node:util'
import { $ZodCheck, $ZodType, type $ZodObject, type $ZodObjectDef } from 'zod/v4/core'
import type { Format } from '../token/token.ts'
import { InvalidSchemaError } from '../util/errors.ts'
import { checkFillers, fillerOf, instancesIn, type Filler } from './fillers.ts'
import { checkKind, isBigInt } from './kinds.ts'

/** What a schema does to the data of one key, beyond checking them. */
export interface SchemaTraits {
  /** Whether a codec converts some of the data, so that encoding changes them. */
  hasCodec: boolean
  /** Whether `.catch()` replaces data that do not fit. */
  hasCatch: boolean
  /** Whether a check such as `.trim()` changes some of the data. */
  overwrites: boolean
  /** Whether an object loses the keys that its schema does not name. */
  strips: boolean
  /** Whether decoding can fill in objects of the schema's own, which all sessions would share. */
  fillsIn: boolean
  /** Whether a `.catch()` function that is given the data fills in objects, which may be the same for all sessions. */
  mayShare: boolean
  /** Whether the same data can be decoded differently, because a function of the app has a say. */
  varies: boolean
  hasBigInt: boolean
  /** Whether `z.instanceof(Uint8Array)` is a part of it. */
  hasBytes: boolean
}

const noTraits: SchemaTraits = {
  hasCodec: false, hasCatch: false, overwrites: false, strips: false, fillsIn: false, mayShare: false, varies: false, hasBigInt: false, hasBytes: false
}

export interface SchemaAnalysis {
  /** Of the keys that the schema names. */
  readonly keys: ReadonlyMap<string, SchemaTraits>
  /** Of all other keys. */
  readonly others: SchemaTraits
  /** Of all keys together, and of what is said of the session as a whole. */
  readonly whole: SchemaTraits
}

/**
 * Walks the whole schema once. Throws FST_TYPED_SESSION_INVALID_SCHEMA for what works in one direction only or
 * asynchronously, for kinds that no cookie of the format can carry, and for defaults that differ each time.
 */
export function analyzeSchema (schema: $ZodObject, format: Format): SchemaAnalysis {
  const { shape, catchall, checks } = schema._zod.def
  const fillers: Filler[] = []
  const walk = (node: unknown, path: readonly string[]) => analyze(node, path, format, fillers)
  const keys = new Map(Object.entries(shape).map(([key, child]) => [key, walk(child, ['schema', key])]))
  const others = walk(catchall, ['schema', 'catchall'])
  const all = [...keys.values(), others, walk(checks, ['schema', 'checks'])]
  checkFillers(fillers)
  return { keys, others, whole: all.reduce(either) }
}

function either (a: SchemaTraits, b: SchemaTraits): SchemaTraits {
  const traits = { ...a }
  for (const key of Object.keys(b) as Array<keyof SchemaTraits>) traits[key] ||= b[key]
  return traits
}

function analyze (root: unknown, rootPath: readonly string[], format: Format, fillers: Filler[]): SchemaTraits {
  const traits = { ...noTraits }
  // A schema can stand on both sides of a codec.
  const seen = { carried: new Set<object>(), decoded: new Set<object>() }
  visit(root, rootPath, true)
  return traits

  /** `isCarried` says whether the cookie holds the data of this part, rather than what a codec makes of them. */
  function visit (node: unknown, path: readonly string[], isCarried: boolean): void {
    // A check, or one direction of a codec. A function that returns a promise without being async shows only when it is
    // called: zod drops that promise and throws, and if it rejects, nobody is there to catch it.
    if (types.isAsyncFunction(node)) throw asyncSchema()
    if (typeof node === 'function') traits.varies = true
    if (typeof node !== 'object' || node === null) return
    const nodes = isCarried ? seen.carried : seen.decoded
    if (nodes.has(node)) return
    nodes.add(node)
    if (node instanceof $ZodType) visitSchema(node, path, isCarried)
    else if (node instanceof $ZodCheck) visitCheck(node, path, isCarried)
    else if (Array.isArray(node) || Object.getPrototypeOf(node) === Object.prototype) visitEach(node, path, isCarried)
  }

  function visitSchema (node: $ZodType, path: readonly string[], isCarried: boolean): void {
    const { def, def: { type }, traits: kinds } = node._zod
    if (kinds.has('$ZodCodec')) traits.hasCodec = true
    else if (type === 'transform' || type === 'success') throw oneWay(path)
    if (type === 'promise') throw asyncSchema()
    if (isCarried) checkKind(node, path, format)
    // A copy of what zod froze would not be frozen.
    if (type === 'readonly') traits.varies = true
    if (type === 'catch') traits.hasCatch = true
    if (type === 'bigint' || type === 'literal') traits.hasBigInt ||= isBigInt(node)
    if (type === 'object' && (def as $ZodObjectDef).catchall === undefined) traits.strips = true
    if (node._zod.bag.Class === Uint8Array) traits.hasBytes = true
    const filler = fillerOf(node, path)
    if (filler !== undefined) noteFiller(filler)
    else if (type === 'catch') traits.fillsIn = traits.mayShare = true
    if (type === 'lazy') visit((node._zod as unknown as { innerType: unknown }).innerType, path, isCarried)
    else visitDefinition(def, path, isCarried, filler?.fill)
  }

  function noteFiller (filler: Filler): void {
    fillers.push(filler)
    if (typeof filler.first === 'object' && filler.first !== null) traits.fillsIn = true
    // Only zod, which asks the app for a new one, can make another.
    if (instancesIn(filler.first).length > 0) traits.varies = true
  }

  function visitCheck ({ _zod: { def } }: $ZodCheck, path: readonly string[], isCarried: boolean): void {
    // The function that it calls is not in its definition.
    if (def.check === 'custom') traits.varies = true
    if (def.check === 'overwrite') traits.overwrites = true
    visitDefinition(def, path, isCarried)
  }

  function visitDefinition (definition: object, path: readonly string[], isCarried: boolean, fill?: unknown): void {
    for (const key of Object.keys(definition)) {
      // Reading a default calls the app's function. The others make messages, and say which values zod checks.
      if (key === 'defaultValue' || key === 'error' || key === 'when') continue
      const child = (definition as Record<string, unknown>)[key]
      if (key === 'shape') visitEach(child as object, path, isCarried)
      // A codec's other side is not what the cookie holds.
      else if (child !== fill) visit(child, [...path, key], isCarried && key !== 'out')
    }
  }

  function visitEach (children: object, path: readonly string[], isCarried: boolean): void {
    for (const [key, child] of Object.entries(children)) visit(child, [...path, key], isCarried)
  }
}

function oneWay (path: readonly string[]): Error {
  return new InvalidSchemaError(`\`schema\` has a transform or preprocess at ${path.join('.')}, which cannot be undone when the ` +
    'session is written. Use z.codec(), which works both ways')
}

export function asyncSchema (): Error {
  return new InvalidSchemaError('`schema` has an asynchronous check. A session is read and written at once: check such things in the handler')
}
