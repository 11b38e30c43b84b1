import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { runs } from '../support/assurance.ts'
import { cookieOf, makeApp, sessionOf } from '../support/app.ts'
import { oddValues, values } from './life/acts.ts'
import { modes } from '../support/modes.ts'

class Point { x = 1 }
class Later extends Date {}

const leaves: ReadonlyArray<() => unknown> = [
  ...Object.values(values), ...Object.values(oddValues),
  () => 'text', () => ' text ', () => 5, () => -0.5, () => true, () => 2 ** 53, () => 10n ** 4301n, () => 10n ** 20n, () => undefined,
  () => Object.assign(Object.create(null), { a: 1 }), () => new Later(5000), () => ({ at: new Later(5000) }),
  () => { const list = [1, 2]; delete list[0]; return list }, () => ({ get a () { return 1 } }), () => [new Point()]
]
const wraps: ReadonlyArray<(value: unknown) => unknown> = [
  (value) => value, (value) => [value], (value) => ({ a: value }), (value) => [{ a: value, b: 'text' }], (value) => ({ a: [value, value] }), (value) => ({ '': value })
]
const value = fc.tuple(fc.constantFrom(...leaves), fc.constantFrom(...wraps), fc.constantFrom(...wraps))
  .map(([make, inner, outer]) => () => outer(inner(make())))

const iso = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
const schemas = {
  unknown: z.unknown(),
  'list of unknown': z.array(z.unknown()),
  record: z.record(z.string(), z.unknown()),
  object: z.object({ a: z.unknown(), b: z.string().optional() }),
  'strict object': z.strictObject({ a: z.unknown() }),
  'loose object': z.looseObject({ a: z.unknown().optional() }),
  'list of objects': z.array(z.object({ a: z.unknown(), b: z.string().optional() })),
  union: z.union([z.string().trim(), z.number(), z.array(z.unknown()), z.object({ a: z.unknown() })]),
  date: z.date(),
  bytes: z.instanceof(Uint8Array),
  text: z.string().trim(),
  number: z.number(),
  catching: z.array(z.unknown()).catch([]),
  codec: z.union([iso, z.array(iso), z.unknown()])
}

for (const [mode, options] of Object.entries(modes)) {
  t.test(`what a response saved, the next request reads; all else is an error (${mode})`, async (t) => {
    for (const [name, schema] of Object.entries(schemas)) {
      let make: () => unknown = () => undefined
      let read: unknown
      const app = await makeApp({ ...options(), schema: z.object({ value: schema.optional(), other: z.unknown().optional() }) })
      app.get('/set', async (request) => { Object.assign(sessionOf(request), { value: make(), other: 1 }) })
      app.get('/get', async (request) => {
        const { new: isNew } = sessionOf(request)
        read = isNew ? 'no session' : sessionOf(request).get('value')
      })
      await fc.assert(fc.asyncProperty(value, async (next) => {
        make = next
        const response = await app.inject('/set')
        if (response.statusCode !== 200) return isNamed(response.json(), next())
        await app.inject({ url: '/get', cookies: { session: cookieOf(response) } })
        if (!isDeepStrictEqual(comparable(read), comparable(parsed(schema, next())))) throw new Error(`${mode}, ${name}: another value was read`)
      }), { numRuns: runs(60), seed: 9 })
    }
    t.pass('for all schemas')
  })
}

/** An error says where the value is, and of which class if it is of one. */
function isNamed ({ code, message }: { code: string, message: string }, value: unknown): boolean {
  if (!/^FST_TYPED_SESSION_(INVALID_DATA|UNSERIALIZABLE|TOO_LARGE)$/.test(code) || !message.includes('value')) return false
  const { constructor } = Object(value) as object
  return code !== 'FST_TYPED_SESSION_UNSERIALIZABLE' || ![Point, Later].includes(constructor as never) || message.includes(constructor.name)
}

/** What the schema makes of a value, as a codec's other side is not. */
function parsed (schema: z.ZodType, value: unknown): unknown {
  if (typeof value === 'string') return typeof read(schema, value) === 'string' ? read(schema, value) : value
  return value
}

function read (schema: z.ZodType, value: string): unknown {
  return schema instanceof z.ZodUnion || schema instanceof z.ZodString ? schema.safeParse(value).data : value
}

/** Without keys that are undefined; a Buffer is bytes, and a date has whole seconds, as the format has it. */
function comparable (value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, comparable)
  if (Buffer.isBuffer(value)) return new Uint8Array(value)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined).map(([key, each]) => [key, comparable(each)]))
}
