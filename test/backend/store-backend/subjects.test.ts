import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, Clock, cookieOf, makeApp, sessionOf, sessionsOf } from '../../support/app.ts'
import { backendApp, subject } from '../../support/backend-app.ts'

const invalid = { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_SUBJECT' }

for (const mode of ['store', 'revocation'] as const) {
  t.test(`${mode}: a subject that is no string of 1 to 256 characters is a coded error`, async (t) => {
    for (const given of [7, '', {}, null, 'x'.repeat(257)]) {
      const [store, wrong] = [new MemoryStore(), () => given as string]
      const app = await makeApp(mode === 'store' ? { store, subject: wrong } : { revocation: { store, subject: wrong } })
      t.match((await app.inject('/login')).json(), invalid)
      t.equal((await app.inject('/read')).statusCode, 200, 'and no failure of what writes nothing')
      await t.rejects(sessionsOf(app).revokeSubject(given as string), invalid)
      await t.rejects(sessionsOf(app).listSubject(given as string), invalid)
    }
  })

  t.test(`${mode}: a subject that throws fails no request that only reads`, async (t) => {
    let isBroken = false
    const broken = (data: { userId?: number }) => {
      if (isBroken) throw new Error('a mistake')
      return subject(data)
    }
    const clock = new Clock()
    const store = new MemoryStore({ now: clock.now })
    const app = await makeApp({ now: clock.now, ...(mode === 'store' ? { store, subject: broken } : { revocation: { store, subject: broken } }) })
    const browser = new Browser(app)
    await browser.get('/remember')
    isBroken = true
    t.match((await browser.get('/read')).json(), { userId: 7 })
    clock.pass(60)
    t.match((await browser.get('/read')).json(), { userId: 7 })
  })

  t.test(`${mode}: delete() ends all sessions that came as cookies of the name`, async (t) => {
    const { app, read } = await backendApp({}, mode)
    const [first, second] = [cookieOf(await app.inject('/login')), cookieOf(await app.inject('/login'))]
    const reply = await app.inject({ url: '/logout', headers: { cookie: `session=${first}; session=${second}` } })
    t.equal(reply.statusCode, 200)
    for (const copy of [first, second]) t.match(await read(copy), { reason: 'revoked' })
    t.same(await sessionsOf(app).listSubject('7'), [])
  })

  t.test(`${mode}: a login ends the session of a cookie that it takes the place of`, async (t) => {
    const store = new MemoryStore()
    const options = mode === 'store' ? { store, subject } : { revocation: { store, subject } }
    const old = await makeApp({ ...options, cookie: { path: '/app' } })
    const app = await makeApp(options)
    app.get('/again', async (request) => { await sessionOf(request).regenerate(['userId']) })
    const [before, now] = [cookieOf(await old.inject('/login')), cookieOf(await app.inject('/login'))]
    const reply = await app.inject({ url: '/again', headers: { cookie: `session=${before}; session=${now}` } })
    t.equal(reply.statusCode, 200)
    t.equal((await sessionsOf(app).listSubject('7')).length, 1)
    t.match((await app.inject({ url: '/read', cookies: { session: before } })).json(), { reason: 'revoked' })
  })
}

t.test('with acceptAnonymous, visitors from before revocation keep what they have', async (t) => {
  const clock = new Clock()
  const old = await makeApp({ now: clock.now })
  old.get('/cart', async (request) => { sessionOf(request).cart.push('apple') })
  const revocation = { store: new MemoryStore({ now: clock.now }), subject, acceptAnonymous: true }
  const app = await makeApp({ now: clock.now, revocation })
  const visitor = new Browser(app)
  visitor.cookies.set('session', cookieOf(await old.inject('/cart')))
  t.match((await visitor.get('/read')).json(), { cart: ['apple'], reason: undefined })
  await visitor.get('/login')
  t.match((await visitor.get('/read')).json(), { userId: 7, cart: ['apple'] })
  t.equal((await sessionsOf(app).listSubject('7')).length, 1)

  const user = cookieOf(await old.inject('/login'))
  t.match((await app.inject({ url: '/read', cookies: { session: user } })).json(), { reason: 'revoked' })
  const broken = await makeApp({ now: clock.now, revocation: { ...revocation, subject: () => { throw new Error('a mistake') } } })
  t.match((await broken.inject({ url: '/read', cookies: { session: user } })).json(), { reason: 'revoked' })
})
