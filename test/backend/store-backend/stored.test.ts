import t from 'tap'
import { z } from 'zod'
import { ExpressStore } from '../../../lib/stores/express.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, makeApp, otherSecret, secret, sessionOf, sessionsOf, setCookies } from '../../support/app.ts'
import { hashKey } from '../../../lib/util/session-id.ts'
import { backendApp, CountingStore, payloadOf } from '../../support/backend-app.ts'

t.test('the cookie holds an id and a key of 128 bits, and the store the key\'s hash', async (t) => {
  const { browser, store, keyOf } = await backendApp()
  await browser.get('/remember')
  const { _typed: { id, key, scope, ...others }, ...rest } = payloadOf(browser.cookies.get('session'))
  t.same([others, rest], [{}, {}])
  for (const each of [id, key]) t.equal(Buffer.from(each, 'base64url').length, 16)
  const { value = '', version } = await store.get(await keyOf()) ?? {}
  t.equal(version, 2)
  t.match(JSON.parse(value), { userId: 7, cart: [], _permanent: true, _typed: { row: { key: hashKey(key), subjects: ['7'] } } })
  t.notMatch(value, key)
})

t.test('a session can be larger than a cookie', async (t) => {
  const { app, browser } = await backendApp()
  app.get('/fill', async (request) => { sessionOf(request).name = 'x'.repeat(100_000) })
  t.equal((await browser.get('/fill')).statusCode, 200)
  t.equal((await browser.get('/read')).json().name.length, 100_000)
})

t.test('reading creates nothing, neither record nor cookie', async (t) => {
  const { browser, store } = await backendApp()
  t.same(setCookies(await browser.get('/read')), [])
  t.same(setCookies(await browser.get('/untouched')), [])
  t.same(store.calls, [])
})

t.test('an id that the store does not know is never adopted', async (t) => {
  const { browser, clock, read } = await backendApp()
  const { browser: elsewhere } = await backendApp({ now: clock.now })
  await elsewhere.get('/login')
  const foreign = String(elsewhere.cookies.get('session'))
  t.match(await read(foreign), { reason: 'revoked' })
  browser.cookies.set('session', foreign)
  await browser.get('/login')
  t.not(payloadOf(browser.cookies.get('session'))._typed.id, payloadOf(foreign)._typed.id)
  t.match(await read(foreign), { reason: 'revoked' })

  const inCookie = await makeApp({ now: clock.now })
  const stateless = new Browser(inCookie)
  await stateless.get('/login')
  t.match(await read(stateless.cookies.get('session')), { reason: 'revoked' }, 'nor are data in the cookie')
})

t.test('the record alone says when a session ends', async (t) => {
  const { browser, clock, read } = await backendApp({ lifetime: 100 })
  await browser.get('/remember')
  const first = browser.cookies.get('session')
  for (let round = 0; round < 5; round++) {
    clock.pass(60)
    t.match((await browser.get('/read')).headers['set-cookie'], /Max-Age=100;/, 'a refresh')
  }
  t.match(await read(first), { userId: 7 }, 'an old copy of the cookie is the same session')
  clock.pass(101)
  t.match(await read(browser.cookies.get('session')), { reason: 'expired' })
  clock.pass(120)
  t.match(await read(browser.cookies.get('session')), { reason: 'revoked' })
})

t.test('a session of its own lifetime, and an absolute one, end when they say', async (t) => {
  const { app, browser, clock } = await backendApp({ lifetime: 100, absoluteLifetime: 150 })
  app.get('/short', async (request) => {
    sessionOf(request).userId = 7
    sessionOf(request).lifetime = 10
  })
  await browser.get('/short')
  clock.pass(10)
  t.match((await browser.get('/read')).json(), { userId: 7 })
  clock.pass(1)
  t.match((await browser.get('/read')).json(), { reason: 'expired' })
  await browser.get('/remember')
  clock.pass(90)
  await browser.get('/read')
  clock.pass(59)
  t.match((await browser.get('/read')).json(), { userId: 7 })
  clock.pass(2)
  t.match((await browser.get('/read')).json(), { reason: 'expired' })
})

t.test('a session that is polled ends with its absolute lifetime', async (t) => {
  const { browser, clock } = await backendApp({ absoluteLifetime: 150, refreshAfter: 0 })
  await browser.get('/remember')
  for (let second = 0; second < 149; second++) {
    clock.pass(1)
    t.match((await browser.get('/read')).json(), { userId: 7 })
  }
  clock.pass(2)
  t.match((await browser.get('/read')).json(), { reason: 'expired' })
})

t.test('a session with a short lifetime of its own is refreshed in time', async (t) => {
  const { app, browser, clock } = await backendApp()
  app.get('/short', async (request) => {
    sessionOf(request).userId = 7
    sessionOf(request).permanent = true
    sessionOf(request).lifetime = 10
  })
  await browser.get('/short')
  for (let round = 0; round < 5; round++) {
    clock.pass(6)
    t.match((await browser.get('/read')).headers['set-cookie'], /Max-Age=10;/)
  }
})

t.test('what the record holds is validated by the schema, on the way in and out', async (t) => {
  const { app, browser, clock, store } = await backendApp()
  app.get('/invalid', async (request) => { sessionOf(request).userId = 'text' as never })
  await browser.get('/login')
  t.match((await browser.get('/invalid')).json(), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
  t.match((await browser.get('/read')).json(), { userId: 7 })
  const stricter = await makeApp({ store, now: clock.now, schema: z.object({ userId: z.string().optional() }) })
  const reply = await stricter.inject({ url: '/read', cookies: Object.fromEntries(browser.cookies) })
  t.match(reply.json(), { reason: 'schema' })
})

t.test('a record that no session wrote is a 503', async (t) => {
  const { browser, keyOf, store } = await backendApp()
  await browser.get('/login')
  const key = await keyOf()
  for (const value of ['', 'text', '[]', '{"_typed":1}', '{"_typed":{"record":{"key":"x","era":"y"}}}']) {
    await store.delete(key)
    await store.set(key, value, 1, 60, 0)
    const reply = await browser.get('/read')
    t.match([reply.statusCode, reply.json().code], [503, 'FST_TYPED_SESSION_STORE_UNAVAILABLE'])
    t.same(setCookies(reply), [])
  }
})

t.test('a logout deletes the record, and every copy of the cookie is dead', async (t) => {
  const { app, browser, keyOf, read, store } = await backendApp()
  await browser.get('/login')
  const copy = browser.cookies.get('session')
  const key = await keyOf()
  await browser.get('/logout')
  t.match(await read(copy), { reason: 'revoked' })
  t.equal(await store.get(key), undefined)
  t.same(await store.list('session:subject:7'), [])
  const stranger = await app.inject({ url: '/logout', cookies: { session: 'no.session.ofours' } })
  t.match(stranger.headers['set-cookie'], /Max-Age=0/)
})

t.test('regenerate() gives a new key, and no cookie from before is good', async (t) => {
  const { browser, idOf, keyOf, read, store } = await backendApp()
  await browser.get('/login')
  const [before, id, key] = [browser.cookies.get('session'), await idOf(), await keyOf()]
  await browser.get('/regenerate')
  t.match(await read(before), { reason: 'revoked' })
  t.match((await browser.get('/read')).json(), { userId: 7 })
  t.equal(await keyOf(), key, 'in the same record')
  t.not(await idOf(), id)
  t.match(await idOf(), /^[\w-]{22}\.[\w-]{8}$/)
  t.same(await store.list('session:subject:7'), [id.split('.')[0]])
})

t.test('a session of no one in particular ends as others do', async (t) => {
  const { browser, read } = await backendApp()
  await browser.get('/name/nobody')
  const copy = browser.cookies.get('session')
  await browser.get('/logout')
  t.match(await read(copy), { reason: 'revoked' })
})

t.test('of more than eight cookies of the name, the store is asked for none', async (t) => {
  const { app, store } = await backendApp()
  const cookie = Array.from({ length: 9 }, (_, index) => `session=${index}.a`).join('; ')
  t.match((await app.inject({ url: '/read', headers: { cookie } })).json(), { reason: 'ambiguous' })
  t.same(store.calls, [])
})

t.test('an error in a later hook has the session saved once more, not as a conflict', async (t) => {
  const { app, browser } = await backendApp()
  let failures = 0
  app.addHook('onSend', async (request) => {
    if (request.url.startsWith('/fail') && failures++ === 0) throw new Error('a hook of the app failed')
  })
  app.get('/fail/login', async (request) => { sessionOf(request).userId = 7 })
  app.get('/fail/regenerate', async (request) => { await sessionOf(request).regenerate(['userId']) })
  app.get('/fail/logout', async (request) => { sessionOf(request).delete() })
  const answers = async (url: string) => {
    failures = 0
    const reply = await browser.get(url)
    t.match([reply.statusCode, reply.json().message], [500, 'a hook of the app failed'], url)
    return setCookies(reply).length
  }
  t.equal(await answers('/fail/login'), 1)
  t.equal(await answers('/fail/regenerate'), 1)
  t.match((await browser.get('/read')).json(), { userId: 7 })
  t.equal(await answers('/fail/logout'), 1)
  t.equal(browser.cookies.size, 0)
})

t.test('an answer before the session was loaded leaves it alone, and asking is an error', async (t) => {
  const store = new CountingStore()
  const app = await makeApp({
    store,
    before: (app) => app.addHook('onRequest', async (request, reply) => {
      if (request.headers.early === 'answer') return await reply.code(429).send({ early: true })
      if (request.headers.early === 'ask') return sessionOf(request).userId
    })
  })
  const browser = new Browser(app)
  await browser.get('/remember')
  store.calls.length = 0
  const early = await browser.get('/read', { early: 'answer' })
  t.match([early.statusCode, setCookies(early).length], [429, 0])
  t.match((await browser.get('/read', { early: 'ask' })).json(), { code: 'FST_TYPED_SESSION_NOT_LOADED', statusCode: 500 })
  t.same(store.calls, [])
})

t.test('a cookie under an old secret is signed again, and a signed one is encrypted', async (t) => {
  const store = new MemoryStore()
  const browser = new Browser(await makeApp({ store, secret }))
  await browser.get('/login')
  const rotated = new Browser(await makeApp({ store, secret: [otherSecret, secret] }))
  rotated.cookies.set('session', String(browser.cookies.get('session')))
  t.equal(setCookies(await rotated.get('/read')).length, 1)
  t.same(payloadOf(rotated.cookies.get('session')), payloadOf(browser.cookies.get('session')))

  const encrypted = new Browser(await makeApp({ store, secret, encrypt: true, acceptSigned: true }))
  encrypted.cookies.set('session', String(browser.cookies.get('session')))
  t.match((await encrypted.get('/read')).json(), { userId: 7 })
  t.not(encrypted.cookies.get('session'), browser.cookies.get('session'))
  t.match((await encrypted.get('/read')).json(), { userId: 7 })
})

t.test('over a store of express-session, what can be promised is', async (t) => {
  const sessions = new Map<string, unknown>()
  const store = new ExpressStore({
    get: (sid, callback) => callback(null, sessions.get(sid)),
    set: (sid, session, callback) => { sessions.set(sid, session); callback() },
    destroy: (sid, callback) => { sessions.delete(sid); callback() }
  })
  await t.rejects(makeApp({ store }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /cannot compare and set/ })
  const { app, browser, meanwhile, read } = await backendApp({ store, onConflict: 'last-writer-wins', now: Date.now })
  await browser.get('/remember')
  const copy = browser.cookies.get('session')
  t.match((await browser.get('/read')).json(), { userId: 7 })
  t.equal((await sessionsOf(app).listSubject('7')).length, 1)
  const reply = await meanwhile((session) => { session.name = 'late' }, () => browser.get('/logout'))
  t.equal(reply.statusCode, 409)
  t.match(await read(copy), { reason: 'revoked' })
})
