import t from 'tap'
import { Browser, Clock, cookieOf, makeApp, sessionOf } from '../../support/app.ts'
import type { TypedSessionOptions } from '../../../lib/index.ts'

async function start (options: Partial<TypedSessionOptions> = {}) {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 60, absoluteLifetime: 150, ...options })
  app.get('/again', async (request) => { await sessionOf(request).regenerate(['userId']) })
  app.get('/times', async (request) => {
    const { issuedAt, authenticatedAt, expiresAt } = sessionOf(request)
    return { issuedAt, authenticatedAt, expiresAt }
  })
  app.get('/recent', async (request) => sessionOf(request).reauthenticatedWithin(30))
  app.get('/write', async (request) => { sessionOf(request).name = String(clock.milliseconds) })
  return { app, clock, browser: new Browser(app) }
}

t.test('no refresh passes the absolute lifetime, and Max-Age never promises more', async (t) => {
  const { browser, clock } = await start()
  const ages = [(await browser.get('/remember')).cookies[0]?.maxAge]
  for (let i = 0; i < 3; i++) {
    clock.pass(45)
    ages.push((await browser.get('/untouched')).cookies[0]?.maxAge)
  }
  t.same(ages, [60, 60, 60, 15])
  clock.pass(15)
  t.equal((await browser.get('/read')).json().userId, 7, 'good in its last second')
})

t.test('a session kept busy all the time ends when its absolute lifetime does', async (t) => {
  const { app, clock } = await start()
  let session = cookieOf(await app.inject('/remember'))
  for (let i = 0; i < 15; i++) {
    clock.pass(10)
    session = cookieOf(await app.inject({ url: '/read', cookies: { session } })) || session
  }
  clock.pass(1)
  t.equal((await app.inject({ url: '/read', cookies: { session } })).json().reason, 'expired')
})

t.test('writing to a session does not begin it anew', async (t) => {
  const { browser, clock } = await start()
  await browser.get('/remember')
  for (let i = 0; i < 3; i++) {
    clock.pass(50)
    await browser.get('/write')
  }
  clock.pass(1)
  t.not((await browser.get('/read')).json().userId, 7)
})

t.test('regenerate() begins it anew, and so does a login after a logout', async (t) => {
  for (const route of ['/again', '/logout']) {
    const { browser, clock } = await start()
    await browser.get('/remember')
    clock.pass(60)
    await browser.get('/untouched')
    clock.pass(40)
    await browser.get(route)
    if (route === '/logout') await browser.get('/remember')
    clock.pass(60)
    t.equal((await browser.get('/read')).json().userId, 7, route)
  }
})

t.test('a cookie from before the option counts from its signature until the next write', async (t) => {
  const { clock, app } = await start()
  const before = await makeApp({ now: clock.now, lifetime: 60 })
  let session = cookieOf(await before.inject('/remember'))
  clock.pass(50)
  session = cookieOf(await app.inject({ url: '/untouched', cookies: { session } }))
  clock.pass(60)
  session = cookieOf(await app.inject({ url: '/untouched', cookies: { session } }))
  clock.pass(41)
  t.equal((await app.inject({ url: '/read', cookies: { session } })).json().reason, 'expired')
})

t.test('a session tells when it was signed, when it began and when it ends', async (t) => {
  const { browser, clock } = await start()
  const began = new Date(clock.milliseconds)
  const at = (seconds: number) => new Date(began.getTime() + seconds * 1000).toISOString()
  t.same((await browser.get('/times')).json(), { expiresAt: at(60) }, 'a new session')

  await browser.get('/login')
  clock.pass(20)
  t.same((await browser.get('/times')).json(), { issuedAt: at(0), authenticatedAt: at(0), expiresAt: at(60) }, 'only read')

  await browser.get('/remember')
  clock.pass(20)
  t.same((await browser.get('/times')).json(), { issuedAt: at(20), authenticatedAt: at(0), expiresAt: at(100) }, 'refreshed')
})

t.test('reauthenticatedWithin() counts from login, and a stranger never was', async (t) => {
  const { browser, clock } = await start()
  const recent = async () => (await browser.get('/recent')).json()
  t.equal(await recent(), false)
  await browser.get('/remember')
  clock.pass(30)
  t.equal(await recent(), true)
  clock.pass(1)
  t.equal(await recent(), false, 'however often it was refreshed')
  await browser.get('/again')
  t.equal(await recent(), true)
})

t.test('without absoluteLifetime the time of login is unsigned, and asking is an error', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now })
  app.get('/recent', async (request) => sessionOf(request).reauthenticatedWithin(30))
  const session = cookieOf(await app.inject('/login'))
  t.same(JSON.parse(Buffer.from(session.split('.')[0] ?? '', 'base64url').toString()), { userId: 7, cart: [] })
  t.match((await app.inject({ url: '/recent', cookies: { session } })).json(), {
    code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /needs the time of login, which the option `absoluteLifetime` keeps/
  })
})

t.test('an app without an absolute lifetime no longer writes when the session began', async (t) => {
  const { app } = await start({ refresh: 'none' })
  const session = cookieOf(await app.inject('/login'))
  const { app: without } = await start({ absoluteLifetime: undefined })
  const payloadOf = (cookie: string) => JSON.parse(Buffer.from(String(cookie.split('.')[0]), 'base64url').toString()) as object
  t.hasOwnProps(payloadOf(session), ['_typed'])
  const written = payloadOf(cookieOf(await without.inject({ url: '/write', cookies: { session } })))
  t.has(written, { userId: 7 })
  t.notOk(Object.hasOwn(written, '_typed'))
})
