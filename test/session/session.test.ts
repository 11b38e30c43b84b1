import t from 'tap'
import { z } from 'zod'
import type { FastifyRequest } from 'fastify'
import { Browser, Clock, makeApp, sessionOf, setCookies, type TestSession } from '../support/app.ts'

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

t.test('permanent is any truth, and only that', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.equal(session.permanent, false)
    session.permanent = 'yes' as unknown as boolean
    t.equal(session.permanent, true)
    session.userId = 7
  })
  await browser.visit((session) => t.equal(session.permanent, true))
})

t.test('a session\'s own lifetime is signed and holds from then on', async (t) => {
  const clock = new Clock()
  const browser = new Browser(await makeApp({ now: clock.now, lifetime: 3600 }))
  const login = await browser.visit((session) => {
    t.equal(session.lifetime, 3600)
    session.lifetime = 60
    session.permanent = true
    session.userId = 7
  })
  t.equal(login.cookies[0]?.maxAge, 60)
  clock.pass(60)
  const read = await browser.visit((session) => {
    t.equal(session.lifetime, 60)
    t.equal(session.userId, 7)
  })
  t.equal(read.cookies[0]?.maxAge, 60, 'a refresh keeps it')
  clock.pass(61)
  await browser.visit((session) => t.equal(session.reason, 'expired'))
})

t.test('a session\'s own lifetime is never longer than the option, even if lowered since', async (t) => {
  const clock = new Clock()
  const before = new Browser(await makeApp({ now: clock.now, lifetime: 3600 }))
  await before.visit((session) => {
    session.lifetime = 1800
    session.permanent = true
    session.userId = 7
  })
  const after = new Browser(await makeApp({ now: clock.now, lifetime: 600 }))
  after.cookies.set('session', before.cookies.get('session') ?? '')
  const reply = await after.visit((session) => {
    t.equal(session.lifetime, 600)
    session.lifetime = Math.min(session.lifetime, 900)
  })
  t.equal(reply.cookies[0]?.maxAge, 600)
  clock.pass(601)
  await after.visit((session) => t.equal(session.reason, 'expired'))
})

for (const wrong of [0, -1, 1.5, NaN, Infinity, 3601, '60', null, new Date(), 2 ** 53]) {
  t.test(`${String(wrong)} is no lifetime, and says so`, async (t) => {
    const browser = new Browser(await makeApp({ lifetime: 3600 }))
    const reply = await browser.visit((session) => { session.lifetime = wrong as number })
    t.equal(reply.statusCode, 500)
    t.match(reply.json(), { code: 'FST_TYPED_SESSION_INVALID_LIFETIME', message: /1 to the `lifetime` option, 3600,/ })
    t.same(setCookies(reply), [])
  })
}

t.test('get and set reach the data by key', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.equal(session.get('userId'), undefined)
    session.set('userId', 7)
    t.equal(session.get('userId'), 7)
    t.equal(session.userId, 7)
    session.set('userId', undefined)
    t.notOk('userId' in session)
    session.set('cart', ['apple'])
    session.set('cart', undefined)
    session.cart.push('pear')
    t.same(session.cart, ['pear'], 'a key has its default again at once')
    session.set('cart', undefined)
    t.same(session.get('cart'), [])
    for (const inherited of ['toString', 'constructor', 'permanent', 'get', '__proto__']) {
      t.equal(session.get(inherited), undefined, `${inherited} is no data`)
    }
  })
})

t.test('set validates at once, and names the path and not the value', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.throws(() => session.set('userId', 'hunter2' as never), {
      code: 'FST_TYPED_SESSION_INVALID_DATA', message: 'The session\'s data do not fit the schema: userId (invalid_type)'
    })
    t.throws(() => session.set('cart', ['a', 1] as never), { message: /: cart\.1 \(invalid_type\)$/ })
    t.throws(() => session.set('__proto__', { admin: true }), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.same(session.data(), { cart: [] })
  })
})

t.test('keys that the schema does not know pass through, for the plugins that write them', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    session.set('passport', { user: 7 });
    (session as Loose).grant = { provider: 'x' }
  })
  await browser.visit((session) => {
    t.same(session.get('passport'), { user: 7 })
    t.same((session as Loose).grant, { provider: 'x' })
  })
})

t.test('a strict schema refuses them, by name', async (t) => {
  const browser = new Browser(await makeApp({ schema: z.strictObject({ userId: z.number().optional() }) }))
  await browser.visit((session) => {
    t.throws(() => session.set('passport', 'hunter2'), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /passport/ })
  })
  const reply = await browser.visit((session) => { (session as Loose).passport = 'hunter2' })
  t.equal(reply.json().code, 'FST_TYPED_SESSION_INVALID_DATA')
  t.match(reply.body, /passport/)
  t.notMatch(reply.body, /hunter2/)
})

t.test('data under a name of the session\'s own are reached by get and set', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    session.set('options', ['dark'])
    session.set('constructor', 'Eiffel')
    session.set('toString', 1)
  })
  await browser.visit((session) => {
    t.same(session.get('options'), ['dark'])
    t.equal(session.get('constructor'), 'Eiffel')
    t.equal(session.get('toString'), 1)
    t.equal(typeof session.options, 'function', 'and do not hide the control')
    t.same(session.data(), { cart: [], options: ['dark'], constructor: 'Eiffel', toString: 1 })
    session.set('options', undefined)
    session.set('constructor', undefined)
    session.set('toString', undefined)
  })
  t.equal(browser.cookies.size, 0)
})

t.test('a control cannot be overwritten', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    for (const key of ['get', 'set', 'data', 'touch', 'delete', 'regenerate', 'options', 'new', 'reason', 'modified',
      'changed', 'deleted', 'constructor']) {
      t.throws(() => { (session as Loose)[key] = 'x' }, TypeError, key)
    }
    t.throws(() => { Reflect.set(session, '__proto__', { admin: true }, session) }, { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.throws(() => Object.assign(session, JSON.parse('{"__proto__": {"admin": true}}')), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.equal((session as Loose).admin, undefined)
    t.equal(Reflect.get(session, '__proto__'), Object.getPrototypeOf(session))
  })
})

for (const mark of ['_permanent', '_typed']) {
  t.test(`${mark} is the plugin's own: as data it is refused, so that nothing merged into a session changes its metadata`, async (t) => {
    const clock = new Clock()
    const browser = new Browser(await makeApp({ now: clock.now }))
    await browser.visit((session) => {
      t.throws(() => session.set(mark, { lifetime: 9 }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: new RegExp(mark) })
    })
    const reply = await browser.visit((session) => {
      Object.assign(session, JSON.parse(`{ "userId": 7, "${mark}": { "lifetime": 9, "login": 9 } }`))
    })
    t.equal(reply.statusCode, 500)
    t.match(reply.json(), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: new RegExp(mark) })
    t.same(setCookies(reply), [])
  })
}

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

t.test('touch() has the cookie written though nothing changed', async (t) => {
  const clock = new Clock()
  const browser = new Browser(await makeApp({ now: clock.now, lifetime: 100 }))
  await browser.get('/login')
  clock.pass(60)
  const reply = await browser.visit((session) => {
    session.touch()
    return session.modified
  })
  t.equal(reply.body, 'true')
  t.equal(setCookies(reply).length, 1)
  clock.pass(60)
  t.equal((await browser.get('/read')).json().userId, 7)
})

t.test('touch() of a session with nothing in it sends no cookie', async (t) => {
  const browser = new Browser(await makeApp())
  t.same(setCookies(await browser.visit((session) => session.touch())), [])
})

t.test('delete() empties the session, controls included', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/remember')
  const reply = await browser.visit((session) => {
    session.cart.push('apple')
    session.lifetime = 60
    session.touch()
    t.equal(session.deleted, false)
    session.delete()
    t.equal(session.deleted, true)
    t.same({ ...session }, { cart: [] })
    t.equal(session.permanent, false)
    t.equal(session.lifetime, 2_678_400)
    session.delete()
    t.equal(session.deleted, true, 'twice is as good as once')
  })
  t.match(reply.cookies, [{ value: '', maxAge: 0 }])
})

t.test('regenerate() clears all but what is kept, and keeps permanent and lifetime', async (t) => {
  const clock = new Clock()
  const browser = new Browser(await makeApp({ now: clock.now, lifetime: 3600 }))
  await browser.visit((session) => {
    session.permanent = true
    session.lifetime = 60
    session.cart.push('apple')
    session.name = 'Zoë'
    session.set('returnTo', '/cart')
    session.set('options', 'dark')
  })
  const before = browser.cookies.get('session')
  clock.pass(1)
  const reply = await browser.visit(async (session) => {
    const promise = session.regenerate(['cart', 'returnTo', 'options', 'missing', 'delete'])
    t.ok(promise instanceof Promise)
    t.same(session.data(), { cart: ['apple'], returnTo: '/cart', options: 'dark' }, 'at once')
    await promise
    t.equal(session.modified, true)
    t.equal(session.deleted, false)
  })
  t.equal(reply.cookies[0]?.maxAge, 60)
  t.not(browser.cookies.get('session'), before)
  await browser.visit((session) => {
    t.equal(session.permanent, true)
    t.equal(session.lifetime, 60)
    t.same(session.data(), { cart: ['apple'], returnTo: '/cart', options: 'dark' })
  })
})

t.test('regenerate() that keeps nothing deletes the cookie, unless something is written', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/remember')
  const reply = await browser.visit(async (session) => { await session.regenerate() })
  t.match(reply.cookies, [{ value: '', maxAge: 0 }])
})

t.test('options() gives this response\'s cookie attributes of its own', async (t) => {
  const browser = new Browser(await makeApp())
  const reply = await browser.visit((session) => {
    session.userId = 7
    session.options({ priority: 'high', sameSite: 'strict', signed: true } as object)
    session.options({ httpOnly: false })
  })
  const [header = ''] = setCookies(reply)
  t.match(header, /; Path=\/; Priority=High; SameSite=Strict$/)
})

t.test('an attribute that is undefined in options() is as one that is not there', async (t) => {
  const browser = new Browser(await makeApp({ cookie: { secure: true } }))
  const [header = ''] = setCookies(await browser.visit((session) => {
    session.userId = 7
    session.options({ priority: undefined, secure: undefined, httpOnly: undefined, sameSite: undefined })
  }))
  t.match(header, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

t.test('options() refuses at once what a browser would', async (t) => {
  const browser = new Browser(await makeApp())
  const reply = await browser.visit((session) => {
    session.userId = 7
    for (const wrong of [{ sameSite: 'none' }, { priority: 'highest' }, { secure: 'yes' }]) {
      t.throws(() => session.options(wrong as object), { code: 'FST_TYPED_SESSION_INVALID_COOKIE' }, JSON.stringify(wrong))
    }
  })
  t.match(setCookies(reply)[0], /; Path=\/; HttpOnly; SameSite=Lax$/, 'and forgets it')
})

t.test('options() refuses what would make it a second cookie, which no logout deletes', async (t) => {
  const browser = new Browser(await makeApp({ cookie: { secure: true } }))
  await browser.visit((session) => {
    for (const [name, value] of Object.entries({ path: '/', domain: 'example.com', partitioned: true })) {
      t.throws(() => session.options({ [name]: value }), {
        code: 'FST_TYPED_SESSION_INVALID_COOKIE', message: new RegExp(`^\`options\\(\\)\` cannot set ${name}: .*option \`cookie\`, which may be a function`)
      })
    }
    session.options({ path: undefined } as object)
  })
})

t.test('options() alone is no change', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/login')
  t.same(setCookies(await browser.visit((session) => session.options({ sameSite: 'strict' }))), [])
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
