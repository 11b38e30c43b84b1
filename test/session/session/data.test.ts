import t from 'tap'
import { z } from 'zod'
import type { FastifyRequest } from 'fastify'
import { Browser, makeApp, sessionOf, setCookies, type TestSession } from '../../support/app.ts'

type Loose = TestSession & Record<string, unknown>

t.test('the data are own, plain properties, and nothing else is', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    session.permanent = true
    session.lifetime = 60
    session.userId = 7
    session.name = undefined
    session.set('flash', { ok: ['saved'] })
    t.same(Object.keys(session).sort(), ['cart', 'flash', 'name', 'userId'])
  })
  await browser.visit((session) => {
    const data = { userId: 7, cart: [], flash: { ok: ['saved'] } }
    t.same(Object.keys(session).sort(), ['cart', 'flash', 'userId'])
    t.same(Reflect.ownKeys(session).sort(), ['cart', 'flash', 'userId'], 'not even a symbol')
    t.same({ ...session }, data)
    t.same(JSON.parse(JSON.stringify(session)), data)
    t.same(session.data(), data)
    t.same(Object.getOwnPropertyDescriptor(session, 'userId'), { value: 7, writable: true, enumerable: true, configurable: true })
    const keys = []
    for (const key in session) keys.push(key)
    t.same(keys.sort(), ['cart', 'flash', 'userId'], 'for … in too')
  })
})

t.test('"in" says whether a key is there', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.notOk('userId' in session)
    session.userId = 7
    t.ok('userId' in session)
    delete session.userId
    t.notOk('userId' in session)
  })
})

t.test('a deleted property is gone from the cookie, and one with a default has it again', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    Object.assign(session, { userId: 7, name: 'Zoë', cart: ['apple'] })
  })
  await browser.visit((session) => {
    delete session.name
    delete (session as Partial<TestSession>).cart
  })
  t.same((await browser.visit((session) => session)).json(), { userId: 7, cart: [] })
})

t.test('two requests with one cookie have a session each', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/push')
  const sessions: TestSession[] = []
  for (let i = 0; i < 2; i++) await browser.visit((session) => { sessions.push(session) })
  const [one, two] = sessions as [TestSession, TestSession]
  one.cart.push('pear')
  t.same(two.cart, ['apple'])
})

t.test('defaults are new for each session', async (t) => {
  const app = await makeApp()
  await new Browser(app).get('/push')
  t.same((await new Browser(app).get('/read')).json().cart, [])
})

t.test('an empty session is not written, whatever its defaults are', async (t) => {
  const schema = z.object({ cart: z.array(z.string()).default(() => []), seen: z.date().default(() => new Date(0)) })
  const browser = new Browser(await makeApp({ schema }))
  t.same(setCookies(await browser.visit((session) => session.modified)), [])
  await browser.get('/push')
  const reply = await browser.visit((session) => { session.delete() })
  t.match(reply.cookies, [{ value: '', maxAge: 0 }])
  t.same(setCookies(await browser.visit((session) => { session.permanent = true })), [])
})

t.test('a row of a database is no change if the schema names none of what differs', async (t) => {
  const schema = z.object({ cart: z.array(z.string()).default([]), user: z.object({ id: z.int(), name: z.string().trim() }).optional() })
  const browser = new Browser(await makeApp({ schema }))
  const login = (row: object) => browser.visit((session) => { (session as Loose).user = row })
  t.equal(setCookies(await login({ id: 7, name: 'Ada ', passwordHash: 'x' })).length, 1)
  t.same(setCookies(await login({ id: 7, name: 'Ada', passwordHash: 'y', lastLogin: new Date() })), [])
  t.equal(setCookies(await login({ id: 8, name: 'Ada', passwordHash: 'x' })).length, 1)
  t.same((await browser.get('/read')).json().user, { id: 8, name: 'Ada' })
})

t.test('a catch does not hide a mistake in what is written', async (t) => {
  const schema = z.object({ cart: z.array(z.string()).default([]), role: z.enum(['user', 'admin']).catch('admin') })
  const browser = new Browser(await makeApp({ schema }))
  await browser.visit((session) => {
    t.throws(() => session.set('role', 'usr'), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: role \(invalid_value\)$/ })
  })
  const reply = await browser.visit((session) => { (session as Loose).role = 'usr' })
  t.match(reply.json(), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: role \(invalid_value\)$/ })
  t.same(setCookies(reply), [])
})

t.test('new and reason tell how the request came', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.equal(session.new, true)
    t.equal(session.reason, 'absent')
    session.userId = 7
    t.equal(session.new, true)
  })
  await browser.visit((session) => {
    t.equal(session.new, false)
    t.equal(session.reason, undefined)
  })
  browser.cookies.set('session', 'junk')
  await browser.visit((session) => {
    t.equal(session.new, true)
    t.equal(session.reason, 'malformed')
  })
})

t.test('modified and changed follow the data, back as well as forth', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/login')
  const reply = await browser.visit((session) => {
    const states: boolean[] = []
    const note = () => {
      t.equal(session.changed, session.modified)
      states.push(session.modified)
    }
    note()
    session.userId = 8
    note()
    session.userId = 7
    note()
    session.permanent = true
    note()
    session.permanent = false
    note()
    session.lifetime = 60
    note()
    session.lifetime = undefined
    note()
    return states
  })
  t.same(reply.json(), [false, true, false, true, false, true, false])
  t.same(setCookies(reply), [])
})

t.test('data() is a copy, still valid after regenerate() and delete()', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit(async (session) => {
    session.userId = 7
    const data = session.data()
    t.equal(Object.getPrototypeOf(data), Object.prototype)
    data.name = 'Zoë'
    t.notOk('name' in session)
    await session.regenerate()
    session.delete()
    t.same(data, { userId: 7, name: 'Zoë', cart: [] })
  })
})

t.test('codecs are applied in both directions', async (t) => {
  const schema = z.object({
    cart: z.array(z.string()).default([]),
    tags: z.codec(z.array(z.string()), z.set(z.string()), {
      decode: (list) => new Set(list),
      encode: (set) => [...set]
    }).optional()
  })
  const browser = new Browser(await makeApp({ schema }))
  await browser.visit((session) => { (session as Loose).tags = new Set(['a']) })
  const reply = await browser.visit((session) => {
    const { tags } = session as Loose
    t.same(tags, new Set(['a']))
    t.equal(session.modified, false);
    (tags as Set<string>).add('b')
    t.equal(session.modified, true)
  })
  t.equal(setCookies(reply).length, 1)
  await browser.visit((session) => t.same(session.get('tags'), new Set(['a', 'b'])))
  await browser.visit((session) => {
    t.throws(() => session.set('tags', ['a']), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /: tags \(/ })
  })
})

t.test('the session object stays the same throughout a request', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session, request: FastifyRequest) => t.equal(sessionOf(request), session))
})
