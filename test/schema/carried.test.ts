import t from 'tap'
import { z } from 'zod'
import { readFlaskJson } from '../../lib/payload/flask-reader.ts'
import { writeFlaskJson } from '../../lib/payload/flask-writer.ts'
import { decodePayload, encodePayload } from '../../lib/payload/payload.ts'
import { SessionSchema } from '../../lib/schema/schema.ts'
import { isReserved } from '../../lib/session/session.ts'
import type { Format } from '../../lib/token/token.ts'

/** What the next request reads of what was written. */
function readBack (schema: SessionSchema, format: Format, data: Record<string, unknown>): unknown {
  const encoded = schema.encode(data)
  const read = format === 'flask' ? readFlaskJson(writeFlaskJson(encoded)).value : decodePayload(encodePayload(encoded))
  return schema.decode(read as Record<string, unknown>)
}

const make = (a: z.ZodType, format: Format) => new SessionSchema(z.object({ a: a.optional() }), isReserved, format)
const formats: readonly Format[] = ['default', 'flask']

class Later extends Date {}
class Stack extends Array<unknown> {}
class Odd extends Date {
  override toJSON (): string { return 'other' }
}
const holed = [1, 2, 3]
delete holed[1]
const endless: Record<string, unknown> = {}
endless.self = endless

const refused: Record<string, [value: unknown, message: RegExp]> = {
  'a Buffer, which comes back as a Uint8Array': [Buffer.from('x'), /^.*: a holds an object of the class Buffer/],
  'a Buffer further down': [{ b: [Buffer.from('x')] }, /: a\.b\[0\] holds an object of the class Buffer/],
  'a subclass of Date': [new Later(0), /a holds an object of the class Later/],
  'a subclass of Array': [Stack.from([1]), /a holds an object of the class Stack/],
  'a toJSON of a subclass': [[new Odd(0)], /a\[0\] holds an object of the class Odd/],
  'a toJSON': [{ toJSON: () => 1 }, /a\.toJSON holds a function/],
  'a list with a property': [{ b: Object.assign(['x'], { index: 0 }) }, /a\.b holds a list with a property/],
  'a list with a toJSON': [Object.assign(['x'], { toJSON: () => 'y' }), /a holds a list with a property/],
  'a Date with a property': [Object.assign(new Date(0), { zone: 'UTC' }), /a holds a Date with a property/],
  'a subclass of Date with milliseconds': [new Later(1), /a holds an object of the class Later/],
  'a key that is a symbol': [{ b: { [Symbol('s')]: 1 } }, /a\.b holds an object with a key that is a symbol/],
  'a hole': [holed, /a\[1\] holds undefined/],
  'undefined in a list': [[undefined], /a\[0\] holds undefined/],
  'a class of the app': [{ b: new (class Money {})() }, /a\.b holds an object of the class Money/],
  'a getter that throws': [{ get b () { throw new Error('hidden') } }, /a\.b is a getter that throws/],
  'data without an end': [endless, /lies deeper than 32 levels/],
  'a way to a prototype': [JSON.parse('{"__proto__":1}'), /a\.__proto__ is a key that reaches a prototype/]
}

for (const format of formats) {
  for (const [what, [value, message]] of Object.entries(refused)) {
    t.test(`${what} is an error when it is written (${format})`, async (t) => {
      const schema = make(z.unknown(), format)
      t.throws(() => encode(schema, format, { a: value }), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message })
    })
  }

  t.test(`a key that must be there, but is undefined, is an error when it is written (${format})`, async (t) => {
    const schema = make(z.object({ id: z.int(), profile: z.unknown() }), format)
    const data = { a: { id: 1, profile: undefined } }
    try {
      t.match(readBack(schema, format, data), { ok: true })
    } catch (error) {
      t.match(error, { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: a\.profile \(invalid_type\), as it would be read back$/ })
    }
    t.match(readBack(make(z.unknown(), format), format, data), { ok: true, data: { a: { id: 1 } } })
  })

  t.test(`what a codec writes but does not read is an error when it is written (${format})`, async (t) => {
    const codec = z.codec(z.string(), z.string(), { decode: (text) => new URL(text).href, encode: () => 'nowhere' })
    t.throws(() => make(codec, format).encode({ a: 'x' }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: a, as it would be read back$/ })
  })

  t.test(`what a check changes each time is an error when it is written (${format})`, async (t) => {
    const schema = make(z.string().overwrite((text) => `${text}!`), format)
    t.throws(() => schema.encode({ a: 'x' }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: a \(it would be read back as another value\)$/ })
  })

  t.test(`a Buffer is bytes where the schema asks for those (${format})`, async (t) => {
    t.strictSame(readBack(make(z.instanceof(Uint8Array), format), format, { a: Buffer.from('x') }), { ok: true, data: { a: Uint8Array.of(120) } })
    const both = make(z.instanceof(Uint8Array).or(z.string()).refine((value) => typeof value === 'string' || Buffer.isBuffer(value)), format)
    t.throws(() => both.encode({ a: Buffer.from('x') }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /as it would be read back/ })
  })
}

function encode (schema: SessionSchema, format: Format, data: Record<string, unknown>): string {
  return format === 'flask' ? writeFlaskJson(schema.encode(data)) : encodePayload(schema.encode(data))
}

t.test('in Flask\'s format a bigint comes back where the schema asks for one', async (t) => {
  const kinds: Array<[schema: z.ZodType, value: unknown]> = [
    [z.bigint(), 5n], [z.bigint(), -5n], [z.bigint(), 10n ** 30n], [z.literal(5n), 5n], [z.array(z.bigint()), [1n, 2n ** 60n]], [z.union([z.string(), z.bigint()]), 5n],
    [z.object({ b: z.bigint().nullable(), c: z.number() }), { b: 5n, c: 5 }], [z.record(z.string(), z.bigint()), { x: 5n }], [z.lazy(() => z.bigint()), 5n],
    [z.tuple([z.number(), z.bigint()]), [1, 1n]]
  ]
  for (const [kind, value] of kinds) t.strictSame(readBack(make(kind, 'flask'), 'flask', { a: value }), { ok: true, data: { a: value } })
})

t.test('in Flask\'s format a bigint that would come back as a number is an error', async (t) => {
  for (const kind of [z.unknown(), z.union([z.number(), z.bigint()])]) {
    t.throws(() => make(kind, 'flask').encode({ a: 5n }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: a \(it would be read back as another value\)$/ })
  }
  t.strictSame(readBack(make(z.unknown(), 'flask'), 'flask', { a: 2n ** 60n }), { ok: true, data: { a: 2n ** 60n } })
})

t.test('in Flask\'s format numbers of any size come back, and dates to the second', async (t) => {
  for (const number of [2 ** 53, -(2 ** 53), 1e16, 1e20, 1.5e300, 0.1]) {
    t.strictSame(readBack(make(z.number(), 'flask'), 'flask', { a: number }), { ok: true, data: { a: number } })
  }
  t.strictSame(readBack(make(z.date(), 'flask'), 'flask', { a: new Date(1_999) }), { ok: true, data: { a: new Date(1_000) } })
})
