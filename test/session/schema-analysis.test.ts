import t from 'tap'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { analyzeSchema } from '../../lib/session/schema-analysis.ts'

const text = z.string()
const sharedDefault = text.default('x')
const within = z.object({
  id: text.optional(),
  get inner (): z.ZodOptional<typeof within> { return within.optional() }
})

const lasting: Record<string, z.core.$ZodObject> = {
  'texts, numbers, dates and lists': z.object({ a: text, b: z.int(), c: z.date(), d: z.array(z.boolean()), e: z.tuple([text]) }),
  'formats, limits and messages': z.object({
    a: z.email('no address'), b: text.min(1, { error: () => 'too short' }).max(9).regex(/x/), c: z.number().multipleOf(2).gte(3), d: z.uuid(), e: z.ipv6()
  }),
  'records, maps, unions and literals': z.object({
    a: z.record(text, z.unknown()), b: z.map(text, text), c: z.union([text, z.literal(5)]), d: z.discriminatedUnion('k', [z.object({ k: z.literal(1) })])
  }),
  'wrappers and defaults of the session\'s own keys': z.object({ a: text.optional(), b: text.nullable(), c: text.default('x'), d: z.array(text).prefault([]) }),
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
  'a catch': z.object({ a: text.catch('x') }),
  'a type of the app\'s own': z.object({ a: z.custom(() => true) }),
  'a format of the app\'s own': z.object({ a: z.stringFormat('odd', () => true) }),
  'a default further down': z.object({ a: z.object({ b: text.default('x') }) }),
  'a prefault further down': z.object({ a: z.array(text.prefault('x')) }),
  'a default that two keys share': z.object({ a: sharedDefault, b: z.object({ c: sharedDefault }).optional() }),
  'a default in an optional': z.object({ a: text.default('x').optional() }),
  'a session within itself': within,
  'what zod freezes': z.object({ a: z.array(text).readonly() }),
  'a refinement under the name error': z.object({ error: text.refine(() => true) }),
  'a refinement under the name when': z.object({ when: text.refine(() => true) }),
  'a refinement under the name defaultValue': z.object({ defaultValue: text.refine(() => true) }),
  'a refinement in a lazy schema': z.object({ a: z.lazy(() => text.refine(() => true)) }),
  'a codec': z.object({ a: z.stringbool() })
}

for (const [what, schema] of Object.entries(lasting)) {
  t.test(`${what}: the same data are always decoded alike`, async (t) => {
    t.same(analyzeSchema(schema), { hasCodec: false, isDeterministic: true })
  })
}

for (const [what, schema] of Object.entries(changing)) {
  t.test(`${what}: a function of the app's has a say`, async (t) => {
    t.match(analyzeSchema(schema), { isDeterministic: false })
  })
}

t.test('a codec is found wherever it is', async (t) => {
  t.equal(analyzeSchema(z.object({ a: z.array(z.object({ b: z.stringbool().optional() })) })).hasCodec, true)
  for (const key of ['error', 'when', 'defaultValue', 'shape']) t.equal(analyzeSchema(z.object({ [key]: z.stringbool() })).hasCodec, true, key)
  t.equal(analyzeSchema(z.object({ a: text.refine(() => true) })).hasCodec, false)
})
