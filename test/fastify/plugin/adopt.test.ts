import type { FastifyRequest, FastifyServerOptions } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, Clock, cookieOf, makeApp, schema, sessionOf, setCookies } from '../../support/app.ts'
import { backendApp } from '../../support/backend-app.ts'
import { makeBoundApp } from '../../support/device.ts'

/** A session of another library: here, in a header. */
const fromHeader = ({ headers }: FastifyRequest) => headers['x-old'] === undefined ? undefined : JSON.parse(String(headers['x-old']))
const old = (data: unknown) => ({ 'x-old': JSON.stringify(data) })

t.test('a session of another library goes on here, and is written even if only read', async (t) => {
  const browser = new Browser(await makeApp({ adopt: fromHeader }))
  const adopted = await browser.get('/read', old({ userId: 7, locale: 'en' }))
  t.same(adopted.json(), { userId: 7, locale: 'en', cart: [], reason: 'absent' })
  t.notMatch(setCookies(adopted)[0], /max-age/i)

  const next = await browser.get('/read', old({ userId: 8 }))
  t.same(next.json(), { userId: 7, locale: 'en', cart: [] }, 'ours counts from now on')
})

t.test('`_permanent` makes an adopted session permanent', async (t) => {
  const app = await makeApp({ adopt: fromHeader })
  const [cookie] = (await app.inject({ url: '/read', headers: old({ _permanent: true, userId: 7 }) })).cookies
  t.equal(cookie?.maxAge, 31 * 86_400)
})

t.test('a refused cookie of ours does not stop an older session from being adopted', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ adopt: fromHeader, lifetime: 60, now: clock.now })
  const session = cookieOf(await app.inject('/login'))
  clock.pass(61)
  const reply = await app.inject({ url: '/read', cookies: { session }, headers: old({ name: 'Zoë' }) })
  t.same(reply.json(), { name: 'Zoë', cart: [], reason: 'expired' })
})

t.test('data of ours that the schema refuses leave room for an older session', async (t) => {
  const before = await makeApp()
  before.get('/odd', async (request) => { sessionOf(request).set('locale', 5) })
  const session = cookieOf(await before.inject('/odd'))
  const after = await makeApp({ schema: z.object({ locale: z.string().optional() }), adopt: () => ({ locale: 'en' }) })
  t.same((await after.inject({ url: '/read', cookies: { session } })).json(), { locale: 'en', reason: 'schema' })
})

t.test('of several, the first that gives something counts', async (t) => {
  const asked: string[] = []
  const give = (name: string, data: Record<string, unknown> | null | undefined) => () => {
    asked.push(name)
    return data
  }
  const app = await makeApp({ adopt: [give('a', undefined), give('b', null), give('c', { userId: 'no number' }), give('d', { userId: 7 }), give('e', { userId: 8 })] })
  t.equal((await app.inject('/read')).json().userId, 7)
  t.strictSame(asked, ['a', 'b', 'c', 'd'])
})

t.test('adopt is asked for each request without an acceptable cookie, and no other', async (t) => {
  let asked = 0
  const browser = new Browser(await makeApp({ adopt: () => { asked++; return undefined } }))
  await browser.get('/untouched')
  t.equal(asked, 1)
  await browser.get('/login')
  t.equal(asked, 2)
  await browser.get('/read')
  t.equal(asked, 2)
})

t.test('an unusable adopted session costs no 5xx: it is empty, and the log has no values', async (t) => {
  for (const adopt of [() => { throw new Error('expired token') }, () => ({ userId: 'secret' }), () => ['secret'], async () => { throw new Error('expired token') }]) {
    const lines: string[] = []
    const stream = { write: (line: string) => lines.push(line) }
    const app = await makeApp({ adopt: adopt as never, fastify: { logger: { level: 'warn', stream } } })
    const reply = await app.inject('/read')
    t.same(reply.json(), { cart: [], reason: 'absent' })
    t.same(setCookies(reply), [])
    t.match(lines.map((line) => JSON.parse(line)), [{ level: 40, msg: /`adopt` (threw|returned)/ }])
    t.notMatch(lines.join(), 'secret')
  }
})

for (const mode of ['in the cookie', 'in a store'] as const) {
  t.test(`adopted data that no session can hold cost no 5xx (${mode})`, async (t) => {
    const lines: string[] = []
    const fastify: FastifyServerOptions = { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } }
    const cycle: Record<string, unknown> = { userId: 7 }
    cycle.extra = { cycle }
    const candidates: unknown[] = [
      { extra: new Map([['secret', 1]]) }, { extra: new (class Basket {})() }, cycle, { get extra () { throw new Error('a secret') } },
      ...mode === 'in the cookie' ? [{ extra: 'secret'.repeat(1000) }] : []
    ]
    let candidate: unknown
    const app = await makeApp({
      fastify, schema: schema.extend({ extra: z.unknown().optional() }) as never, adopt: () => candidate as never, ...mode === 'in a store' && { store: new MemoryStore() }
    })
    for (candidate of candidates) {
      for (const url of ['/read', '/untouched']) t.equal((await app.inject(url)).statusCode, 200)
    }
    t.equal(lines.length, 2 * candidates.length)
    for (const line of lines) t.notMatch(line, 'secret')
    t.match(lines[0], /`adopt` returned data that no session can hold: .*extra/)
    candidate = { userId: 7 }
    t.match((await app.inject('/read')).json(), { userId: 7 })
  })
}

t.test('the log says what of the adopted data the schema refused', async (t) => {
  const refusals: Array<[unknown, string]> = [
    [{ userId: 'secret', cart: ['secret', 5] }, 'data that the schema refuses: userId (invalid_type), cart.1 (invalid_type)'],
    [['secret'], 'something other than an object of data'],
    [{ userId: 7, _typed: 'secret' }, 'something other than an object of data'],
    [{ broken: 'secret' }, 'data that the schema refuses']
  ]
  const broken = z.codec(z.string(), z.string(), { decode: () => { throw new Error('secret') }, encode: (text) => text })
  const schema = z.object({ userId: z.number().optional(), cart: z.array(z.string()).default([]), broken: broken.optional() })
  for (const [given, message] of refusals) {
    const lines: string[] = []
    const stream = { write: (line: string) => lines.push(line) }
    const app = await makeApp({ schema, adopt: () => given as never, fastify: { logger: { level: 'warn', stream } } })
    await app.inject('/read')
    t.same(lines.map((line) => JSON.parse(line).msg), [`fastify-typed-session: \`adopt\` returned ${message}`])
  }
})

const visitor = ({ userId }: { userId?: number }) => userId === undefined

t.test('a visitor\'s session takes up what adopt returns, if adoptInto says so', async (t) => {
  const browser = new Browser(await makeApp({ adopt: fromHeader, adoptInto: visitor }))
  await browser.get('/push')
  const adopted = await browser.get('/read', old({ userId: 7, _permanent: true }))
  t.same(adopted.json(), { userId: 7, cart: ['apple'] }, 'a default does not replace the cart')
  t.match(setCookies(adopted)[0], /Max-Age/)
  t.same((await browser.get('/read')).json(), { userId: 7, cart: ['apple'] })
  t.same((await browser.get('/read', old({ userId: 8 }))).json(), { userId: 7, cart: ['apple'] }, 'a user\'s session is left as it is')
  await browser.get('/logout')
  t.same((await browser.get('/read')).json(), { cart: [], reason: 'absent' })
})

t.test('without adoptInto, a visitor\'s session is left as it is', async (t) => {
  const session = cookieOf(await (await makeApp()).inject('/push'))
  const app = await makeApp({ adopt: () => t.fail('asked') as never })
  t.same((await app.inject({ url: '/read', cookies: { session } })).json(), { cart: ['apple'] })
})

for (const mode of ['store', 'revocation'] as const) {
  t.test(`with ${mode}, whoever planted the visitor's session does not get the login`, async (t) => {
    const { app } = await backendApp({ adopt: fromHeader, adoptInto: visitor }, mode)
    const planted = cookieOf(await app.inject('/push'))
    const adopted = await app.inject({ url: '/read', cookies: { session: planted }, headers: old({ userId: 7 }) })
    t.match(adopted.json(), { userId: 7, cart: ['apple'] })
    t.match((await app.inject({ url: '/read', cookies: { session: cookieOf(adopted) } })).json(), { userId: 7, cart: ['apple'] })
    t.same((await app.inject({ url: '/read', cookies: { session: planted } })).json(), { cart: [], reason: 'revoked' })
  })
}

t.test('in Flask\'s format, what the visitor\'s session held stays as it was', async (t) => {
  const app = await makeApp({ format: 'flask', adopt: fromHeader, adoptInto: visitor })
  app.get('/keep', async (request) => { sessionOf(request).set('flask', { ' t': 'kept' }) })
  const session = cookieOf(await app.inject('/keep'))
  const adopted = await app.inject({ url: '/untouched', cookies: { session }, headers: old({ userId: 7 }) })
  t.same((await app.inject({ url: '/read', cookies: { session: cookieOf(adopted) } })).json(), { userId: 7, cart: [], flask: { ' t': 'kept' } })
})

t.test('an adoptInto that throws leaves the session as it is, and is logged', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  const adoptInto = () => { throw new Error('broken') }
  const app = await makeApp({ adopt: () => t.fail('asked') as never, adoptInto, fastify: { logger: { level: 'warn', stream } } })
  const session = cookieOf(await (await makeApp()).inject('/push'))
  t.same((await app.inject({ url: '/read', cookies: { session } })).json(), { cart: ['apple'] })
  t.match(lines.map((line) => JSON.parse(line)), [{ level: 40, msg: 'fastify-typed-session: `adoptInto` threw', err: { message: 'broken' } }])
})

t.test('adoptInto gets a copy of the data', async (t) => {
  const app = await makeApp({ adopt: () => undefined, adoptInto: ({ cart }: { cart: string[] }) => cart.push('changed') > 0 })
  const session = cookieOf(await (await makeApp()).inject('/push'))
  t.same((await app.inject({ url: '/read', cookies: { session } })).json(), { cart: ['apple'] })
})

t.test('a session that is bound to a device takes up nothing', async (t) => {
  const { browser } = await makeBoundApp({ adopt: fromHeader, adoptInto: () => true })
  await browser.inject('/enter')
  t.match((await browser.inject({ url: '/me', headers: old({ userId: 8 }) })).json(), { userId: 7, bound: true })
})

t.test('adoptInto is a function, and beside adopt', async (t) => {
  await t.rejects(makeApp({ adoptInto: () => true }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /`adoptInto` requires `adopt`/ })
  await t.rejects(makeApp({ adopt: () => undefined, adoptInto: true as never }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /`adoptInto` must be a function/ })
})

t.test('adopt may be asynchronous, and gets the reply to end the old cookie with', async (t) => {
  const app = await makeApp({
    adopt: async (request, reply) => {
      reply.header('set-cookie', 'old=; Max-Age=0')
      return request.headers['x-old'] === undefined ? undefined : { userId: 7 }
    }
  })
  const reply = await app.inject({ url: '/untouched', headers: { 'x-old': '7' } })
  t.equal(setCookies(reply).length, 2, 'the session is written though nobody asked for it')
  t.match((await app.inject({ url: '/read', cookies: { session: cookieOf(reply) } })).json(), { userId: 7 })
})

t.test('an adopted session that is deleted at once leaves nothing', async (t) => {
  const app = await makeApp({ adopt: () => ({ userId: 7 }) })
  t.same(setCookies(await app.inject('/logout')), [])
})

t.test('a read-only route adopts nothing', async (t) => {
  const app = await makeApp({ adopt: () => t.fail('asked') as never })
  app.get('/look', { config: { session: { readOnly: true } } }, async (request) => sessionOf(request).reason)
  t.equal((await app.inject('/look')).body, 'absent')
})

t.test('adopt takes functions only', async (t) => {
  for (const adopt of [null, 'text', {}, [undefined], [() => undefined, 5]]) {
    await t.rejects(makeApp({ adopt: adopt as never }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /`adopt` must be a function/ })
  }
})
