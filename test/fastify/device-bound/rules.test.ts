import t from 'tap'
import type { DeviceBoundBrowser } from '../../../lib/testing/device-bound-browser.ts'
import { cookieOf, sessionOf, sessionsOf, setCookies } from '../../support/app.ts'
import { challengeOf, endpoint, makeBoundApp, makeDevice, Thief } from '../../support/device.ts'

const known = { userId: 7, bound: true }
const refused = { bound: false, reason: 'unproven' }

/** An app, and a browser that logged in and registered its key. */
async function bindSession () {
  const made = await makeBoundApp()
  await made.browser.inject('/enter')
  return made
}

const me = async (who: DeviceBoundBrowser | Thief) => (who instanceof Thief ? await who.get('/me') : await who.inject('/me')).json() as unknown

t.test('the owner goes on through expiry after expiry, and never notices', async (t) => {
  const { clock, browser } = await bindSession()
  for (let minutes = 0; minutes < 60; minutes += 7) {
    t.strictSame(await me(browser), known)
    clock.pass(7 * 60)
  }
})

t.test('a copy of the session cookie alone is refused at once', async (t) => {
  const { app, browser } = await bindSession()
  t.strictSame(await me(new Thief(app, browser, ['session'])), refused)
  t.strictSame(await me(new Thief(app, browser, ['session', 'session-key'])), refused)
})

t.test('a copy of session and proof is refused after the proof\'s lifetime', async (t) => {
  const { app, clock, browser } = await bindSession()
  const thief = new Thief(app, browser)
  clock.pass(600)
  t.strictSame(await me(thief), known)
  clock.pass(1)
  t.strictSame(await me(thief), refused)
  t.strictSame(await me(browser), known, 'and the owner is not')
})

t.test('a browser without device-bound sessions stays logged in, unbound', async (t) => {
  const { app, clock } = await makeBoundApp()
  const session = cookieOf(await app.inject('/enter'))
  clock.pass(3600)
  t.strictSame((await app.inject({ url: '/me', cookies: { session } })).json(), { userId: 7, bound: false })
})

t.test('only regenerate() offers to bind a session', async (t) => {
  const { app, browser } = await makeBoundApp()
  for (const url of ['/login', '/remember', '/push', '/read', '/logout']) {
    t.equal((await app.inject(url)).headers['secure-session-registration'], undefined, url)
  }
  const { headers } = await app.inject('/enter')
  t.match(headers['secure-session-registration'], /^\(ES256 RS256\);path="\/device-bound\/session";challenge="[\w.-]+"$/)
  await browser.inject('/login')
  t.strictSame(await me(browser), { userId: 7, bound: false })
})

t.test('a session that is refused as unproven is neither deleted nor written', async (t) => {
  const { app, browser } = await bindSession()
  const thief = new Thief(app, browser, ['session'])
  for (const url of ['/me', '/read', '/untouched']) t.strictSame(setCookies(await thief.get(url)), [], url)
})

t.test('while the browser cannot prove itself, no write replaces the session', async (t) => {
  const { app, browser } = await bindSession()
  const device = /"device":"([\w-]+)"/.exec(Buffer.from(String(browser.cookies.get('session')?.value.split('.')[0]), 'base64url').toString())?.[1]
  const skipped = { 'secure-session-skipped': `quota_exceeded;session_identifier="${device}"` }
  const owner = new Thief(app, browser, ['session'])
  t.strictSame((await owner.get('/me', skipped)).json(), refused, 'nor does saying so let anyone in')
  t.strictSame(setCookies(await owner.get('/push', skipped)), [])
  t.equal(setCookies(await owner.get('/enter', skipped)).length, 1, 'a new login does')
  t.equal(setCookies(await owner.get('/logout', skipped)).length, 3, 'and so does a logout')
  t.equal(setCookies(await owner.get('/push', { 'secure-session-skipped': 'unreachable;session_identifier="other"' })).length, 1)
  t.equal(setCookies(await owner.get('/push')).length, 1, 'a browser that has lost its key can begin a session')
})

t.test('a proof of another device proves nothing', async (t) => {
  const { app, browser } = await bindSession()
  const { cookies } = new Thief(app, browser)
  await browser.inject('/logout')
  await browser.inject('/enter')
  const stolen = { session: String(cookies.session), 'session-proof': String(browser.cookies.get('session-proof')?.value) }
  t.strictSame((await app.inject({ url: '/me', cookies: stolen })).json(), refused)
})

t.test('a cookie that lost the mark gets it back with the next proof', async (t) => {
  const { app, clock, browser } = await makeBoundApp()
  const before = cookieOf(await browser.inject('/enter'))
  clock.pass(120)
  browser.cookies.set('session', { value: before, path: '/', expiresAt: undefined })
  const healed = await browser.inject('/untouched')
  t.strictSame(healed.cookies.map(({ name }) => name), ['session'])
  t.strictSame(await me(new Thief(app, browser, ['session'])), refused)
  t.strictSame(await me(browser), known)
  t.strictSame(setCookies(await browser.inject('/untouched')), [], 'once')
})

t.test('a change keeps a bound session bound, also one that restores the mark', async (t) => {
  const { app, browser } = await makeBoundApp()
  const before = cookieOf(await browser.inject('/enter'))
  for (const value of [browser.cookies.get('session')?.value ?? '', before]) {
    browser.cookies.set('session', { value, path: '/', expiresAt: undefined })
    await browser.inject('/push')
    t.strictSame(await me(new Thief(app, browser, ['session'])), refused)
    t.strictSame(await me(browser), known)
  }
})

t.test('regenerate() keeps a bound session bound: a thief cannot unbind it', async (t) => {
  const { app, clock, browser } = await bindSession()
  const thief = new Thief(app, browser)
  const renewed = await thief.get('/enter')
  t.equal(renewed.headers['secure-session-registration'], undefined)
  const session = cookieOf(renewed)
  const cookies = { ...thief.cookies, session }
  t.strictSame((await app.inject({ url: '/me', cookies })).json(), known)
  t.strictSame((await app.inject({ url: '/me', cookies: { session } })).json(), refused)
  clock.pass(601)
  t.strictSame((await app.inject({ url: '/me', cookies })).json(), refused)
})

t.test('what is written after delete() stays bound too', async (t) => {
  const { app, browser } = await makeBoundApp()
  app.get('/again', async (request) => {
    const { userId } = sessionOf(request)
    sessionOf(request).delete()
    if (userId !== undefined) sessionOf(request).userId = userId
  })
  await browser.inject('/enter')
  const session = cookieOf(await new Thief(app, browser).get('/again'))
  t.strictSame((await app.inject({ url: '/me', cookies: { session } })).json(), refused)
})

t.test('a second login on the same browser goes on with the same key', async (t) => {
  const { clock, browser } = await bindSession()
  await browser.inject('/enter')
  clock.pass(601)
  t.strictSame(await me(browser), known)
})

t.test('a login after the key was lost binds the session to a new one', async (t) => {
  const { app, clock, browser } = await bindSession()
  const lost = new Thief(app, browser, ['session'])
  const login = await lost.get('/enter')
  const device = makeDevice()
  const registration = await app.inject({
    method: 'POST', url: endpoint, headers: { 'secure-session-response': device.register(challengeOf(login)) }, cookies: { session: cookieOf(login) }
  })
  t.equal(registration.statusCode, 200)
  t.strictSame((await app.inject({ url: '/me', cookies: { session: cookieOf(registration), 'session-proof': cookieOf(registration, 'session-proof') } })).json(), known)
  clock.pass(601)
  t.strictSame(await me(browser), known, 'and the other browser keeps its own')
})

t.test('delete() ends the session in the browser at the next refresh', async (t) => {
  const { browser } = await bindSession()
  const logout = await browser.inject('/logout')
  t.strictSame(logout.cookies.map(({ name, path, maxAge }) => [name, path, maxAge]), [['session', '/', 0], ['session-proof', '/', 0], ['session-key', endpoint, 0]])
  t.equal(browser.isBound, true)
  t.strictSame(await me(browser), { bound: false, reason: 'absent' })
  t.equal(browser.isBound, false)
})

t.test('session.bound is false until the browser has registered', async (t) => {
  const { app } = await makeBoundApp()
  app.get('/bound', async (request) => {
    await sessionOf(request).regenerate()
    return sessionOf(request).bound
  })
  t.equal((await app.inject('/bound')).body, 'false')
})

t.test('open() checks the proof, and refuses the bare token of a bound session', async (t) => {
  const { app, clock, browser } = await bindSession()
  const { cookies } = new Thief(app, browser)
  const header = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ')
  const sessions = sessionsOf(app)
  for (const open of [(text: string) => sessions.open(text), async (text: string) => await sessions.load(text)]) {
    t.match(await open(header), { ok: true, data: { userId: 7 } })
    t.match(await open(`session=${cookies.session}`), { ok: false, reason: 'unproven' })
    t.match(await open(String(cookies.session)), { ok: false, reason: 'unproven' })
  }
  clock.pass(601)
  t.match(sessions.open(header), { ok: false, reason: 'unproven' })
  t.match(sessions.open(sessions.seal({ userId: 7 })), { ok: true }, 'what the app seals is not bound')
})

t.test('peek() shows nothing of an unproven session', async (t) => {
  const { app, browser } = await makeBoundApp()
  app.get('/peek', async (request) => sessionsOf(app).peek(request) ?? {})
  await browser.inject('/enter')
  t.match((await new Thief(app, browser).get('/peek')).json(), { userId: 7 })
  t.strictSame((await new Thief(app, browser, ['session']).get('/peek')).json(), {})
})
