import t from 'tap'
import { z } from 'zod'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, Clock, cookieOf, Gate, makeApp, sessionOf, sessionsOf, setCookies } from '../../support/app.ts'
import { backendApp, revokeAll, subject } from '../../support/backend-app.ts'
import type { TypedSessionOptions } from '../../../lib/index.ts'

async function setup (options: Partial<TypedSessionOptions> = {}) {
  const all = await backendApp(options, 'revocation')
  return { ...all, sessions: () => all.sessions, replay: all.read }
}

t.test('a session is found and read as without revocation', async (t) => {
  const { app, browser, clock } = await setup()
  await browser.get('/remember')
  clock.pass(60)
  const reply = await browser.get('/read')
  t.match(reply.json(), { userId: 7 })
  t.equal(setCookies(reply).length, 1, 'and refreshed')
  t.match((await new Browser(app).get('/read')).json(), { reason: 'absent' })
  t.same(setCookies(await new Browser(app).get('/untouched')), [])
})

t.test('a copy of the cookie is dead after logout', async (t) => {
  const { browser, replay } = await setup()
  await browser.get('/login')
  const copy = browser.cookies.get('session') as string
  t.match(await replay(copy), { userId: 7 })
  await browser.get('/logout')
  t.equal(browser.cookies.size, 0)
  t.match(await replay(copy), { reason: 'revoked', userId: undefined })
})

t.test('a slow response that sets the cookie again after a logout is dead on arrival', async (t) => {
  const { app, browser, replay } = await setup()
  const gate = new Gate()
  app.get('/late', async (request) => {
    await gate.wait()
    sessionOf(request).name = 'written late'
  })
  await browser.get('/remember')
  const slow = browser.get('/late')
  await gate.reached
  const copy = new Map(browser.cookies)
  await browser.get('/logout')
  gate.open()
  const late = cookieOf(await slow)
  t.not(late, copy.get('session'))
  t.match(await replay(late), { reason: 'revoked' })
})

t.test('however slow a response is, its cookie is dead after a logout', async (t) => {
  const { app, browser, clock, replay } = await setup({ lifetime: 100 })
  app.get('/late', async (request) => {
    await browser.get('/logout')
    clock.pass(20)
    sessionOf(request).name = 'written late'
  })
  await browser.get('/remember')
  const late = cookieOf(await app.inject({ url: '/late', cookies: Object.fromEntries(browser.cookies) }))
  for (let second = 0; second < 300; second += 3) {
    clock.pass(3)
    t.match((await replay(late)).reason, /revoked|expired/)
  }
})

t.test('regenerate() ends the old session, and begins one with another id', async (t) => {
  const { browser, replay } = await setup()
  await browser.get('/login')
  const before = browser.cookies.get('session') as string
  const { id } = (await browser.get('/id')).json()
  const regenerated = (await browser.get('/regenerate')).json()
  t.match(regenerated.id, /^[\w-]{22}\.[\w-]{8}$/)
  t.not(regenerated.id, id)
  t.equal((await browser.get('/id')).json().id, regenerated.id)
  t.match(await replay(before), { reason: 'revoked' })
  t.match((await browser.get('/read')).json(), { userId: 7 })
})

t.test('an emptied session ends like a deleted one, and a later write begins a new one', async (t) => {
  const { app, browser, replay } = await setup()
  app.get('/empty', async (request) => { delete sessionOf(request).userId })
  app.get('/switch', async (request) => {
    sessionOf(request).delete()
    sessionOf(request).userId = 8
  })
  await browser.get('/login')
  const first = browser.cookies.get('session') as string
  await browser.get('/switch')
  t.match(await replay(first), { reason: 'revoked' })
  const second = browser.cookies.get('session') as string
  t.match(await replay(second), { userId: 8 })
  await browser.get('/empty')
  t.match(await replay(second), { reason: 'revoked' })
})

t.test('a session that was ended meanwhile gets no new one in its place', async (t) => {
  for (const end of ['logout', 'subject', 'regenerate'] as const) {
    const { app, browser, sessions } = await setup()
    const gate = new Gate()
    app.get('/late', async (request) => {
      await gate.wait()
      await sessionOf(request).regenerate(['userId'])
    })
    await browser.get('/login')
    const slow = app.inject({ url: '/late', cookies: Object.fromEntries(browser.cookies) })
    await gate.reached
    if (end === 'logout') await browser.get('/logout')
    if (end === 'regenerate') await browser.get('/regenerate')
    if (end === 'subject') await sessions().revokeSubject('7')
    gate.open()
    const reply = await slow
    t.match([reply.statusCode, reply.json().code], [409, 'FST_TYPED_SESSION_CONFLICT'], end)
    t.same(setCookies(reply), [])
  }
})

t.test('revokeSubject() logs a user out everywhere, but for the session that it excepts', async (t) => {
  const { app, sessions } = await setup()
  const [phone, laptop, other] = [new Browser(app), new Browser(app), new Browser(app)]
  app.get('/other', async (request) => { sessionOf(request).userId = 8 })
  await phone.get('/login')
  await laptop.get('/login')
  await other.get('/other')
  const { id } = (await laptop.get('/id')).json()

  await sessions().revokeSubject('7', { except: id })
  t.match((await phone.get('/read')).json(), { reason: 'revoked' })
  t.match((await laptop.get('/read')).json(), { userId: 7 })
  t.match((await other.get('/read')).json(), { userId: 8 })

  await phone.get('/login')
  t.match((await phone.get('/read')).json(), { userId: 7 }, 'who logs in anew is in')
  await sessions().revokeSubject('7')
  for (const browser of [phone, laptop]) t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('a session that becomes a user\'s keeps the era in which it began', async (t) => {
  const { app, browser } = await setup()
  app.get('/anonymous', async (request) => { sessionOf(request).name = 'nobody' })
  app.get('/slow-login', async (request) => {
    await revokeAll(app)
    sessionOf(request).userId = 7
  })
  await browser.get('/anonymous')
  await browser.get('/slow-login')
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('revoke() ends one session by its sessionId', async (t) => {
  const { browser, sessions } = await setup()
  await browser.get('/login')
  await sessions().revoke((await browser.get('/id')).json().id)
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('revoke() by the sessionId of before ends the session that took its place', async (t) => {
  const { browser, sessions } = await setup()
  await browser.get('/login')
  const { id } = (await browser.get('/id')).json()
  await browser.get('/regenerate')
  await browser.get('/regenerate')
  t.match((await browser.get('/read')).json(), { userId: 7 })
  await sessions().revoke(id)
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('a slow response writes no session whose user\'s sessions were all ended meanwhile', async (t) => {
  for (const end of ['subject', 'all'] as const) {
    const { app, browser, sessions, replay } = await setup()
    app.get('/late', async (request) => {
      await (end === 'subject' ? sessions().revokeSubject('7') : revokeAll(app))
      sessionOf(request).name = 'written late'
    })
    await browser.get('/login')
    t.match(await replay(cookieOf(await browser.get('/late'))), { reason: 'revoked' }, end)
  }
})

t.test('after revokeAll(), sessions that begin, are adopted or get a new id are good', async (t) => {
  const { app, browser, sessions } = await setup()
  app.get('/anonymous', async (request) => { sessionOf(request).name = 'nobody' })
  await revokeAll(app)
  await sessions().revokeSubject('7')
  await browser.get('/anonymous')
  for (const url of ['/login', '/regenerate', '/regenerate', '/anonymous']) {
    await browser.get(url)
    t.match((await browser.get('/read')).json(), { userId: 7 }, url)
  }
})

t.test('a cookie from before revocation was turned on is not accepted', async (t) => {
  const clock = new Clock()
  const old = await makeApp({ now: clock.now })
  const { replay } = await setup()
  t.match(await replay(cookieOf(await old.inject('/login'))), { reason: 'revoked' })
})

t.test('a session whose data only `migrate` can read is its user\'s all the same', async (t) => {
  const clock = new Clock()
  const store = new MemoryStore({ now: clock.now })
  const before = await makeApp({ now: clock.now, revocation: { store }, schema: z.object({ user: z.string().optional() }) })
  before.get('/old', async (request) => { sessionOf(request).set('user', '7') })
  const after = await makeApp({
    now: clock.now,
    revocation: { store, subject },
    schema: z.strictObject({ userId: z.number().optional() }),
    migrate: ({ user }) => ({ userId: Number(user) })
  })
  const cookies = { session: cookieOf(await before.inject('/old')) }
  const read = async () => (await after.inject({ url: '/read', cookies })).json()
  t.match(await read(), { userId: 7 })
  await sessionsOf(after).revokeSubject('7')
  t.match(await read(), { reason: 'revoked' })
})

t.test('two sessions of one app share a store and do not meet', async (t) => {
  const { app, browser, store, clock } = await setup()
  const other = await makeApp({ revocation: { store, subject }, now: clock.now, cookieName: 'other' })
  await browser.get('/login')
  await revokeAll(other)
  t.match((await new Browser(app).get('/read')).json(), { reason: 'absent' })
  t.match((await browser.get('/read')).json(), { userId: 7 })
})

t.test('the codec asks the store in load(), and refuses to do without', async (t) => {
  const { browser, sessions } = await setup()
  await browser.get('/login')
  const header = `session=${browser.cookies.get('session')}`
  t.match(await sessions().load(header), { ok: true, data: { userId: 7 } })
  t.match(await sessions().load(undefined), { ok: false, reason: 'absent' })
  await browser.get('/logout')
  t.match(await sessions().load(header), { ok: false, reason: 'revoked' })
  t.throws(() => sessions().open(header), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`open\(\)` .* use `load\(\)`$/ })
  t.throws(() => sessions().seal({}), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`seal\(\)` .* begin the session with a request$/ })
})

t.test('without a store the codec has nothing to revoke with', async (t) => {
  const app = await makeApp()
  const codec = sessionsOf(app)
  await t.rejects(codec.revokeAll(), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
  t.match(await codec.load(`session=${codec.seal({ userId: 7 })}`), { ok: true, data: { userId: 7 } })
})

t.test('only cookies that have to know it carry an id', async (t) => {
  const app = await makeApp()
  app.get('/id', async (request) => ({ id: sessionOf(request).sessionId ?? 'none' }))
  const browser = new Browser(app)
  await browser.get('/login')
  t.same((await browser.get('/id')).json(), { id: 'none' })
  t.same(JSON.parse(Buffer.from(String(browser.cookies.get('session')).split('.')[0] ?? '', 'base64url').toString()), { userId: 7, cart: [] })
})
