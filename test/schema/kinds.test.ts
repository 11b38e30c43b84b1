import t from 'tap'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { analyzeSchema } from '../../lib/schema/analysis.ts'

const text = z.string()
class Money {}

const unsupported: Record<string, [schema: z.core.$ZodObject, kind: string, path: string, advice: RegExp]> = {
  'a map': [z.object({ a: z.map(text, text).optional() }), 'z.map()', 'a.innerType', /z\.codec\(z\.array\(z\.tuple\(\[key, value\]\)\), z\.map\(key, value\)/],
  'a set': [z.object({ a: z.set(text).default(new Set()) }), 'z.set()', 'a.innerType', /z\.codec\(z\.array\(item\), z\.set\(item\)/],
  'a set of zod mini': [mini.object({ a: mini.optional(mini.set(mini.string())) }), 'z.set()', 'a.innerType', /z\.codec/],
  'a file': [z.object({ a: z.file().optional() }), 'z.file()', 'a.innerType', /Leave it out$/],
  'a symbol': [z.object({ a: z.symbol().optional() }), 'z.symbol()', 'a.innerType', /Leave it out$/],
  'a function': [z.object({ a: (z.function() as unknown as z.ZodType).optional() }), 'z.function()', 'a.innerType', /Leave it out$/],
  NaN: [z.object({ a: z.nan().optional() }), 'z.nan()', 'a.innerType', /z\.codec\(z\.null\(\), z\.nan\(\)/],
  'a bigint': [z.object({ a: z.bigint().optional() }), 'z.bigint()', 'a.innerType', /z\.codec\(z\.string\(\), z\.bigint\(\)/],
  'a bigint of 64 bits': [z.object({ a: z.int64().optional() }), 'z.bigint()', 'a.innerType', /z\.codec/],
  'a literal bigint': [z.object({ a: z.literal([1n, 2n]).optional() }), 'z.bigint()', 'a.innerType', /z\.codec/],
  'a URL': [z.object({ a: z.instanceof(URL).optional() }), 'z.instanceof(URL)', 'a.innerType', /decode: \(text\) => new URL\(text\), encode: \(object\) => String\(object\)/],
  'a class of the app': [z.object({ a: z.instanceof(Money).optional() }), 'z.instanceof(Money)', 'a.innerType', /z\.codec\(z\.string\(\), z\.instanceof\(Money\)/],
  'a class by zod mini': [mini.object({ a: mini.optional(mini.instanceof(Money)) }), 'z.instanceof(Money)', 'a.innerType', /z\.codec/],
  'a Buffer': [z.object({ a: z.instanceof(Buffer).optional() }), 'z.instanceof(Buffer)', 'a.innerType', /Use z\.instanceof\(Uint8Array\), which a Buffer is too$/],
  'a set in a list': [z.object({ a: z.array(z.set(text)).default([]) }), 'z.set()', 'a.innerType.element', /z\.codec/],
  'a set in a union': [z.object({ a: z.union([text, z.set(text)]).optional() }), 'z.set()', 'a.innerType.options.1', /z\.codec/],
  'a set behind lazy': [z.object({ a: z.lazy(() => z.set(text)).optional() }), 'z.set()', 'a.innerType', /z\.codec/],
  'a set of foreign keys': [z.object({}).catchall(z.set(text)), 'z.set()', 'catchall', /z\.codec/],
  'a set that a codec reads': [z.object({ a: z.codec(z.set(text), z.array(text), { decode: (set) => [...set], encode: (list) => new Set(list) }).optional() }), 'z.set()', 'a.innerType.in', /z\.codec/],
  'a set on both sides of a codec': [bothSides(), 'z.set()', 'b.innerType', /z\.codec/]
}

function bothSides (): z.ZodObject {
  const set = z.set(text)
  return z.object({ a: z.codec(z.array(text), set, { decode: (list) => new Set(list), encode: (set) => [...set] }).optional(), b: set.optional() })
}

for (const [what, [schema, kind, path, advice]] of Object.entries(unsupported)) {
  t.test(`${what} is refused at registration, with what to write instead`, async (t) => {
    t.throws(() => analyzeSchema(schema, 'default'), {
      code: 'FST_TYPED_SESSION_INVALID_SCHEMA', message: new RegExp(`^.schema. has a ${escape(kind)} at schema\\.${escape(path)}, which a cookie cannot carry\\. `)
    })
    t.throws(() => analyzeSchema(schema, 'default'), { message: advice })
  })
}

function escape (text: string): string {
  return text.replace(/[.()]/g, '\\$&')
}

t.test('behind a codec, all of these are fine', async (t) => {
  const any = { decode: (value: unknown) => value as never, encode: (value: unknown) => value as never }
  for (const kind of [z.map(text, text), z.set(text), z.file(), z.symbol(), z.nan(), z.bigint(), z.literal(5n), z.instanceof(URL), z.instanceof(Buffer)]) {
    t.doesNotThrow(() => analyzeSchema(z.object({ a: z.codec(z.unknown(), kind, any).optional() }), 'default'))
  }
})

t.test('Python has integers of any size and NaN, so Flask\'s format carries them', async (t) => {
  const schema = z.object({ a: z.bigint().optional(), b: z.nan().optional(), c: z.literal(5n).optional() })
  t.doesNotThrow(() => analyzeSchema(schema, 'flask'))
  t.throws(() => analyzeSchema(z.object({ a: z.set(text).optional() }), 'flask'), { code: 'FST_TYPED_SESSION_INVALID_SCHEMA' })
})

t.test('the classes that a cookie carries are fine, and those of which nobody knows', async (t) => {
  for (const kind of [z.instanceof(Uint8Array), z.instanceof(Date), z.instanceof(Array), z.instanceof(Object), z.custom(() => true), z.literal(['a', 5])]) {
    t.doesNotThrow(() => analyzeSchema(z.object({ a: kind.optional() }), 'default'))
  }
})
