import t from 'tap'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { encodePayload } from '../../../lib/payload/payload.ts'
import { SessionSchema } from '../../../lib/schema/schema.ts'
import { isReserved } from '../../../lib/session/session.ts'

// An ISO date in the cookie, a Date in the session.
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString()
})

const invalidData = 'FST_TYPED_SESSION_INVALID_DATA'

function make (schema: unknown): SessionSchema {
  return new SessionSchema(schema, isReserved)
}

function invalid (where: string) {
  return { code: invalidData, message: `The session's data do not fit the schema: ${where}` }
}

const kinds = {
  'zod classic': z.object({ userId: z.optional(z.int()), tags: z._default(z.array(z.string()), []) }),
  'zod mini': mini.object({ userId: mini.optional(mini.int()), tags: mini._default(mini.array(mini.string()), []) })
}

for (const [kind, object] of Object.entries(kinds)) {
  t.test(`a schema of ${kind}`, async (t) => {
    const schema = make(object)
    t.strictSame(schema.defaults(), { tags: [] }, 'gives its defaults to a new session')
    t.strictSame(schema.decode({ userId: 5 }), { ok: true, data: { userId: 5, tags: [] } }, 'validates what comes in')
    t.match(schema.decode({ userId: '5' }), { ok: false, issues: [{ path: ['userId'], code: 'invalid_type' }] }, 'and refuses it')
    t.strictSame(schema.encode({ userId: 5, tags: ['a'] }), { userId: 5, tags: ['a'] }, 'validates what goes out')
    t.throws(() => schema.encode({ userId: '5', tags: [7] }), invalid('userId (invalid_type), tags.0 (invalid_type)'), 'and refuses it')
    t.doesNotThrow(() => schema.check('userId', 5), 'checks a single value')
    t.throws(() => schema.check('userId', 1.5), invalid('userId (invalid_type)'), 'and refuses it')
  })
}

t.test('codecs work both ways', async (t) => {
  const schema = make(z.object({ at: isoDate.optional(), list: z.array(isoDate).default([]) }))
  const text = '2026-09-24T12:00:00.123Z'
  t.strictSame(schema.decode({ at: text, list: [text] }), { ok: true, data: { at: new Date(text), list: [new Date(text)] } })
  t.strictSame(schema.encode({ at: new Date(text), list: [new Date(text)] }), { at: text, list: [text] })
  t.doesNotThrow(() => schema.check('at', new Date()))
  t.throws(() => schema.check('at', text), invalid('at (invalid_type)'))
  t.match(schema.decode({ at: 'yesterday' }), { ok: false, issues: [{ path: ['at'] }] })
})

t.test('a codec whose default is given decoded', async (t) => {
  const schema = make(z.object({ at: isoDate.default(new Date(5)) }))
  t.strictSame(schema.defaults(), { at: new Date(5) })
  t.strictSame(schema.encode({}), { at: new Date(5).toISOString() })
})

t.test('a codec of zod mini', async (t) => {
  const schema = make(mini.object({
    at: mini.optional(mini.codec(mini.string(), mini.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }))
  }))
  t.strictSame(schema.encode({ at: new Date(5) }), { at: new Date(5).toISOString() })
  t.strictSame(schema.decode({ at: new Date(5).toISOString() }), { ok: true, data: { at: new Date(5) } })
})

t.test('a codec that throws at data from outside refuses them', async (t) => {
  const failing = z.codec(z.string(), z.url(), { decode: (text) => new URL(text).href, encode: (text) => text })
  const schema = make(z.object({ a: failing.optional() }))
  t.strictSame(schema.decode({ a: 'no URL' }), { ok: false, issues: [] })
})

t.test('a codec that throws at the app\'s data is an error without its message', async (t) => {
  const cause = new Error('not now')
  const schema = make(z.object({ a: z.codec(z.string(), z.string(), { decode: String, encode: () => { throw cause } }).optional() }))
  t.throws(() => schema.encode({ a: 'x' }), { ...invalid('a (a codec, a refinement or a getter threw)'), cause: undefined })
  const whole = make(z.object({ a: z.string().optional() }).refine(({ a }) => { if (a !== undefined) throw cause; return true }))
  t.throws(() => whole.encode({ a: 'x' }), { ...invalid('the session as a whole (a codec, a refinement or a getter threw)'), cause: undefined })
  t.throws(() => schema.check('a', 'x'), { ...invalid('a (a codec, a refinement or a getter threw)'), cause: undefined })
  t.strictSame(schema.normalize({ a: 'x' }), { a: 'x' }, 'where nothing is written, the data stay as they are')
})

t.test('an error names paths, and no value', async (t) => {
  const schema = make(z.object({ cards: z.array(z.object({ number: z.literal('hidden-literal').or(z.number()) })).optional() }))
  t.throws(() => schema.encode({ cards: [{ number: 'hidden-value' }] }), invalid('cards.0.number (invalid_union)'))
})

t.test('a key that is deleted has its default again', async (t) => {
  const schema = make(z.object({ tags: z.array(z.string()).default(['new']), userId: z.number().optional() }))
  t.strictSame(schema.encode({ userId: 5 }), { tags: ['new'], userId: 5 })
  t.strictSame(schema.encode({ tags: undefined, userId: undefined }), { tags: ['new'] })
  t.strictSame(schema.normalize({ userId: 5 }), { tags: ['new'], userId: 5 })
})

t.test('a default is made up for before a codec encodes it, as zod\'s encoding does not', async (t) => {
  const schema = make(z.object({ tags: z.array(z.string()).default(['new']), at: isoDate.optional() }))
  t.strictSame(schema.encode({ tags: undefined }), { tags: ['new'] })
  t.strictSame(schema.normalize({ tags: undefined }), { tags: ['new'] })
})

t.test('incomplete data get no more than their defaults, valid or not', async (t) => {
  const schema = make(z.object({ tags: z.array(z.string()).default(['new']), userId: z.number().optional() }))
  t.strictSame(schema.normalize({ userId: 'text', foreign: 1 }), { tags: ['new'], userId: 'text', foreign: 1 })
})

t.test('a schema that has no defaults is not asked for them', async (t) => {
  let asked = 0
  const schema = make(z.object({ userId: z.number().optional() }).refine(() => ++asked))
  const before = asked
  t.strictSame(schema.defaults(), {})
  t.equal(asked, before)
})

t.test('a default that is a function is made for each session', async (t) => {
  const schema = make(z.object({ list: z.array(z.string()).default(() => []) }))
  const [first, second] = [schema.defaults(), schema.defaults()]
  t.strictSame(first, { list: [] })
  t.not(first.list, second.list)
})

t.test('a recursive schema, by lazy and by a getter', async (t) => {
  const tree: z.ZodType = z.lazy(() => z.union([isoDate, z.array(tree)]))
  const category = z.object({ name: z.string(), get children () { return z.array(category).optional() } })
  const schema = make(z.object({ tree: tree.optional(), category: category.optional() }))
  const at = new Date(5)
  const data = { tree: [at, [at]], category: { name: 'a', children: [{ name: 'b' }] } }
  const encoded = { tree: [at.toISOString(), [at.toISOString()]], category: data.category }
  t.strictSame(schema.encode(data), encoded, 'the codec behind it is found')
  t.strictSame(schema.decode(encoded), { ok: true, data })
  t.throws(() => schema.encode({ category: { name: 'a', children: [{}] } }), invalid('category.children.0.name (invalid_type)'))
})

t.test('a whole schema with a refinement is checked when the session is written', async (t) => {
  const schema = make(z.object({ from: z.number().default(0), to: z.number().default(0) }).refine(({ from, to }) => from <= to))
  t.doesNotThrow(() => schema.check('from', 5))
  t.throws(() => schema.encode({ from: 5 }), invalid('the session as a whole (custom)'))
})

t.test('__proto__ is never a key of the data', async (t) => {
  for (const schema of [make(z.object({})), make(z.looseObject({})), make(z.object({ at: isoDate.optional() }))]) {
    t.throws(() => schema.check('__proto__', {}), invalid('__proto__'))
    t.throws(() => schema.encode(JSON.parse('{"__proto__":{"a":1}}')), invalid('__proto__'))
  }
})

t.test('data that cannot be encoded are as they are, and those beside them are encoded', async (t) => {
  const schema = make(z.object({ at: isoDate.optional(), until: isoDate.optional(), n: z.number().optional() }))
  t.strictSame(schema.normalize({ at: 'yesterday', until: new Date(5), n: 'text' }), { at: 'yesterday', until: new Date(5).toISOString(), n: 'text' })
})

t.test('what it is given stays as it is', async (t) => {
  const data = Object.freeze({ list: Object.freeze(['a']), foreign: 1 })
  for (const schema of [
    make(z.object({ list: z.array(z.string()).default([]), more: z.string().default('x') })),
    make(z.object({ list: z.array(z.string()).default([]), more: isoDate.default(new Date(5)) }))
  ]) {
    schema.decode(data)
    schema.encode(data)
    schema.normalize(data)
  }
  t.strictSame(data, { list: ['a'], foreign: 1 })
})

t.test('data without an end are no endless work: they are refused when they are written', async (t) => {
  const schema = make(z.object({ a: z.unknown().optional() }))
  const endless: Record<string, unknown> = {}
  endless.a = endless
  t.throws(() => encodePayload(schema.encode({ a: endless })), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /deeper than 32 levels/ })
})

t.test('data that never change are decoded once, where that always comes to the same', async (t) => {
  const schema = make(z.object({ userId: z.int().optional(), visits: z.int().default(0) }))
  const data = { userId: 5, visits: 1 }
  t.strictSame(schema.decodeCached(data), data)
  t.equal(schema.decodeCached(data), schema.decodeCached(data))
  t.not(schema.decodeCached({ ...data }), schema.decodeCached({ ...data }), 'other data are other data')
  t.strictSame(schema.decodeCached({ userId: 5 }), { userId: 5, visits: 0 }, 'with what zod fills in')
  t.equal(schema.decodeCached({ visits: '1' }), undefined, 'refused')
  t.equal(make(z.object({ a: z.string().refine(() => true) }).partial()).decodeCached({ a: 'x' }), undefined, 'a function of the app has a say')
})

t.test('what a default holds is no two sessions\'', async (t) => {
  const list: string[] = []
  const schema = make(z.object({ prefs: z.object({ list: z.array(z.string()) }).default({ list }) }))
  const { prefs } = schema.defaults() as { prefs: { list: string[] } }
  prefs.list.push('mine')
  t.strictSame(schema.defaults(), { prefs: { list: [] } })
})

t.test('a key named __proto__ that the schema does not know is left behind', async (t) => {
  const decoded = make(z.object({})).decode(JSON.parse('{"a":1,"__proto__":{"b":2}}') as Record<string, unknown>)
  t.strictSame(decoded, { ok: true, data: { a: 1 } })
})
