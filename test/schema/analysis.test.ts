import t from 'tap'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { analyzeSchema } from '../../lib/schema/analysis.ts'

const text = z.string()
const within = z.object({
  id: text.optional(),
  get inner (): z.ZodOptional<typeof within> { return within.optional() }
})

const lasting: Record<string, z.core.$ZodObject> = {
  'texts, numbers, dates and lists': z.object({ a: text, b: z.int(), c: z.date(), d: z.array(z.boolean()), e: z.tuple([text]) }),
  'formats, limits and messages': z.object({
    a: z.email('no address'), b: text.min(1, { error: () => 'too short' }).max(9).regex(/x/), c: z.number().multipleOf(2).gte(3), d: z.uuid(), e: z.ipv6()
  }),
  'records, unions and literals': z.object({
    a: z.record(text, z.unknown()), c: z.union([text, z.literal(5)]), d: z.discriminatedUnion('k', [z.object({ k: z.literal(1) })])
  }),
  'wrappers, and what zod fills in': z.object({ a: text.optional(), b: text.nullable(), c: text.default('x'), d: z.array(text).prefault([]), e: text.catch('x') }),
  'what zod fills in further down': z.object({ a: z.object({ b: text.default('x') }), b: z.array(text.prefault('x')), c: text.default('x').optional() }),
  'a session within itself': within,
  'conversion by JavaScript': z.object({ a: z.coerce.number() }),
  'a lazy schema': z.object({ a: z.lazy(() => text) }),
  'one schema for two keys': z.object({ a: text, b: text }),
  'keys that are named as parts of a definition are': z.object({ error: text, when: text, defaultValue: text, shape: text, checks: text }),
  'zod mini': mini.object({ a: mini.optional(mini.string().check(mini.minLength(1))) })
}

const changing: Record<string, z.core.$ZodObject> = {
  'a refinement': z.object({ a: text.refine((value) => value !== '') }),
  'a refinement of the whole': z.object({ a: text }).refine(() => true),
  'a check of any kind': z.object({ a: text.superRefine(() => {}) }),
  'a check of zod mini\'s': mini.object({ a: mini.string().check(mini.refine(() => true)) }),
  'a function that overwrites': z.object({ a: text.trim() }),
  'a catch that asks what it replaces': z.object({ a: text.catch(({ issues }) => String(issues.length)) }),
  'a default of a class that cannot be copied': z.object({ a: z.codec(text, z.instanceof(URL), { decode: (href) => new URL(href), encode: String }).default(() => new URL('http://a')) }),
  'a type of the app\'s own': z.object({ a: z.custom(() => true) }),
  'a format of the app\'s own': z.object({ a: z.stringFormat('odd', () => true) }),
  'what zod freezes': z.object({ a: z.array(text).readonly() }),
  'a refinement under the name error': z.object({ error: text.refine(() => true) }),
  'a refinement under the name when': z.object({ when: text.refine(() => true) }),
  'a refinement under the name defaultValue': z.object({ defaultValue: text.refine(() => true) }),
  'a refinement in a lazy schema': z.object({ a: z.lazy(() => text.refine(() => true)) }),
  'a codec': z.object({ a: z.stringbool() })
}

for (const [what, schema] of Object.entries(lasting)) {
  t.test(`${what}: the same data are always decoded alike`, async (t) => {
    t.match(analyzeSchema(schema, 'default').whole, { hasCodec: false, varies: false })
  })
}

for (const [what, schema] of Object.entries(changing)) {
  t.test(`${what}: a function of the app's has a say`, async (t) => {
    t.match(analyzeSchema(schema, 'default').whole, { varies: true })
  })
}

t.test('a codec is found wherever it is', async (t) => {
  t.equal(analyzeSchema(z.object({ a: z.array(z.object({ b: z.stringbool().optional() })) }), 'default').whole.hasCodec, true)
  for (const key of ['error', 'when', 'defaultValue', 'shape']) t.equal(analyzeSchema(z.object({ [key]: z.stringbool() }), 'default').whole.hasCodec, true, key)
  t.equal(analyzeSchema(z.object({ a: text.refine(() => true) }), 'default').whole.hasCodec, false)
})

const none = {
  hasCodec: false, hasCatch: false, overwrites: false, strips: false, fillsIn: false, mayShare: false, varies: false, hasBigInt: false, hasBytes: false
}

t.test('each key has traits of its own, and those that the schema does not name', async (t) => {
  const list = z.array(text).default([])
  const { keys, others, whole } = analyzeSchema(z.object({ a: list, b: z.stringbool().optional(), c: z.int().default(1), d: list }).catchall(text.catch('x')), 'default')
  t.same(keys.get('a'), { ...none, fillsIn: true })
  t.same(keys.get('b'), { ...none, hasCodec: true, varies: true })
  t.same(keys.get('c'), none)
  t.same(keys.get('d'), keys.get('a'), 'also where they share a part')
  t.same(others, { ...none, hasCatch: true })
  t.same(whole, { ...none, hasCodec: true, hasCatch: true, fillsIn: true, varies: true })
})

t.test('traits that lie further down are those of the key', async (t) => {
  const within = (schema: z.ZodType) => analyzeSchema(z.object({ a: z.array(z.looseObject({ b: schema.optional() })).optional() }), 'flask').keys.get('a')
  t.same(within(text), none)
  t.same(within(z.object({})), { ...none, strips: true })
  for (const kept of [z.strictObject({}), z.looseObject({})]) t.same(within(kept), none)
  t.same(within(z.bigint()), { ...none, hasBigInt: true })
  t.same(within(z.literal([5n])), { ...none, hasBigInt: true })
  t.same(within(z.literal([5])), none)
  t.same(within(z.instanceof(Uint8Array)), { ...none, hasBytes: true, varies: true })
  t.same(within(z.string().trim()), { ...none, overwrites: true, varies: true })
})
