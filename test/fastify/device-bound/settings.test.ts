import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import t from 'tap'
import fastifyTypedSession from '../../../lib/index.ts'
import { DeviceBoundBrowser } from '../../../lib/testing/device-bound-browser.ts'
import { cookieOf, makeApp, otherSecret, schema, secret, sessionOf, sessionsOf, type TestSession } from '../../support/app.ts'
import { addRoutes, endpoint, makeBoundApp, Thief } from '../../support/device.ts'

const known = { userId: 7, bound: true }

t.test('a permanent session and its key outlive the browser, others do not', async (t) => {
  for (const permanent of [true, false]) {
    const { clock, browser } = await makeBoundApp({ lifetime: 86_400 })
    await browser.inject(permanent ? '/enter?permanent' : '/enter')
    for (const [name, { expiresAt }] of browser.cookies) if (expiresAt === undefined) browser.cookies.delete(name)
    clock.pass(3600)
    const { userId, bound } = (await browser.inject('/me')).json()
    t.strictSame([userId, bound], permanent ? [7, true] : [undefined, false])
    t.equal(browser.isBound, permanent)
  }
})

t.test('in use, the key lives as long as the session does', async (t) => {
  for (const refresh of ['permanent', 'none'] as const) {
    const { clock, browser } = await makeBoundApp({ lifetime: 3600, refresh })
    await browser.inject('/enter?permanent')
    for (let hours = 0; hours < 5; hours++) {
      clock.pass(3500)
      const { userId, reason } = (await browser.inject('/me')).json()
      t.strictSame([userId, reason], refresh === 'permanent' || hours === 0 ? [7, undefined] : [undefined, 'absent'], `${hours}`)
    }
  }
})

t.test('the absolute lifetime bounds the key too', async (t) => {
  const { clock, browser } = await makeBoundApp({ lifetime: 3600, absoluteLifetime: 7200 })
  await browser.inject('/enter?permanent')
  const end = clock.milliseconds + 7200 * 1000
  for (; clock.milliseconds <= end; clock.pass(500)) {
    t.match((await browser.inject('/me')).json(), known)
    t.ok(Number(browser.cookies.get('session-key')?.expiresAt) <= end + 600_000)
  }
  t.match((await browser.inject('/me')).json(), { bound: false })
  clock.pass(601)
  await browser.inject('/me')
  t.equal(browser.isBound, false, 'and then the browser forgets the key')
})

t.test('a new login prolongs the key of a bound session', async (t) => {
  const { clock, browser } = await makeBoundApp({ absoluteLifetime: 3600 })
  await browser.inject('/enter?permanent')
  for (let times = 0; times < 4; times++) {
    clock.pass(3000)
    await browser.inject('/enter?permanent')
    t.match((await browser.inject('/me')).json(), known)
  }
})

t.test('with encrypt, a session is bound all the same', async (t) => {
  const { app, clock, browser } = await makeBoundApp({ encrypt: true })
  await browser.inject('/enter')
  clock.pass(601)
  t.match((await browser.inject('/me')).json(), known)
  t.match((await new Thief(app, browser, ['session']).get('/me')).json(), { reason: 'unproven' })
})

t.test('a bound session survives the rotation of the secret', async (t) => {
  const { app, clock } = await makeBoundApp({ secret: otherSecret })
  let current = app
  const browser = new DeviceBoundBrowser({ inject: async (request: InjectOptions) => await current.inject(request) } as FastifyInstance, clock.now)
  await browser.inject('/enter?permanent')
  for (const rotated of [[secret, otherSecret], [secret]]) {
    current = (await makeBoundApp({ secret: rotated, now: clock.now })).app
    clock.pass(rotated.length === 2 ? 601 : 0)
    t.match((await browser.inject('/me')).json(), known)
  }
  clock.pass(601)
  t.match((await browser.inject('/me')).json(), known)
})

t.test('rotate() replaces the keys of proofs too: with a leaked secret, none can be made', async (t) => {
  const { app, clock, browser } = await makeBoundApp()
  await browser.inject('/enter')
  sessionsOf(app).rotate([otherSecret, secret])
  t.match((await browser.inject('/me')).json(), known)
  const { cookies } = new Thief(app, browser)
  clock.pass(601)
  t.match((await browser.inject('/me')).json(), known)
  sessionsOf(app).rotate(otherSecret)
  t.match((await browser.inject('/me')).json(), known)
  const proof = String(cookies['session-proof'])
  t.match((await app.inject({ url: '/me', cookies: { ...new Thief(app, browser).cookies, 'session-proof': proof } })).json(), { reason: 'unproven' })
  clock.pass(601)
  t.match((await browser.inject('/me')).json(), known)
})

t.test('several sessions of one app are bound each on its own', async (t) => {
  const { app, browser } = await makeBoundApp()
  await app.register(fastifyTypedSession, { schema, secret, name: 'admin', cookie: { secure: true }, deviceBound: { proofLifetime: 60 } })
  app.get('/both', async (request) => {
    for (const session of [sessionOf(request), request.getDecorator<TestSession>('admin')]) {
      await session.regenerate()
      session.userId = 7
    }
  })
  app.get('/who', async (request) => [sessionOf(request).reason, request.getDecorator<TestSession>('admin').reason])
  const login = await app.inject('/both')
  t.strictSame([login.headers['secure-session-registration']].flat().map((each) => /path="([^"]+)"/.exec(String(each))?.[1]), [endpoint, '/device-bound/admin'])
  await browser.inject('/both')
  t.same([...browser.cookies.keys()].sort(), ['admin', 'session', 'session-key', 'session-proof'], 'this browser takes the first offer')
  const { cookies } = new Thief(app, browser)
  t.same((await app.inject({ url: '/who', cookies: { ...cookies, 'session-proof': '' } })).json(), ['unproven', null])
  t.same((await app.inject({ url: '/who', cookies: { ...cookies, 'admin-proof': String(cookies['session-proof']) } })).json(), [null, null])
})

t.test('a session whose cookie is another\'s proof or key is refused at registration', async (t) => {
  for (const name of ['session-proof', 'session-key']) {
    const { app } = await makeBoundApp()
    app.register(fastifyTypedSession, { schema, secret, name })
    await t.rejects(async () => await app.ready(), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: name })
  }
})

t.test('the endpoint lies below the prefix of the context', async (t) => {
  const app = Fastify()
  await app.register(async (shop) => {
    await shop.register(fastifyTypedSession, { schema, secret, cookie: { secure: true }, deviceBound: { path: '/bind' } })
    addRoutes(shop)
  }, { prefix: '/shop' })
  const browser = new DeviceBoundBrowser(app)
  const login = await browser.inject('/shop/enter')
  t.match(login.headers['secure-session-registration'], /path="\/shop\/bind"/)
  t.equal(browser.cookies.get('session-key')?.path, '/shop/bind')
  browser.cookies.delete('session-proof')
  t.match((await browser.inject('/shop/me')).json(), known)
  await browser.inject('/shop/me')
  t.equal(browser.isBound, true)
})

t.test('a prefix with parameters is refused at registration', async (t) => {
  const app = Fastify()
  app.register(async (tenant) => {
    await tenant.register(fastifyTypedSession, { schema, secret, cookie: { secure: true }, deviceBound: true })
  }, { prefix: '/:tenant' })
  await t.rejects(async () => await app.ready(), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /prefix/ })
})

t.test('a path, SameSite and HttpOnly of the session are those of the proof', async (t) => {
  const { browser } = await makeBoundApp({ cookie: { secure: true, path: '/me', sameSite: 'strict', httpOnly: false, priority: 'high' } })
  await browser.inject('/enter')
  t.equal(browser.cookies.get('session-proof')?.path, '/me')
  t.match((await browser.inject('/me')).json(), known, 'though the endpoint does not get the session\'s cookie')
})

t.test('turned off, the option leaves bound sessions logged in', async (t) => {
  const { app, clock, browser } = await makeBoundApp()
  await browser.inject('/enter')
  const { cookies } = new Thief(app, browser, ['session'])
  const off = await makeApp({ cookie: { secure: true }, now: clock.now })
  addRoutes(off)
  t.strictSame((await off.inject({ url: '/me', cookies })).json(), { userId: 7, bound: false })
  const renewed = cookieOf(await off.inject({ url: '/enter', cookies }))
  t.strictSame((await app.inject({ url: '/me', cookies: { session: renewed } })).json(), { userId: 7, bound: false }, 'a new login begins unbound')
})
