import t from 'tap'
import { z } from 'zod'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { hashSessionId } from '../../lib/util/session-id.ts'
import { ExpressStore } from '../../lib/stores/express.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { Browser, Clock, Gate, makeApp, otherSecret, schema, secret, sessionOf, sessionsOf, setCookies } from '../support/app.ts'

const subject = ({ userId }: { userId?: number }) => userId?.toString()
const describe = ({ name }: { name?: string }) => ({ name })

/** A memory store that counts what it was asked. */
class CountingStore extends MemoryStore {
  readonly calls: string[] = []
  override get (key: string) { this.calls.push(`get ${kind(key)}`); return super.get(key) }
  override set (...args: Parameters<MemoryStore['set']>) { this.calls.push(`set ${kind(args[0])}`); return super.set(...args) }
  override touch (key: string, expiresIn: number) { this.calls.push(`touch ${kind(key)}`); return super.touch(key, expiresIn) }
}

const kind = (key: string) => key.split(':')[1]

async function setup (options: Partial<TypedSessionOptions> = {}) {
  const clock = new Clock()
  const store = new CountingStore({ now: clock.now })
  const app = await makeApp({ store, subject, describe, now: clock.now, ...options })
  app.get('/name/:name', async (request) => { sessionOf(request).name = (request.params as { name: string }).name })
  app.get('/regenerate', async (request) => { await sessionOf(request).regenerate(['userId']) })
  app.get('/id', async (request) => ({ id: sessionOf(request).sessionId }))
  app.get('/add/:item', async (request) => {
    const { item } = request.params as { item: string }
    sessionOf(request).update(({ cart }) => { cart.push(item) })
  })
  const read = async (value: string | undefined) => (await app.inject({ url: '/read', cookies: { session: String(value) } })).json()
  const browser = new Browser(app)
  /** Runs a request whose handler waits until something else was done. */
  const meanwhile = async (change: (session: ReturnType<typeof sessionOf>) => unknown, other: () => Promise<unknown>) => {
    gate = new Gate()
    slowChange = change
    const slow = app.inject({ url: '/slow', cookies: Object.fromEntries(browser.cookies) })
    await gate.reached
    await other()
    gate.open()
    return await slow
  }
  let gate: Gate
  let slowChange: (session: ReturnType<typeof sessionOf>) => unknown
  app.get('/slow', async (request) => {
    const { session } = { session: sessionOf(request) }
    await gate.wait()
    await slowChange(session)
  })
  return { app, browser, clock, meanwhile, read, store }
}

const payloadOf = (cookie: string | undefined) => JSON.parse(Buffer.from(String(cookie).split('.')[0] ?? '', 'base64url').toString())
const conflict = { statusCode: 409, code: 'FST_TYPED_SESSION_CONFLICT' }

t.test('the cookie holds a signed id of 128 bits and nothing else, and the store its hash', async (t) => {
  const { browser, store } = await setup()
  await browser.get('/remember')
  const { _typed: { id }, ...rest } = payloadOf(browser.cookies.get('session'))
  t.same(rest, {})
  t.equal(Buffer.from(id, 'base64url').length, 16)
  const record = await store.get(`session:record:${hashSessionId(id)}`)
  t.match(payloadOf(record?.value), { _permanent: true, userId: 7, cart: [], _typed: { login: Number, id: undefined } })
  t.match((await browser.get('/read')).json(), { userId: 7 })
})

t.test('a session can be larger than a cookie', async (t) => {
  const { app, browser } = await setup()
  app.get('/fill', async (request) => { sessionOf(request).name = 'x'.repeat(100_000) })
  t.equal((await browser.get('/fill')).statusCode, 200)
  t.equal((await browser.get('/read')).json().name.length, 100_000)
})

t.test('reading creates nothing, neither record nor cookie', async (t) => {
  const { browser, store } = await setup()
  t.same(setCookies(await browser.get('/read')), [])
  t.same(setCookies(await browser.get('/untouched')), [])
  t.same(store.calls, [])
})

t.test('an id that the store does not know is never adopted', async (t) => {
  const { browser, clock, read } = await setup()
  const { browser: elsewhere } = await setup({ now: clock.now })
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
  const { browser, clock, read } = await setup({ lifetime: 100 })
  await browser.get('/remember')
  const first = browser.cookies.get('session')
  for (let round = 0; round < 5; round++) {
    clock.pass(60)
    t.match((await browser.get('/read')).headers['set-cookie'], /Max-Age=100;/, 'a refresh')
  }
  t.match(await read(first), { userId: 7 }, 'an old copy of the cookie is the same session')
  clock.pass(100)
  t.match(await read(browser.cookies.get('session')), { reason: 'revoked' })
})

t.test('a refresh touches the record and carries no data', async (t) => {
  const { browser, store } = await setup()
  await browser.get('/remember')
  store.calls.length = 0
  await browser.get('/read')
  t.same(store.calls, ['get record', 'get all', 'touch record', 'set seen'])
  await browser.get('/login')
  store.calls.length = 0
  await browser.get('/untouched')
  t.same(store.calls, ['get record', 'get all', 'touch record', 'set seen'], 'a route that leaves the session alone too')
})

t.test('a session of its own lifetime, and an absolute one, end when they say', async (t) => {
  const { app, browser, clock } = await setup({ lifetime: 100, absoluteLifetime: 150 })
  app.get('/short', async (request) => {
    sessionOf(request).userId = 7
    sessionOf(request).lifetime = 10
  })
  await browser.get('/short')
  clock.pass(9)
  t.match((await browser.get('/read')).json(), { userId: 7 })
  clock.pass(1)
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
  await browser.get('/remember')
  clock.pass(90)
  await browser.get('/read')
  clock.pass(59)
  t.match((await browser.get('/read')).json(), { userId: 7 })
  clock.pass(1)
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('a session that was refreshed in its last second is not left without an expiry', async (t) => {
  const { browser, clock, meanwhile } = await setup({ lifetime: 100, absoluteLifetime: 150 })
  await browser.get('/remember')
  clock.pass(90)
  await browser.get('/read')
  await meanwhile((session) => { session.name = 'late' }, async () => clock.pass(61))
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('what the record holds is validated by the schema, on the way in and out', async (t) => {
  const { app, browser, store } = await setup()
  app.get('/invalid', async (request) => { sessionOf(request).userId = 'text' as never })
  await browser.get('/login')
  t.match((await browser.get('/invalid')).json(), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
  t.match((await browser.get('/read')).json(), { userId: 7 })
  const stricter = await makeApp({ store, schema: z.object({ userId: z.string().optional() }) })
  const reply = await stricter.inject({ url: '/read', cookies: Object.fromEntries(browser.cookies) })
  t.match(reply.json(), { reason: 'schema' })
})

t.test('a record that no session wrote is a 503', async (t) => {
  const { browser, store } = await setup()
  await browser.get('/login')
  const key = `session:record:${(await browser.get('/id')).json().id}`
  for (const value of ['', 'text', Buffer.from('[]').toString('base64url'), Buffer.from('{"_typed":1}').toString('base64url')]) {
    await store.set(key, value, 60)
    const reply = await browser.get('/read')
    t.match([reply.statusCode, reply.json().code], [503, 'FST_TYPED_SESSION_STORE_UNAVAILABLE'])
    t.same(setCookies(reply), [])
  }
})

t.test('a logout deletes the record, and every copy of the cookie is dead', async (t) => {
  const { app, browser, read, store } = await setup()
  await browser.get('/login')
  const copy = browser.cookies.get('session')
  const { id } = (await browser.get('/id')).json()
  await browser.get('/logout')
  t.match(await read(copy), { reason: 'revoked' })
  for (const each of ['record', 'seen']) t.equal(await store.get(`session:${each}:${id}`), undefined)
  t.same(await store.list('session:subject:7'), [])
  const stranger = await app.inject({ url: '/logout', cookies: { session: 'no.session.ofours' } })
  t.match(stranger.headers['set-cookie'], /Max-Age=0/)
})

t.test('regenerate() gives a new id and ends the old record', async (t) => {
  const { browser, read, store } = await setup()
  await browser.get('/login')
  const before = browser.cookies.get('session')
  await browser.get('/regenerate')
  t.match(await read(before), { reason: 'revoked' })
  t.match((await browser.get('/read')).json(), { userId: 7 })
  t.same(await store.list('session:subject:7'), [(await browser.get('/id')).json().id])
})

t.test('a session of no one in particular ends as others do', async (t) => {
  const { browser, read } = await setup()
  await browser.get('/name/nobody')
  const copy = browser.cookies.get('session')
  await browser.get('/logout')
  t.match(await read(copy), { reason: 'revoked' })
})

t.test('of more than eight cookies of the name, the store is asked for none', async (t) => {
  const { app, store } = await setup()
  const cookie = Array.from({ length: 9 }, (_, index) => `session=${index}.a`).join('; ')
  t.match((await app.inject({ url: '/read', headers: { cookie } })).json(), { reason: 'ambiguous' })
  t.same(store.calls, [])
})

t.test('what comes too late never brings an ended session back', async (t) => {
  const ends = {
    logout: async ({ browser }: Setup) => { await browser.get('/logout') },
    regenerate: async ({ browser }: Setup) => { await browser.get('/regenerate') },
    revoke: async ({ app, browser }: Setup) => { await sessionsOf(app).revoke((await browser.get('/id')).json().id) },
    subject: async ({ app }: Setup) => { await sessionsOf(app).revokeSubject('7') },
    expiry: async ({ clock }: Setup) => { clock.pass(86_400 * 40) }
  }
  type Setup = Awaited<ReturnType<typeof setup>>
  const writes = {
    write: (session: ReturnType<typeof sessionOf>) => { session.name = 'late' },
    update: (session: ReturnType<typeof sessionOf>) => { session.update(({ cart }) => { cart.push('late') }) },
    regenerate: (session: ReturnType<typeof sessionOf>) => session.regenerate(['userId'])
  }
  for (const [end, finish] of Object.entries(ends)) {
    for (const [write, change] of Object.entries(writes)) {
      for (const onConflict of ['error', 'last-writer-wins'] as const) {
        const all = await setup({ onConflict })
        await all.browser.get('/remember')
        const copy = all.browser.cookies.get('session')
        const reply = await all.meanwhile(change, () => finish(all))
        t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict, `${write} after ${end}, ${onConflict}`)
        t.same(setCookies(reply), [])
        t.match(await all.read(copy), { reason: 'revoked' })
      }
    }
  }
})

t.test('a refresh of a session that was ended meanwhile is no refresh', async (t) => {
  const { app, browser, meanwhile, read } = await setup()
  await browser.get('/remember')
  const copy = browser.cookies.get('session')
  const reply = await meanwhile(() => {}, () => browser.get('/logout'))
  t.equal(reply.statusCode, 200)
  t.same(setCookies(reply), [])
  t.match(await read(copy), { reason: 'revoked' })
  t.same(await sessionsOf(app).listSubject('7'), [])
})

t.test('of two changes at once, one is made and the other reported', async (t) => {
  const { browser, meanwhile } = await setup()
  await browser.get('/login')
  const reply = await meanwhile((session) => { session.name = 'second' }, () => browser.get('/name/first'))
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.same(setCookies(reply), [])
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'first' })
})

t.test('with last-writer-wins the later change overwrites the one before', async (t) => {
  const { browser, meanwhile } = await setup({ onConflict: 'last-writer-wins' })
  await browser.get('/login')
  const reply = await meanwhile((session) => { session.name = 'second' }, () => browser.get('/add/apple'))
  t.equal(reply.statusCode, 200)
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'second', cart: [] })
})

t.test('update() makes its change again to what another request wrote', async (t) => {
  const { browser, meanwhile } = await setup()
  await browser.get('/login')
  const reply = await meanwhile((session) => {
    session.update(({ cart }) => { cart.push('second') })
    session.update((data) => { data.seenAt = new Date(0) })
  }, async () => {
    await browser.get('/add/first')
    await browser.get('/name/Ada')
  })
  t.equal(reply.statusCode, 200)
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'Ada', cart: ['first', 'second'], seenAt: new Date(0).toJSON() })
})

t.test('update() does not hide a change that was made beside it', async (t) => {
  const { browser, meanwhile } = await setup()
  await browser.get('/login')
  const reply = await meanwhile((session) => {
    session.update(({ cart }) => { cart.push('second') })
    session.name = 'beside'
  }, () => browser.get('/add/first'))
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.match((await browser.get('/read')).json(), { cart: ['first'] })
})

t.test('update() gives up on what the schema no longer reads', async (t) => {
  const { browser, meanwhile, store } = await setup()
  await browser.get('/login')
  const key = `session:record:${(await browser.get('/id')).json().id}`
  const broken = Buffer.from('{"userId":"text"}').toString('base64url')
  const reply = await meanwhile((session) => { session.update(({ cart }) => { cart.push('late') }) }, () => store.set(key, broken, 60))
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.equal((await store.get(key))?.value, broken)
})

t.test('without a store, update() is a change like others', async (t) => {
  const app = await makeApp()
  app.get('/add', async (request) => { sessionOf(request).update(({ cart }) => { cart.push('apple') }) })
  const browser = new Browser(app)
  await browser.get('/add')
  t.match((await browser.get('/read')).json(), { cart: ['apple'] })
})

t.test('a writer that always comes second gives up in the end', async (t) => {
  const { browser, meanwhile, store } = await setup()
  await browser.get('/login')
  const key = `session:record:${(await browser.get('/id')).json().id}`
  const { set } = store
  store.set = async (...args) => {
    const record = await store.get(key)
    if (args[0] === key && record) await set.call(store, key, record.value, 60)
    return await set.apply(store, args)
  }
  const reply = await meanwhile((session) => { session.update(({ cart }) => { cart.push('late') }) }, async () => {})
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
})

t.test('listSubject() gives a user\'s sessions, those seen last first, with what the app describes of them', async (t) => {
  const { app, clock } = await setup()
  const [phone, laptop, gone] = [new Browser(app), new Browser(app), new Browser(app)]
  const at = (seconds: number) => new Date(Date.UTC(2026, 8, 24, 12, 0, seconds))
  for (const browser of [phone, laptop, gone]) {
    await browser.get('/remember')
    clock.pass(10)
  }
  await phone.get('/name/phone')
  await gone.get('/logout')
  const id = async (browser: Browser) => (await browser.get('/id')).json().id
  t.same(await sessionsOf(app).listSubject('7'), [
    { id: await id(phone), createdAt: at(0), lastSeenAt: at(30), data: { name: 'phone' } },
    { id: await id(laptop), createdAt: at(10), lastSeenAt: at(10), data: { name: undefined } }
  ])
  clock.pass(10)
  await laptop.get('/read')
  t.same((await sessionsOf(app).listSubject('7')).map(({ lastSeenAt }) => lastSeenAt), [at(40), at(30)])
  t.same(await sessionsOf(app).listSubject('8'), [])
})

t.test('one of the devices can be logged out, or all but this one', async (t) => {
  const { app } = await setup()
  const browsers = [new Browser(app), new Browser(app), new Browser(app)]
  for (const browser of browsers) await browser.get('/login')
  const [first, second, third] = await Promise.all(browsers.map(async (browser) => (await browser.get('/id')).json().id))
  await sessionsOf(app).revoke(first)
  t.same((await sessionsOf(app).listSubject('7')).map(({ id }) => id).sort(), [second, third].sort())
  await sessionsOf(app).revokeSubject('7', { except: third })
  t.same((await sessionsOf(app).listSubject('7')).map(({ id }) => id), [third])
  t.match((await browsers[2]?.get('/read'))?.json(), { userId: 7 })
})

t.test('a session that becomes another\'s is listed as theirs', async (t) => {
  const { app, browser } = await setup()
  app.get('/other', async (request) => { sessionOf(request).userId = 8 })
  app.get('/nobody', async (request) => {
    sessionOf(request).set('userId', undefined)
    sessionOf(request).name = 'nobody'
  })
  await browser.get('/login')
  await browser.get('/other')
  t.same((await sessionsOf(app).listSubject('7')).length, 0)
  t.same((await sessionsOf(app).listSubject('8')).length, 1)
  await browser.get('/nobody')
  t.same((await sessionsOf(app).listSubject('8')).length, 0)
})

t.test('a session that is listed under a subject that is not its own is not shown', async (t) => {
  const { app, browser, store } = await setup()
  await browser.get('/login')
  await store.link('session:subject:8', (await browser.get('/id')).json().id, 60)
  t.same(await sessionsOf(app).listSubject('8'), [])
})

t.test('without `subject` and `describe` nothing is listed or described', async (t) => {
  const store = new MemoryStore()
  const anonymous = await makeApp({ store })
  await new Browser(anonymous).get('/login')
  t.same(await sessionsOf(anonymous).listSubject('7'), [])
  const shy = await makeApp({ store: new MemoryStore(), subject })
  await new Browser(shy).get('/login')
  t.match(await sessionsOf(shy).listSubject('7'), [{ data: undefined }])
})

t.test('a session whose last sight is not on record was seen when it began', async (t) => {
  const { app, browser, store } = await setup()
  await browser.get('/login')
  await store.delete(`session:seen:${(await browser.get('/id')).json().id}`)
  const [session] = await sessionsOf(app).listSubject('7')
  t.same(session?.lastSeenAt, session?.createdAt)
})

t.test('revokeAll() ends all sessions, also those that a slow response replaces', async (t) => {
  const { app, browser, clock, meanwhile } = await setup()
  await browser.get('/login')
  const reply = await meanwhile((session) => session.regenerate(['userId']), () => sessionsOf(app).revokeAll())
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
  clock.pass(1)
  await browser.get('/login')
  t.match((await browser.get('/read')).json(), { userId: 7 })
})

t.test('an error in a later hook has the session saved once more, not as a conflict', async (t) => {
  const { app, browser } = await setup()
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

t.test('an answer before the session was loaded leaves it alone, and asking for it then is an error', async (t) => {
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

t.test('a cookie under an old secret is signed anew, and one that is only signed is encrypted', async (t) => {
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
  const { app, browser, meanwhile, read } = await setup({ store, onConflict: 'last-writer-wins', now: Date.now })
  await browser.get('/remember')
  const copy = browser.cookies.get('session')
  t.match((await browser.get('/read')).json(), { userId: 7 })
  t.equal((await sessionsOf(app).listSubject('7')).length, 1)
  const reply = await meanwhile((session) => { session.name = 'late' }, () => browser.get('/logout'))
  t.equal(reply.statusCode, 409)
  t.match(await read(copy), { reason: 'revoked' })
})

t.test('of more than eight cookies of one name the store is asked about none', async (t) => {
  const { app, store, browser } = await setup()
  await browser.get('/login')
  store.calls.length = 0
  const cookie = [...Array.from({ length: 8 }, (_, index) => `${index}.a`), browser.cookies.get('session')].map((value) => `session=${value}`).join('; ')
  t.match((await app.inject({ url: '/read', headers: { cookie } })).json(), { reason: 'ambiguous' })
  t.same(store.calls, [])
})

t.test('wrong options fail when the plugin registers', async (t) => {
  const store = new MemoryStore()
  for (const [options, message] of [
    [{ store: {} }, /`store` is no session store: it lacks get, set, touch, delete, link, unlink, list/],
    [{ store: null }, /`store` is no session store/],
    [{ store: { get () {}, set () {}, destroy () {} } }, /it lacks touch, delete/],
    [{ revocation: {} }, /`revocation.store` is no session store/],
    [{ revocation: null }, /`revocation.store` is no session store/],
    [{ revocation: { store, subject: 'userId' } }, /`revocation.subject` must be a function/],
    [{ store, subject: 'userId' }, /`subject` must be a function/],
    [{ store, describe: 'name' }, /`describe` must be a function/],
    [{ store, revocation: { store } }, /exclude each other/],
    [{ store, format: 'flask' }, /not for the format `flask`/],
    [{ revocation: { store }, format: 'flask' }, /not for the format `flask`/],
    [{ store, onConflict: 'ignore' }, /`onConflict` must be one of: error, last-writer-wins/],
    [{ store, onStoreError: 'ignore' }, /`onStoreError` must be one of: error, anonymous/],
    [{ store, storeTimeout: 0 }, /`storeTimeout` must be a whole number of milliseconds from 1/],
    [{ store, storeTimeout: '1000' }, /`storeTimeout`/]
  ] as const) {
    await t.rejects(makeApp({ schema, ...options } as never), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message })
  }
})
