import { randomUUID } from 'node:crypto'
import t from 'tap'
import { z } from 'zod'
import { analyzeSchema } from '../../lib/schema/analysis.ts'
import { instancesIn } from '../../lib/schema/fillers.ts'

const code = 'FST_TYPED_SESSION_INVALID_SCHEMA'
const url = z.codec(z.url(), z.instanceof(URL), { decode: (text) => new URL(text), encode: (url) => url.href })
let count = 0

const changing: Record<string, [schema: z.ZodObject, path: string]> = {
  'a random default': [z.object({ id: z.uuid().default(() => randomUUID()) }), 'schema.id'],
  'a default that counts': [z.object({ n: z.int().default(() => ++count) }), 'schema.n'],
  'a clock': [z.object({ at: z.number().default(() => Date.now()) }), 'schema.at'],
  'a clock in a Date': [z.object({ at: z.date().default(() => new Date()) }), 'schema.at'],
  'a clock in an object': [z.object({ a: z.object({ at: z.number() }).default(() => ({ at: Date.now() })) }), 'schema.a'],
  'a random prefault': [z.object({ id: z.string().prefault(() => randomUUID()) }), 'schema.id'],
  'a random default further down': [z.object({ list: z.array(z.object({ id: z.string().default(() => randomUUID()) })).default([]) }), 'schema.list.innerType.element.id'],
  'a random default behind a codec': [z.object({ link: url.default(() => new URL(`http://${randomUUID()}`)) }), 'schema.link'],
  'a random catch': [z.object({ id: z.uuid().catch(() => randomUUID()) }), 'schema.id']
}

for (const [what, [schema, path]] of Object.entries(changing)) {
  t.test(`${what} is refused at registration`, async (t) => {
    t.throws(() => analyzeSchema(schema, 'default'), {
      code,
      message: `\`schema\` has a default at ${path} that differs each time, so no two requests would see the same. ` +
        'Make the key optional, and assign the value in the handler'
    })
  })
}

t.test('a default that is the same each time is fine, whoever makes it', async (t) => {
  for (const kind of [z.date().default(() => new Date(0)), z.array(z.string()).default(() => []), z.nan().or(z.int()).default(NaN), url.default(() => new URL('http://a'))]) {
    t.doesNotThrow(() => analyzeSchema(z.object({ a: kind }), 'flask'))
  }
})

t.test('an object that cannot be copied is not shared by all sessions', async (t) => {
  const shared = new URL('http://a')
  const message = '`schema` has a default at schema.a that all sessions would share: an object of the class URL. Give a function that makes a new one each time'
  for (const kind of [url.default(shared), url.default(() => shared), url.catch(shared), z.array(url).default([shared])]) {
    t.throws(() => analyzeSchema(z.object({ a: kind }), 'default'), { code, message })
  }
})

t.test('a default that throws is refused, with the cause', async (t) => {
  const cause = new Error('no request')
  const schema = z.object({ a: z.object({ b: z.string().default(() => { throw cause }) }).optional() })
  t.throws(() => analyzeSchema(schema, 'default'), { code, message: '`schema` has a default at schema.a.innerType.b that throws', cause })
})

t.test('a catch that asks what it replaces is not called before there is something', async (t) => {
  let calls = 0
  analyzeSchema(z.object({ a: z.string().catch((context) => String(calls += context.issues.length)) }), 'default')
  t.equal(calls, 0)
})

t.test('objects that cannot be copied are found wherever they are', async (t) => {
  const object = new URL('http://a')
  for (const value of [object, [object], { a: [object] }, new Set([object]), new Map([['a', object]]), new Map([[object, 'a']])]) {
    t.strictSame(instancesIn(value), [object])
  }
  const endless: unknown[] = [object]
  endless.push(endless)
  t.strictSame(instancesIn(endless), [object])
  t.strictSame(instancesIn([{ a: new Date(0) }, Uint8Array.of(1), null, 'text', Object.create(null)]), [])
})
