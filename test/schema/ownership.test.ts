import t from 'tap'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { createSessionManager } from '../../lib/index.ts'
import { decodeData } from '../../lib/session/decode.ts'
import { SessionSchema } from '../../lib/schema/schema.ts'
import { isReserved } from '../../lib/session/session.ts'
import { Browser, makeApp, secret, type TestSession } from '../support/app.ts'

const isoDate = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
const stringSet = z.codec(z.array(z.string()), z.set(z.string()), { decode: (list) => new Set(list), encode: (set) => [...set] })
const entries = z.codec(z.array(z.tuple([z.string(), z.number()])), z.map(z.string(), z.number()), {
  decode: (list) => new Map(list), encode: (map) => [...map]
})
const prefs = z.object({ tags: z.array(z.string()) })

interface Case {
  /** What the schema says of the key `a`, filled in for the data `of`. */
  readonly schema: z.core.$ZodType
  readonly of?: Record<string, unknown>
  /** What a request does to it. */
  readonly change: (a: any) => unknown
}

class Box {
  text: string

  constructor (text: string) {
    this.text = text
  }
}
const box = z.codec(z.string(), z.instanceof(Box), { decode: (text) => new Box(text), encode: ({ text }) => text })
const sharedBox = new Box('shared')
const shared: string[] = []

const push = (list: string[]) => list.push('mine')
const pushTag = ({ tags }: { tags: string[] }) => push(tags)
const cases: Record<string, Case> = {
  'a default list': { schema: z.array(z.string()).default([]), change: push },
  'a default list of zod mini': { schema: mini._default(mini.array(mini.string()), []), change: push },
  'a list in a default object': { schema: prefs.default({ tags: [] }), change: pushTag },
  'a list in a default of a nested object': { schema: z.object({ tags: z.array(z.string()).default([]) }).default({ tags: [] }), change: pushTag },
  'a default in a nested object': { schema: z.object({ b: prefs.default({ tags: [] }) }).optional(), of: { a: {} }, change: ({ b }) => pushTag(b) },
  'a default in a list': { schema: z.array(z.object({ b: prefs.default({ tags: [] }) })).optional(), of: { a: [{}] }, change: ([{ b }]) => pushTag(b) },
  'a default in a union': { schema: z.union([z.string(), z.object({ b: prefs.default({ tags: [] }) })]).optional(), of: { a: {} }, change: ({ b }) => pushTag(b) },
  'a default behind lazy': { schema: z.lazy(() => prefs.default({ tags: [] })), change: pushTag },
  'a default date': { schema: z.date().default(new Date(5)), change: (date: Date) => date.setTime(9) },
  'default bytes': { schema: z.instanceof(Uint8Array).default(Uint8Array.of(1)), change: (bytes: Uint8Array) => bytes.fill(9) },
  'a default of anything': { schema: z.unknown().default([{ list: [] }]), change: ([{ list }]) => push(list) },
  'a default of what a codec makes': { schema: stringSet.default(new Set(['a'])), change: (set: Set<string>) => set.add('mine') },
  'a default map': { schema: entries.default(new Map([['a', 1]])), change: (map: Map<string, number>) => map.set('mine', 2) },
  'a prefault': { schema: z.unknown().prefault({ tags: [] }), change: pushTag },
  'a catch': { schema: z.array(z.string()).catch([]), of: { a: 'wrong' }, change: push },
  'a catch of an object': { schema: prefs.catch({ tags: [] }), of: { a: 'wrong' }, change: pushTag },
  'a catch in a nested object': { schema: z.object({ b: prefs.catch({ tags: [] }) }).optional(), of: { a: { b: 'wrong' } }, change: ({ b }) => pushTag(b) },
  'a catch of what a codec makes': { schema: stringSet.catch(new Set()), of: { a: 5 }, change: (set: Set<string>) => set.add('mine') },
  'an instance that a catch shares': { schema: box.catch((context) => context.issues.length > 99 ? new Box('') : sharedBox), of: { a: 5 }, change: (a: Box) => { a.text = 'mine' } },
  'an instance in a list that a catch shares': { schema: z.array(box).catch((context) => context.issues.length > 99 ? [] : [sharedBox]), of: { a: 5 }, change: ([a]: Box[]) => { a!.text = 'mine' } },
  'a catch that is a function': { schema: z.array(z.string()).catch((context) => context.issues.length > 99 ? [] : shared), of: { a: 5 }, change: push }
}

const beside: Record<string, z.core.$ZodShape> = { '': {}, ', beside a codec': { at: isoDate.optional() } }

for (const [what, { schema, of = {}, change }] of Object.entries(cases)) {
  for (const [where, shape] of Object.entries(beside)) {
    t.test(`${what} is each request's own${where}`, async (t) => {
      const whole = new SessionSchema(z.object({ a: schema, ...shape } as never), isReserved)
      const read = () => {
        const decoded = decodeData(of, { schema: whole, migrate: undefined })
        if (!decoded.ok) throw new Error('refused')
        return decoded.data
      }
      const before = JSON.stringify(read(), show)
      change(read().a)
      t.equal(JSON.stringify(read(), show), before)
      if (Object.keys(of).length > 0) return
      change(whole.defaults().a)
      t.equal(JSON.stringify(whole.defaults(), show), before, 'of a new session too')
    })
  }
}

function show (_key: string, value: unknown): unknown {
  return value instanceof Set || value instanceof Map ? [...value] : value
}

t.test('a visitor never sees what another one wrote into a default', async (t) => {
  const schema = z.object({ at: isoDate.optional(), prefs: prefs.default({ tags: [] }) })
  const app = await makeApp({ schema })
  type Prefs = TestSession & { prefs: { tags: string[] } }
  await new Browser(app).visit((session) => { (session as Prefs).prefs.tags.push('private') })
  t.same((await new Browser(app).visit((session) => (session as Prefs).prefs)).json(), { tags: [] })
})

t.test('nor does what opens tokens without a request', async (t) => {
  const before = createSessionManager({ schema: z.object({ at: isoDate.optional() }), secret })
  const after = createSessionManager({ schema: z.object({ at: isoDate.optional(), prefs: prefs.default({ tags: [] }) }), secret })
  const token = before.seal({ at: new Date(0) })
  const [first, second] = [after.open(token), after.open(token)]
  if (!first.ok || !second.ok) throw new Error('refused')
  first.data.prefs.tags.push('private')
  t.same(second.data.prefs.tags, [])
  const third = after.open(token)
  t.same(third.ok && third.data.prefs.tags, [])
})

t.test('an instance that a catch shares, and that nothing can copy, is refused', async (t) => {
  const key = z.custom<Box>((value) => value instanceof Box).catch((context) => context.issues.length > 99 ? new Box('') : sharedBox)
  t.throws(() => new SessionSchema(z.object({ a: key }), isReserved), { code: 'FST_TYPED_SESSION_INVALID_SCHEMA', message: /all sessions would share/ })
  const schema = new SessionSchema(z.object({ b: z.object({ a: key }).optional() }), isReserved)
  t.same(schema.decode({ b: { a: 5 } }), { ok: false, issues: [] })
})
