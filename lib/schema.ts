import { types } from 'node:util'
import { $ZodAsyncError, $ZodObject, $ZodType, safeDecode, safeEncode, safeParse, type $ZodIssue } from 'zod/v4/core'
import { InvalidDataError, InvalidSchemaError } from './errors.ts'
import type { Payload } from './payload.ts'

export type SchemaIssue = $ZodIssue

export type Decoded = { readonly ok: true, readonly data: Payload } | { readonly ok: false, readonly issues: readonly $ZodIssue[] }

/** The user's schema, checked once, then asked at each request. The only module that touches zod at run time. */
export class SessionSchema {
  readonly #schema: $ZodObject
  // Encoding costs ten times what parsing does, and changes nothing where no codec is.
  readonly #hasCodec: boolean
  // The keys that an empty session has: making their defaults anew is worth avoiding where all are there.
  readonly #defaults: readonly string[]

  constructor (schema: unknown, isReserved: (key: string) => boolean) {
    this.#schema = checkObject(schema, isReserved)
    this.#hasCodec = findCodec(this.#schema)
    this.#defaults = Object.keys(checkEmpty(this.#schema))
  }

  /** Validates and decodes what a cookie brought. Keys that the schema does not know pass through, unless it is strict. */
  decode (data: Payload): Decoded {
    try {
      const result = safeDecode(this.#schema, data)
      if (!result.success) return { ok: false, issues: result.error.issues }
      return { ok: true, data: this.#withUnknown(result.data as Payload, data) }
    } catch (error) {
      if (error instanceof $ZodAsyncError) throw asyncSchema()
      // A codec or a refinement of the app's threw at data from outside.
      return { ok: false, issues: [] }
    }
  }

  /** The data of a new session: the schema's defaults. */
  fresh (): Payload {
    return this.#defaults.length > 0 ? checkEmpty(this.#schema) : {}
  }

  /**
   * Data in the form in which changes show; undefined where they cannot be encoded. Shares what it can with the data,
   * or is the data.
   */
  outline (data: Payload): Payload | undefined {
    if (!this.#hasCodec && this.#isComplete(data)) return data
    const whole = this.#complete(data)
    if (!this.#hasCodec) return whole
    try {
      const result = safeEncode(this.#schema, whole as never)
      return result.success ? this.#withUnknown(result.data as Payload, whole) : undefined
    } catch {
      return undefined
    }
  }

  /** Validates and encodes what a cookie is to carry. Throws FST_TYPED_SESSION_INVALID_DATA. */
  encode (data: Payload): Payload {
    if (Object.hasOwn(data, '__proto__')) throw new InvalidDataError('__proto__')
    const whole = this.#complete(data)
    return this.#withUnknown(this.#convert(this.#schema, whole, []) as Payload, whole)
  }

  /** Whether the key may hold the value. Throws FST_TYPED_SESSION_INVALID_DATA. */
  check (key: string, value: unknown): void {
    if (key === '__proto__') throw new InvalidDataError(key)
    const { shape, catchall } = this.#schema._zod.def
    const schema = this.#knows(key) ? shape[key] : catchall
    if (schema !== undefined) this.#convert(schema, value, [key])
  }

  #knows (key: string): boolean {
    return Object.hasOwn(this.#schema._zod.def.shape, key)
  }

  #isComplete (data: Payload): boolean {
    return this.#defaults.every((key) => Object.hasOwn(data, key) && data[key] !== undefined)
  }

  // Encoding applies no defaults: a key that was deleted has its default again.
  #complete (data: Payload): Payload {
    const whole = this.#isComplete(data) ? {} : this.fresh()
    for (const key of Object.keys(data)) if (data[key] !== undefined) whole[key] = data[key]
    return whole
  }

  #withUnknown (known: Payload, all: Payload): Payload {
    const unknown = Object.keys(all).filter((key) => !this.#knows(key) && !Object.hasOwn(known, key))
    return unknown.length === 0 ? known : { ...known, ...Object.fromEntries(unknown.map((key) => [key, all[key]])) }
  }

  #convert (schema: $ZodType, value: unknown, path: readonly string[]): unknown {
    let result
    try {
      result = this.#hasCodec ? safeEncode(schema, value as never) : safeParse(schema, value)
    } catch (cause) {
      if (cause instanceof $ZodAsyncError) throw asyncSchema()
      // Its message may quote a value, and loggers print causes.
      throw new InvalidDataError(`${pathText(path)} (a codec or refinement threw)`)
    }
    if (result.success) return result.data
    throw new InvalidDataError(describe(result.error.issues, path))
  }
}

/** Paths and codes of what is wrong: messages might quote a value. */
function describe (issues: readonly $ZodIssue[], path: readonly string[]): string {
  return issues.flatMap((issue) => pathsOf(issue).map((at) => `${pathText([...path, ...at])} (${issue.code})`)).join(', ')
}

// A strict object tells of all the keys that it does not know at once.
function pathsOf (issue: $ZodIssue): readonly PropertyKey[][] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
}

function pathText (path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the session as a whole' : path.map(String).join('.')
}

function checkObject (schema: unknown, isReserved: (key: string) => boolean): $ZodObject {
  if (!(schema instanceof $ZodObject)) {
    throw new InvalidSchemaError('`schema` must be a zod object, as z.object({ … }) of zod 4.1 or later makes it')
  }
  const taken = Object.keys(schema._zod.def.shape).filter(isReserved)
  if (taken.length > 0) {
    throw new InvalidSchemaError(`\`schema\` uses names that the session needs itself: ${taken.join(', ')}. Rename these keys`)
  }
  return schema
}

/** An empty session must be a valid one: it is what every new visitor has. Returns its data. */
function checkEmpty (schema: $ZodObject): Payload {
  let result
  try {
    result = safeDecode(schema, {} as never)
  } catch (cause) {
    if (cause instanceof $ZodAsyncError) throw asyncSchema()
    throw new InvalidSchemaError('`schema` must accept an empty session, and throws at one', { cause })
  }
  if (result.success) return result.data as Payload
  throw new InvalidSchemaError('`schema` must accept an empty session: make each key optional or give it a default. ' +
    `Refused: ${describe(result.error.issues, [])}`)
}

/** Walks the whole schema once: finds codecs, and refuses what works one way only or not at once. */
function findCodec (schema: $ZodType): boolean {
  const seen = new Set<unknown>()
  let found = false
  visit(schema, 'schema')
  return found

  function visit (node: unknown, path: string): void {
    // A check, or one direction of a codec. One that gives a promise without being async shows only when it is called:
    // zod drops that promise and throws, and where it rejects, no one is there to catch it.
    if (types.isAsyncFunction(node)) throw asyncSchema()
    if (typeof node !== 'object' || node === null || seen.has(node)) return
    seen.add(node)
    if (!(node instanceof $ZodType)) {
      if (Array.isArray(node) || Object.getPrototypeOf(node) === Object.prototype) visitAll(node, path)
      return
    }
    const { type } = node._zod.def
    if (node._zod.traits.has('$ZodCodec')) found = true
    else if (type === 'transform') throw oneWay(path)
    if (type === 'promise') throw asyncSchema()
    if (type === 'lazy') visit((node._zod as unknown as { innerType: unknown }).innerType, path)
    else visitAll(node._zod.def, path)
  }

  function visitAll (children: object, path: string): void {
    for (const key of Object.keys(children)) {
      // Reading it would call the app's function.
      if (key === 'defaultValue') continue
      visit((children as Record<string, unknown>)[key], key === 'shape' ? path : `${path}.${key}`)
    }
  }
}

function oneWay (path: string): Error {
  return new InvalidSchemaError(`\`schema\` has a transform or preprocess at ${path}, which cannot be undone when the ` +
    'session is written. Use z.codec(), which works both ways')
}

function asyncSchema (): Error {
  return new InvalidSchemaError('`schema` has an asynchronous check. A session is read and written at once: check such things in the handler')
}
