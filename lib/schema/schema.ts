import { $ZodAsyncError, $ZodNever, $ZodObject, $ZodType, safeDecode, type $ZodIssue } from 'zod/v4/core'
import { InvalidDataError, InvalidSchemaError } from '../util/errors.ts'
import { readFlaskJson } from '../payload/flask-reader.ts'
import { writeFlaskJson } from '../payload/flask-writer.ts'
import type { Payload } from '../payload/payload.ts'
import { emptyMetadata } from '../token/metadata.ts'
import { encodeBody, type Format } from '../token/token.ts'
import { clone, cloneRecord, equal } from '../util/objects.ts'
import { analyzeSchema, asyncSchema, type SchemaAnalysis, type SchemaTraits } from './analysis.ts'
import { toBigInts } from './bigints.ts'
import { carry, type Carrying } from './carried.ts'
import { convert, describeIssues, ownInstances, tryConvert } from './convert.ts'
import { checkEmpty, instancesIn } from './fillers.ts'
import { keepUnknown } from './unknown-keys.ts'

/** What zod says is wrong with the data. */
export type SchemaIssue = $ZodIssue

export type Decoded = { readonly ok: true, readonly data: Payload } | { readonly ok: false, readonly issues: readonly $ZodIssue[] }

/** Data as they came, and a snapshot of what they were decoded to. Nobody changes either. */
export interface ReceivedData {
  readonly data: Payload
  readonly snapshot: Payload
}

/** The app's schema, checked once, then asked at each request. */
export class SessionSchema {
  readonly #format: Format
  readonly #schema: $ZodObject
  readonly #analysis: SchemaAnalysis
  // The data of a new session. Not handed out.
  readonly #defaults: Payload
  /** A snapshot of the data of a new session. */
  readonly empty: Payload
  // What came of data that never change.
  readonly #decoded = new WeakMap<Payload, Payload>()

  constructor (schema: unknown, isReserved: (key: string) => boolean, format: Format = 'default') {
    this.#format = format
    this.#schema = checkObject(schema, isReserved)
    this.#analysis = analyzeSchema(this.#schema, format)
    this.#defaults = this.#decodeEmpty()
    checkEmpty(this.#defaults, this.#decodeEmpty())
    this.#checkDefaults()
    this.empty = this.snapshot(this.#defaults)
  }

  /**
   * Validates and decodes what a cookie brought, and takes it over. The result is the caller's own. Keys that the schema
   * does not know pass through, unless it is strict.
   */
  decode (data: Payload): Decoded {
    try {
      const raw = this.#withBigInts(data)
      const result = safeDecode(this.#schema, raw)
      if (!result.success) return { ok: false, issues: result.error.issues }
      return { ok: true, data: this.#own(this.#withUnknown(result.data as Payload, raw), raw) }
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
    if (this.#analysis.whole.varies) return undefined
    const known = this.#decoded.get(data)
    if (known !== undefined) return known
    const decoded = this.decode(data)
    if (!decoded.ok) return undefined
    this.#decoded.set(data, decoded.data)
    return decoded.data
  }

  /** The data of a new session: the schema's defaults. */
  defaults (): Payload {
    return instancesIn(this.#defaults).length === 0 ? cloneRecord(this.#defaults) : this.#decodeEmpty()
  }

  /** A copy of the data in which later changes show, for `isUnchanged()`. */
  snapshot (data: Payload): Payload {
    // A codec makes objects of any class, which can change without a trace.
    return cloneRecord(this.#analysis.whole.hasCodec ? this.normalize(data) : this.#complete(data))
  }

  /** Whether the same would be written for the data as when the snapshot was taken. */
  isUnchanged (snapshot: Payload, data: Payload): boolean {
    try {
      const whole = this.#complete(data)
      for (const key in whole) {
        // A codec makes objects of any class, which can change without a trace.
        const isSame = !this.#traitsOf(key).hasCodec && equal(snapshot[key], whole[key])
        if (!isSame && !equal(snapshot[key], this.#normalizeKey(key, whole[key]))) return false
      }
      for (const key in snapshot) if (snapshot[key] !== undefined && !Object.hasOwn(whole, key)) return false
      return true
    } catch {
      // A getter of the app's threw, as it will again when the data are written.
      return false
    }
  }

  /** The data as they would be written, and as they are if they cannot be. Not to be changed: shares what it can with the data. */
  normalize (data: Payload): Payload {
    const whole = this.#complete(data)
    return Object.fromEntries(Object.keys(whole).map((key) => [key, this.#normalizeKey(key, whole[key])]))
  }

  #normalizeKey (key: string, value: unknown): unknown {
    const schema = this.#schemaOf(key)
    return schema === undefined ? value : tryConvert(schema, this.#traitsOf(key), value)
  }

  /** Whether data are those of a new session. */
  isEmpty (data: Payload): boolean {
    return this.isUnchanged(this.empty, data)
  }

  /**
   * Validates and encodes the data for a cookie, so that it reads them back. What nobody changed stays as it was received.
   * Throws FST_TYPED_SESSION_INVALID_DATA and FST_TYPED_SESSION_UNSERIALIZABLE.
   */
  encode (data: Payload, received?: ReceivedData): Payload {
    if (Object.hasOwn(data, '__proto__')) throw new InvalidDataError('__proto__')
    const whole = this.#complete(data)
    const { hasCodec, overwrites } = this.#analysis.whole
    const checkEach = () => { for (const key of Object.keys(whole)) this.check(key, whole[key]) }
    const encoded = this.#withUnknown(convert(this.#schema, this.#analysis.whole, whole, [], checkEach) as Payload, whole)
    const carried: Payload = {}
    let differs = hasCodec || overwrites
    for (const key of Object.keys(encoded)) {
      const carrying = this.#carrying(key)
      carried[key] = carry(encoded[key], whole[key], key, 2, carrying)
      differs ||= carrying.differs
    }
    if (differs) this.#checkReadable(carried)
    if (received === undefined) return carried
    for (const key of Object.keys(received.data)) {
      if (equal(received.snapshot[key], encoded[key])) carried[key] = received.data[key]
    }
    return carried
  }

  /** A snapshot as it would be written, with the unknown keys that its objects keep. */
  carrySnapshot (snapshot: Payload): Payload {
    const carried: Payload = {}
    for (const key of Object.keys(snapshot)) {
      try {
        carried[key] = carry(snapshot[key], snapshot[key], key, 2, this.#carrying(key))
      } catch {
        // What a codec reads, and nothing can write, is not among what is written either.
      }
    }
    return carried
  }

  /** Whether the key may hold the value. Throws FST_TYPED_SESSION_INVALID_DATA. */
  check (key: string, value: unknown): void {
    if (key === '__proto__') throw new InvalidDataError(key)
    const schema = this.#schemaOf(key)
    if (schema !== undefined) convert(schema, this.#traitsOf(key), value, [key])
  }

  /** Whether a session may have the key: a strict schema allows those that it names. */
  allows (key: string): boolean {
    return !(this.#schemaOf(key) instanceof $ZodNever)
  }

  #knows (key: string): boolean {
    return Object.hasOwn(this.#schema._zod.def.shape, key)
  }

  #schemaOf (key: string): $ZodType | undefined {
    const { shape, catchall } = this.#schema._zod.def
    return this.#knows(key) ? shape[key] : catchall
  }

  #traitsOf (key: string): SchemaTraits {
    return this.#analysis.keys.get(key) ?? this.#analysis.others
  }

  // What zod fills in belongs to the schema, and so to all sessions: it copies a default one level deep at most.
  #own (decoded: Payload, raw: Payload): Payload {
    const { fillsIn, strips } = this.#analysis.whole
    if (!fillsIn && !strips) return decoded
    for (const key of Object.keys(decoded)) {
      const traits = this.#traitsOf(key)
      if (traits.fillsIn) decoded[key] = clone(decoded[key])
      if (traits.mayShare) decoded[key] = ownInstances(this.#schemaOf(key) as $ZodType, traits, decoded[key])
      if (traits.strips) decoded[key] = keepUnknown(this.#schemaOf(key) as $ZodType, raw[key], decoded[key])
    }
    return decoded
  }

  #withBigInts (data: Payload): Payload {
    if (this.#format !== 'flask' || !this.#analysis.whole.hasBigInt) return data
    return toBigInts(this.#schema, data) as Payload
  }

  // What a response saved, the next request must read.
  #checkReadable (carried: Payload): void {
    const read = this.#format === 'flask' ? readFlaskJson(writeFlaskJson(carried)).value as Payload : carried
    const raw = this.#withBigInts(read)
    const decoded = this.decode(read)
    if (!decoded.ok) {
      const paths = describeIssues(decoded.issues) || Object.keys(raw).filter((key) => !this.decode({ [key]: raw[key] }).ok).join(', ')
      throw new InvalidDataError(`${paths}, as it would be read back`)
    }
    for (const key of Object.keys(carried)) {
      // What a codec makes may be an object that cannot be compared. Otherwise with the unknown keys that its objects keep.
      const { hasCodec } = this.#traitsOf(key)
      const again = hasCodec ? raw[key] : carry(decoded.data[key], decoded.data[key], key, 2, this.#carrying(key))
      if (!equal(again, carried[key])) throw new InvalidDataError(`${key} (it would be read back as another value)`)
    }
  }

  #carrying (key: string): Carrying {
    return { format: this.#format, allowsBuffer: this.#traitsOf(key).hasBytes, differs: false }
  }

  // Encoding applies no defaults: a key that was deleted has its default again.
  #complete (data: Payload): Payload {
    const missing = Object.keys(this.#defaults).filter((key) => !Object.hasOwn(data, key) || data[key] === undefined)
    if (missing.length === 0 && !Object.values(data).includes(undefined)) return data
    const whole: Payload = {}
    for (const key of missing) whole[key] = this.#defaults[key]
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

  /** An empty session must be a valid one: it is what every new visitor has. */
  #decodeEmpty (): Payload {
    let result
    try {
      result = safeDecode(this.#schema, {} as never)
    } catch (cause) {
      if (cause instanceof $ZodAsyncError) throw asyncSchema()
      throw new InvalidSchemaError('`schema` must accept an empty session, and throws at one', { cause })
    }
    if (result.success) return this.#own(result.data as Payload, {})
    throw new InvalidSchemaError('`schema` must accept an empty session: make each key optional or give it a default. ' +
      `Refused: ${describeIssues(result.error.issues)}`)
  }

  #checkDefaults (): void {
    try {
      encodeBody(emptyMetadata, this.encode({}), this.#format)
    } catch (cause) {
      throw new InvalidSchemaError('`schema` has a default that a session cannot be saved with', { cause })
    }
  }
}

function checkObject (schema: unknown, isReserved: (key: string) => boolean): $ZodObject {
  if (!(schema instanceof $ZodObject)) throw notObject(schema)
  const taken = Object.keys(schema._zod.def.shape).filter(isReserved)
  if (taken.length > 0) {
    throw new InvalidSchemaError(`\`schema\` uses names that the session needs itself: ${taken.join(', ')}. Rename these keys`)
  }
  return schema
}

function notObject (schema: unknown): Error {
  const found = schema instanceof $ZodType ? ` It is a z.${schema._zod.def.type}(): move that into a key of the object` : ''
  return new InvalidSchemaError('`schema` must be a zod object, as z.object({ … }) of zod 4.1 or later makes it.' + found)
}
