import fc, { type GeneratorValue } from 'fast-check'
import { z } from 'zod'
import { oddValues } from '../life/acts.ts'

/** A schema of a session's key, and a way to make values that fit it. */
export interface Sample {
  /** The schema as an app would write it. */
  readonly text: string
  readonly schema: z.ZodType
  /** A new value at each call: what a handler writes. */
  readonly make: () => unknown
}

// Those of Flask have whole seconds.
const date = fc.date({ noInvalidDate: true, min: new Date('1000-01-01'), max: new Date('9999-12-31') }).map((each) => new Date(Math.floor(each.getTime() / 1000) * 1000))
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each === 0 ? 0 : each)
// Made once: to make it is slow.
const text = fc.string({ unit: 'binary', maxLength: 5 })
const json = fc.jsonValue({ maxDepth: 2 })
const key = fc.constantFrom('a', 'b', 'c', ' d', ' t', '1', 'constructor', 'length')
const iso = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (each) => each.toISOString() })
const texts = z.codec(z.array(z.string()), z.set(z.string()), { decode: (list) => new Set(list), encode: (set) => [...set] })
const decimal = z.codec(z.string(), z.bigint(), { decode: (text) => BigInt(text), encode: (each) => String(each) })

/** Makes schemas, and what fits them, of what fast-check chooses. */
export class Samples {
  readonly #gen: GeneratorValue
  readonly #format: 'default' | 'flask'
  /** Whether a value was made that no cookie may be able to carry. */
  odd = false

  constructor (gen: GeneratorValue, format: 'default' | 'flask') {
    this.#gen = gen
    this.#format = format
  }

  /** A schema of so many levels at most. */
  sample (depth: number): Sample {
    const kinds = depth === 0 ? this.#leaves : [...this.#leaves, ...this.#wrappers, ...this.#containers, ...this.#containers]
    return this.#one(...kinds)(depth - 1)
  }

  #one <T>(...list: readonly T[]): T {
    return this.#gen(fc.constantFrom, ...list) as T
  }

  /** What is chosen now stays so: each call of a `make` gives the same value anew. */
  #leaf (text: string, schema: z.ZodType, arbitrary: fc.Arbitrary<unknown>): Sample {
    const value = this.#gen(() => arbitrary.map((each) => () => structuredClone(each)))
    return { text, schema, make: value }
  }

  readonly #leaves: ReadonlyArray<(depth: number) => Sample> = [
    () => this.#leaf('z.string()', z.string(), text),
    () => this.#leaf('z.string().trim()', z.string().trim(), fc.constantFrom('a', ' a ', '')),
    () => this.#leaf('z.number()', z.number(), fc.oneof(number, fc.maxSafeInteger(), fc.constantFrom(2 ** 53, 1e20, -1e300))),
    () => this.#leaf('z.int()', z.int(), fc.maxSafeInteger()),
    () => this.#leaf('z.boolean()', z.boolean(), fc.boolean()),
    () => this.#leaf('z.null()', z.null(), fc.constant(null)),
    () => this.#leaf('z.enum([a, b])', z.enum(['a', 'b']), fc.constantFrom('a', 'b')),
    () => this.#leaf('z.literal([1, x])', z.literal([1, 'x']), fc.constantFrom(1, 'x')),
    () => this.#leaf('z.date()', z.date(), date),
    () => this.#leaf('z.instanceof(Uint8Array)', z.instanceof(Uint8Array), fc.uint8Array({ maxLength: 5 })),
    () => this.#leaf('iso', iso, date),
    () => this.#leaf('texts', texts, fc.uniqueArray(text, { maxLength: 3 }).map((list) => new Set(list))),
    () => this.#leaf('decimal', decimal, fc.bigInt()),
    () => this.#format === 'flask' ? this.#leaf('z.bigint()', z.bigint(), fc.bigInt()) : this.#unknown(),
    () => this.#format === 'flask' ? this.#leaf('z.nan()', z.nan(), fc.constant(NaN)) : this.#unknown(),
    () => this.#unknown()
  ]

  #unknown (): Sample {
    const odd = this.#gen(fc.boolean) && this.#gen(fc.boolean)
    this.odd ||= odd
    const make = odd
      ? this.#one(...Object.values(oddValues))
      : this.#gen(() => json.map((each) => () => structuredClone(each)))
    return { text: 'z.unknown()', schema: z.unknown(), make }
  }

  readonly #wrappers: ReadonlyArray<(depth: number) => Sample> = [
    (depth) => this.#wrap(depth, 'optional', (schema) => schema.optional(), () => undefined),
    (depth) => this.#wrap(depth, 'nullable', (schema) => schema.nullable(), () => null),
    (depth) => this.#wrap(depth, 'nullish', (schema) => schema.nullish(), () => null),
    (depth) => this.#wrap(depth, 'readonly', (schema) => schema.readonly()),
    (depth) => this.#wrap(depth, 'refine', (schema) => schema.refine(() => true)),
    (depth) => this.#wrap(depth, 'lazy', (schema) => z.lazy(() => schema)),
    (depth) => this.#wrap(depth, 'catch', (schema, make) => schema.catch(make)),
    (depth) => this.#wrap(depth, 'default', (schema, make) => schema.default(make))
  ]

  #wrap (depth: number, name: string, wrap: (schema: z.ZodType, make: () => never) => z.ZodType, other?: () => unknown): Sample {
    const { text, schema, make } = this.sample(depth)
    // A default that a session cannot be saved with is refused at registration.
    if (this.odd && ['catch', 'default'].includes(name)) return { text, schema, make }
    // Bytes cannot be frozen.
    if (text.includes('Uint8Array') && name === 'readonly') return { text, schema, make }
    return { text: `${text}.${name}()`, schema: wrap(schema, make as () => never), make: other !== undefined && this.#gen(fc.boolean) ? other : make }
  }

  readonly #containers: ReadonlyArray<(depth: number) => Sample> = [
    (depth) => {
      const { text, schema, make } = this.sample(depth)
      const length = this.#gen(fc.nat, 3)
      return { text: `z.array(${text})`, schema: z.array(schema), make: () => Array.from({ length }, make) }
    },
    (depth) => {
      const { text, schema, make } = this.sample(depth)
      const keys = this.#gen(fc.uniqueArray, key, { maxLength: 3 })
      return { text: `z.record(${text})`, schema: z.record(z.string(), schema), make: () => Object.fromEntries(keys.map((each) => [each, make()])) }
    },
    (depth) => {
      const items = [this.sample(depth), this.sample(depth)] as const
      const rest = this.#gen(fc.boolean) ? this.sample(depth) : undefined
      const tuple = z.tuple([items[0].schema, items[1].schema])
      return {
        text: `z.tuple([${items.map(({ text }) => text).join(', ')}]${rest === undefined ? '' : `, ${rest.text}`})`,
        schema: rest === undefined ? tuple : tuple.rest(rest.schema),
        make: () => [...items, ...(rest === undefined ? [] : [rest])].map(({ make }) => make())
      }
    },
    (depth) => this.#object(depth),
    (depth) => {
      const options = [this.sample(depth), this.sample(depth)] as const
      const { make } = this.#one(...options)
      return { text: `z.union([${options.map(({ text }) => text).join(', ')}])`, schema: z.union(options.map(({ schema }) => schema)), make }
    },
    (depth) => {
      const [a, b] = [this.sample(depth), this.sample(depth)]
      const union = z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), a: a.schema }), z.strictObject({ kind: z.literal('b'), b: b.schema })])
      const isFirst = this.#gen(fc.boolean)
      const make = () => isFirst ? { kind: 'a', a: a.make() } : { kind: 'b', b: b.make() }
      return { text: `z.discriminatedUnion(${a.text}, ${b.text})`, schema: union, make }
    },
    (depth) => {
      const [a, b] = [this.sample(depth), this.sample(depth)]
      const schema = z.intersection(z.object({ a: a.schema }), z.object({ b: b.schema }))
      return { text: `z.intersection(${a.text}, ${b.text})`, schema, make: () => ({ a: a.make(), b: b.make() }) }
    }
  ]

  #object (depth: number): Sample {
    const name = this.#one('object', 'strictObject', 'looseObject')
    const entries = this.#gen(fc.uniqueArray, key, { minLength: 1, maxLength: 3 }).map((each) => [each, this.sample(depth)] as const)
    const shape = Object.fromEntries(entries.map(([each, { schema }]) => [each, schema]))
    return {
      text: `z.${name}({ ${entries.map(([each, { text }]) => `'${each}': ${text}`).join(', ')} })`,
      schema: z[name](shape),
      make: () => Object.fromEntries(entries.map(([each, { make }]) => [each, make()]))
    }
  }
}
