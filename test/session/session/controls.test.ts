import t from 'tap'
import { z } from 'zod'
import { Browser, Clock, makeApp, setCookies, sessionOf } from '../../support/app.ts'

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

t.test('regenerate() with anything but keys and options is an error that names it', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => { session.userId = 7 })
  for (const [given, message] of [
    [[null], /takes a list of keys to keep/],
    [['cart'], /takes a list of keys to keep/],
    [[[1]], /keeps keys, which are strings, and not 1$/],
    [[['userId', Symbol('cart')]], /keeps keys, which are strings, and not Symbol\(cart\)$/],
    [[[undefined]], /keeps keys, which are strings, and not undefined$/],
    [[[], null], /takes keys to keep, and then an object with `method`$/],
    [[[], 'passkey'], /and then an object with `method`$/],
    [[[], () => {}], /and then an object with `method`$/],
    [[[], { methods: 'passkey' }], /and then an object with `method`, and not `methods`$/]
  ] as Array<[unknown[], RegExp]>) {
    const reply = await browser.visit(async (session) => { await session.regenerate(...given as Parameters<typeof session.regenerate>) })
    t.match(reply.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_OPTION', message })
    t.same(setCookies(reply), [])
  }
  await browser.visit((session) => t.equal(session.userId, 7))
})

t.test('regenerate() with a key that a strict schema does not name is an error', async (t) => {
  const strict = z.strictObject({ userId: z.number().optional(), cart: z.array(z.string()).optional() })
  const browser = new Browser(await makeApp({ schema: strict }))
  await browser.visit((session) => { session.userId = 7 })
  const refused = await browser.visit(async (session) => { await session.regenerate(['cart', 'nope']) })
  t.match(refused.json(), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: '`regenerate()` cannot keep nope: the schema is strict and has no such key' })
  await browser.visit(async (session) => await session.regenerate(['cart', 'userId']))
  await browser.visit((session) => t.equal(session.userId, 7))
})

t.test('regenerate() throws at once: who forgets to await it gets the error too', async (t) => {
  const app = await makeApp()
  app.get('/callback', (request, reply) => {
    sessionOf(request).regenerate((() => {}) as never)
    reply.send('done')
  })
  app.get('/look', { config: { session: { readOnly: true } } }, (request, reply) => {
    sessionOf(request).regenerate()
    reply.send('done')
  })
  t.match((await app.inject('/callback')).json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /list of keys/ })
  t.match((await app.inject('/look')).json(), { statusCode: 500, code: 'FST_TYPED_SESSION_READ_ONLY' })
})

t.test('regenerate() that keeps nothing deletes the cookie, unless something is written', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/remember')
  const reply = await browser.visit(async (session) => { await session.regenerate() })
  t.match(reply.cookies, [{ value: '', maxAge: 0 }])
})
