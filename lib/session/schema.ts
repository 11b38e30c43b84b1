import { $ZodAsyncError, $ZodObject, safeDecode, safeEncode, safeParse, type $ZodIssue, type $ZodType } from 'zod/v4/core'
import { InvalidDataError, InvalidSchemaError } from '../util/errors.ts'
import type { Payload } from '../payload/payload.ts'
import { asyncSchema, analyzeSchema } from './schema-analysis.ts'
import { cloneRecord } from '../util/objects.ts'

export type SchemaIssue = $ZodIssue

export type Decoded = { readonly ok: true, readonly data: Payload } | { readonly ok: false, readonly issues: readonly $ZodIssue[] }

/** The user's schema, checked once, then asked at each request. This and its analysis alone touch zod at run time. */
export class SessionSchema {
  readonly #schema: $ZodObject
  // Encoding costs ten times what parsing does, and changes nothing where no codec is.
  readonly #hasCodec: boolean
  readonly #isDeterministic: boolean
  // What came of data that never change.
  readonly #decoded = new WeakMap<Payload, Payload>()
  // The keys that an empty session has: making their defaults anew is worth avoiding where all are there.
  readonly #defaults: readonly string[]

  constructor (schema: unknown, isReserved: (key: string) => boolean) {
    this.#schema = checkObject(schema, isReserved)
    const { hasCodec, isDeterministic } = analyzeSchema(this.#schema)
    this.#hasCodec = hasCodec
    this.#isDeterministic = isDeterministic
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

  /**
   * What comes of data that nobody changes, as nobody may change the result: decoded once, where that always comes to the
   * same. Undefined where it may not, and where the schema refuses them.
   */
  decodeCached (data: Payload): Payload | undefined {
    if (!this.#isDeterministic || !this.#isComplete(data)) return undefined
    const known = this.#decoded.get(data)
    if (known !== undefined) return known
    const decoded = this.decode(data)
    if (!decoded.ok) return undefined
    this.#decoded.set(data, decoded.data)
    return decoded.data
  }

  /** The data of a new session: the schema's defaults. */
  defaults (): Payload {
    if (this.#defaults.length === 0) return {}
    const defaults = checkEmpty(this.#schema)
    // zod copies a default object, and shares what is in it with all sessions. What a codec made may be of any class.
    return this.#hasCodec ? defaults : cloneRecord(defaults)
  }

  /** Whether data say more than those of a new session can, so that these need not be made to tell. */
  isMoreThanDefaults (data: Payload): boolean {
    let more = -this.#defaults.length
    for (const key in data) if (data[key] !== undefined) more++
    return more > 0
  }

  /**
   * Data in the form in which changes show; undefined where they cannot be encoded. Shares what it can with the data,
   * or is the data.
   */
  normalize (data: Payload): Payload | undefined {
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
    for (const key of this.#defaults) if (!Object.hasOwn(data, key) || data[key] === undefined) return false
    return true
  }

  // Encoding applies no defaults: a key that was deleted has its default again.
  #complete (data: Payload): Payload {
    const isWhole = this.#isComplete(data)
    if (isWhole && !Object.values(data).includes(undefined)) return data
    const whole = isWhole ? {} : this.defaults()
    for (const key of Object.keys(data)) if (data[key] !== undefined) whole[key] = data[key]
    return whole
  }

  #withUnknown (known: Payload, all: Payload): Payload {
    let whole = known
    for (const key in all) {
      if (Object.hasOwn(known, key) || this.#knows(key) || key === '__proto__' || !Object.hasOwn(all, key)) continue
      if (whole === known) whole = { ...known }
      whole[key] = all[key]
    }
    return whole
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
