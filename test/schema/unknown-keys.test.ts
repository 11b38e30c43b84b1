import t from 'tap'
import { z } from 'zod'
import { decodeData } from '../../lib/session/decode.ts'
import { SessionSchema } from '../../lib/schema/schema.ts'
import { keepUnknown, unknownKeysOf } from '../../lib/schema/unknown-keys.ts'
import { isReserved } from '../../lib/session/session.ts'

const text = z.string()
const isoDate = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
const item = z.object({ sku: text, count: z.int().default(1) })
const tree = z.object({ name: text, get children () { return z.array(tree).optional() } })

/** What is written of data after a change to what a schema makes of them. */
function change (shape: z.core.$ZodShape, received: Record<string, unknown>, edit: (data: any) => void): Record<string, unknown> {
  const optional = Object.fromEntries(Object.entries(shape).map(([key, each]) => [key, z.optional(each)]))
  const schema = new SessionSchema(z.object(optional), isReserved)
  const decoded = decodeData(received, { schema, migrate: undefined })
  if (!decoded.ok) throw new Error('refused')
  edit(decoded.data)
  return schema.encode(decoded.data, decoded.received)
}

const a = { sku: 'a', count: 1, note: 'A' }
const b = { sku: 'b', count: 2, note: 'B', more: { deep: [1] } }

interface Case {
  readonly shape: z.core.$ZodShape
  readonly received: Record<string, unknown>
  readonly edit: (data: any) => void
  readonly written: Record<string, unknown>
}

const prefs = z.object({ theme: text })
const cases: Record<string, Case> = {
  'a change of another key': {
    shape: { prefs, n: z.int().optional() }, received: { prefs: { theme: 'dark', lang: 'fr' } }, edit: (data) => { data.n = 1 }, written: { prefs: { theme: 'dark', lang: 'fr' }, n: 1 }
  },
  'a change beside it': {
    shape: { prefs }, received: { prefs: { theme: 'dark', lang: 'fr' } }, edit: ({ prefs }) => { prefs.theme = 'light' }, written: { prefs: { theme: 'light', lang: 'fr' } }
  },
  'a spread into a new object': {
    shape: { prefs }, received: { prefs: { theme: 'dark', lang: 'fr' } }, edit: (data) => { data.prefs = { ...data.prefs, theme: 'light' } }, written: { prefs: { theme: 'light', lang: 'fr' } }
  },
  'a change of an item': {
    shape: { items: z.array(item) }, received: { items: [a, b] }, edit: ({ items }) => { items[1].count = 5 }, written: { items: [a, { ...b, count: 5 }] }
  },
  'an item that is taken away': {
    shape: { items: z.array(item) }, received: { items: [a, b] }, edit: ({ items }) => { items.shift(); items[0].count = 5 }, written: { items: [{ ...b, count: 5 }] }
  },
  'an item that is added in front': {
    shape: { items: z.array(item) }, received: { items: [a] }, edit: ({ items }) => { items.unshift({ sku: 'c', count: 1 }) }, written: { items: [{ sku: 'c', count: 1 }, a] }
  },
  'items that are sorted, and made anew': {
    shape: { items: z.array(item) },
    received: { items: [a, b] },
    edit: (data) => { data.items = data.items.map((each: object) => ({ ...each, count: 7 })).reverse() },
    written: { items: [{ ...b, count: 7 }, { ...a, count: 7 }] }
  },
  'an object in a tuple, a record, a union and wrappers': {
    shape: { x: z.tuple([text, z.record(text, z.union([text, prefs.nullable().optional()]))]), n: z.int().optional() },
    received: { x: ['t', { k: { theme: 'dark', lang: 'fr' } }] },
    edit: ({ x }) => { x[0] = 'u' },
    written: { x: ['u', { k: { theme: 'dark', lang: 'fr' } }] }
  },
  'an object of a discriminated union': {
    shape: { x: z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), n: z.int() }), z.object({ kind: z.literal('b'), m: z.int() })]) },
    received: { x: { kind: 'b', m: 1, more: 2 } },
    edit: ({ x }) => { x.m = 3 },
    written: { x: { kind: 'b', m: 3, more: 2 } }
  },
  'an intersection': {
    shape: { x: prefs.and(z.object({ n: z.int() })) }, received: { x: { theme: 'dark', n: 1, more: 2 } }, edit: ({ x }) => { x.n = 3 }, written: { x: { theme: 'dark', n: 3, more: 2 } }
  },
  'a lazy and recursive schema': {
    shape: { x: z.lazy(() => tree) },
    received: { x: { name: 'a', icon: 1, children: [{ name: 'b', icon: 2 }] } },
    edit: ({ x }) => { x.children[0].name = 'c' },
    written: { x: { name: 'a', icon: 1, children: [{ name: 'c', icon: 2 }] } }
  },
  'an object that zod freezes': {
    shape: { x: z.object({ prefs: prefs.readonly(), list: z.array(prefs).readonly() }).readonly() },
    received: { x: { prefs: { theme: 'dark', lang: 'fr' }, list: [{ theme: 'x', lang: 'de' }], more: 1 } },
    edit: (data) => { data.x = { ...data.x, prefs: { ...data.x.prefs, theme: 'light' } } },
    written: { x: { prefs: { theme: 'light', lang: 'fr' }, list: [{ theme: 'x', lang: 'de' }], more: 1 } }
  },
  'an object beside a codec': {
    shape: { items: z.array(z.object({ at: isoDate })) },
    received: { items: [{ at: '2026-01-01T00:00:00.000Z', note: 'A' }] },
    edit: ({ items }) => { items[0].at = new Date(0) },
    written: { items: [{ at: '1970-01-01T00:00:00.000Z', note: 'A' }] }
  },
  'what a codec reads, while nobody changes its key': {
    shape: { x: z.codec(prefs, text, { decode: ({ theme }) => theme, encode: (theme) => ({ theme }) }), n: z.int().optional() },
    received: { x: { theme: 'dark', lang: 'fr' } },
    edit: (data) => { data.n = 1 },
    written: { x: { theme: 'dark', lang: 'fr' }, n: 1 }
  },
  'a value in another form, while nobody changes its key': {
    shape: { x: z.string().trim(), y: text.catch('none'), z: z.coerce.number(), n: z.int().optional() },
    received: { x: ' a ', y: 5, z: '7' },
    edit: (data) => { data.n = 1 },
    written: { x: ' a ', y: 5, z: '7', n: 1 }
  },
  'a value that a catch replaced by nothing': {
    shape: { x: text.optional().catch(undefined), n: z.int().optional() }, received: { x: 5 }, edit: (data) => { data.n = 1 }, written: { x: 5, n: 1 }
  },
  'an object moved to a key outside the schema': {
    shape: { prefs: prefs.optional() }, received: { prefs: { theme: 'dark', lang: 'fr' } }, edit: (data) => { data.old = data.prefs; delete data.prefs }, written: { old: { theme: 'dark', lang: 'fr' } }
  }
}

for (const [what, { shape, received, edit, written }] of Object.entries(cases)) {
  t.test(`keys that the schema does not name survive: ${what}`, async (t) => {
    t.strictSame(change(shape, Object.freeze(received), edit), written)
    t.strictSame(change({ ...shape, at: isoDate.optional() }, received, edit), written, 'with a codec beside it too')
  })
}

t.test('an object that takes another\'s place inherits no unknown keys', async (t) => {
  const user = z.object({ id: z.int() })
  t.strictSame(change({ user }, { user: { id: 1, role: 'admin' } }, (data) => { data.user = { id: 2 } }), { user: { id: 2 } })
  t.strictSame(change({ users: z.array(user) }, { users: [{ id: 1, role: 'admin' }] }, (data) => { data.users = [{ id: 2 }] }), { users: [{ id: 2 }] })
  t.strictSame(change({ user }, { user: { id: 1, role: 'admin' } }, (data) => { data.user = { id: 2, role: 'user', passwordHash: 'x' } }), { user: { id: 2 } })
})

t.test('unknown keys that an app adds or deletes are not written', async (t) => {
  t.strictSame(change({ prefs }, { prefs: { theme: 'dark', lang: 'fr' } }, (data) => Object.assign(data.prefs, { theme: 'x', note: 1 })), { prefs: { theme: 'x', lang: 'fr' } })
  t.strictSame(change({ prefs: prefs.optional() }, { prefs: { theme: 'dark', lang: 'fr' } }, (data) => { delete data.prefs }), {})
})

t.test('a strict object has none, and a loose one has them as its own', async (t) => {
  const received = { x: { theme: 'dark', lang: 'fr' } }
  t.throws(() => change({ x: z.strictObject({ theme: text }) }, received, () => {}), { message: 'refused' })
  t.strictSame(change({ x: z.looseObject({ theme: text }) }, received, ({ x }) => { delete x.lang }), { x: { theme: 'dark' } })
})

t.test('an app sees nothing of them', async (t) => {
  change({ prefs, items: z.array(item) }, { prefs: { theme: 'dark', lang: 'fr' }, items: [b] }, ({ prefs, items }) => {
    t.same(Object.keys(prefs), ['theme'])
    t.equal(JSON.stringify(items), '[{"sku":"b","count":2}]')
    const keys = []
    for (const key in items[0]) keys.push(key)
    t.same(keys, ['sku', 'count'])
  })
})

t.test('what was received stays as it is, and each request has its own', async (t) => {
  const received = { prefs: { theme: 'dark', lang: { code: 'fr' } } }
  const before = structuredClone(received)
  for (const shape of [{ prefs }, { prefs, at: isoDate.optional() }]) {
    const first = change(shape, received, ({ prefs }) => { prefs.theme = 'light' })
    t.strictSame(first, { prefs: { theme: 'light', lang: { code: 'fr' } } })
    t.strictSame(received, before)
    t.strictSame(change(shape, received, () => {}), before)
  }
})

t.test('what zod freezes is copied to keep the keys that it does not name', async (t) => {
  const raw = { list: [{ a: 1, b: 2 }], one: { a: 1, b: { c: 3, d: 4 } } }
  const schema = z.object({
    list: z.array(z.object({ a: z.number() }).readonly()).readonly(),
    one: z.object({ a: z.number(), b: z.object({ c: z.number() }).readonly() }).readonly()
  })
  const kept = keepUnknown(schema, raw, schema.parse(raw)) as { list: unknown[], one: { b: object } }
  t.same(unknownKeysOf(kept.list[0]), { b: 2 })
  t.same(unknownKeysOf(kept.one.b), { d: 4 })
})

t.test('a snapshot as it would be written leaves out what cannot be', async (t) => {
  const schema = new SessionSchema(z.object({ a: z.unknown().optional(), b: z.number().optional() }), () => false)
  t.same(schema.carrySnapshot({ a: [undefined], b: 1 }), { b: 1 })
})
