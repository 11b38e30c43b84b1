import t from 'tap'
import { Browser, Clock, cookieOf, makeApp, otherSecret, secret, sessionOf, setCookies } from '../../support/app.ts'

const days = 86_400

t.test('the server checks the signed time against the lifetime, permanent or not', async (t) => {
  for (const route of ['/login', '/remember']) {
    const clock = new Clock()
    const app = await makeApp({ now: clock.now, lifetime: 60 })
    const session = cookieOf(await app.inject(route))

    clock.pass(60)
    t.equal((await app.inject({ url: '/read', cookies: { session } })).json().userId, 7, 'good in its last second')
    clock.pass(1)
    const late = await app.inject({ url: '/read', cookies: { session } })
    t.same(late.json(), { cart: [], reason: 'expired' }, 'gone a second later')
    t.same(setCookies(late), [], 'and not refreshed')
  }
})

t.test('without another lifetime, a session is good for 31 days', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now })
  const login = await app.inject('/remember')
  t.equal(login.cookies[0]?.maxAge, 31 * days)

  clock.pass(31 * days)
  t.equal((await app.inject({ url: '/read', cookies: { session: cookieOf(login) } })).json().userId, 7)
  clock.pass(1)
  t.equal((await app.inject({ url: '/read', cookies: { session: cookieOf(login) } })).json().reason, 'expired')
})

t.test('lowering the lifetime takes effect on cookies already out', async (t) => {
  const clock = new Clock()
  const before = await makeApp({ now: clock.now, lifetime: 3600 })
  const session = cookieOf(await before.inject('/remember'))
  clock.pass(600)

  const after = await makeApp({ now: clock.now, lifetime: 599 })
  t.equal((await after.inject({ url: '/read', cookies: { session } })).json().reason, 'expired')
  t.equal((await before.inject({ url: '/read', cookies: { session } })).json().userId, 7)
})

t.test('a permanent session has Max-Age and Expires', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 90 })
  const [cookie] = (await app.inject('/remember')).cookies
  t.equal(cookie?.maxAge, 90)
  t.same(cookie?.expires, new Date(clock.milliseconds + 90_000))
})

t.test('a session that is not permanent has neither Max-Age nor Expires', async (t) => {
  const app = await makeApp()
  const [header = ''] = setCookies(await app.inject('/login'))
  t.notMatch(header, /max-age|expires/i)
})

for (const permanent of [true, false]) {
  for (const refresh of ['permanent', 'all', 'none'] as const) {
    const refreshed = permanent ? refresh !== 'none' : refresh === 'all'
    t.test(`a request that only reads ${refreshed ? 'refreshes' : 'sends no'} cookie: permanent ${permanent}, ` +
      `refresh ${refresh}`, async (t) => {
      const clock = new Clock()
      const app = await makeApp({ now: clock.now, lifetime: 100, refresh })
      const session = cookieOf(await app.inject(permanent ? '/remember' : '/login'))
      clock.pass(60)

      for (const url of ['/read', '/untouched']) {
        const reply = await app.inject({ url, cookies: { session } })
        t.equal(setCookies(reply).length, refreshed ? 1 : 0, url)
        t.equal(reply.headers.vary, refreshed || url === '/read' ? 'Cookie' : undefined, `Vary of ${url}`)
        if (refreshed) {
          t.equal(reply.cookies[0]?.maxAge, permanent ? 100 : undefined)
          clock.pass(60)
          const later = await app.inject({ url: '/read', cookies: { session: cookieOf(reply) } })
          t.equal(later.json().userId, 7, 'the lifetime began anew')
          clock.pass(-60)
        }
      }
    })
  }
}

t.test('without a refresh, the lifetime ends though the session is in use', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 100, refresh: 'none' })
  const browser = new Browser(app)
  await browser.get('/remember')
  clock.pass(60)
  t.equal((await browser.get('/read')).json().userId, 7)
  clock.pass(60)
  t.equal((await browser.get('/read')).json().reason, 'expired')
})

t.test('a write signs anew, whatever refresh says', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 100, refresh: 'none' })
  const browser = new Browser(app)
  await browser.get('/login')
  clock.pass(60)
  t.equal(setCookies(await browser.get('/push')).length, 1)
  clock.pass(60)
  t.same((await browser.get('/read')).json(), { userId: 7, cart: ['apple'] })
})

t.test('refreshAfter holds a refresh back until the signature is that old', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 100, refreshAfter: 30 })
  const session = cookieOf(await app.inject('/remember'))
  clock.pass(29)
  t.same(setCookies(await app.inject({ url: '/read', cookies: { session } })), [])
  clock.pass(1)
  t.equal(setCookies(await app.inject({ url: '/read', cookies: { session } })).length, 1)
})

t.test('a session that was never written, or read only, sends no cookie', async (t) => {
  const app = await makeApp()
  for (const url of ['/untouched', '/read']) {
    t.same(setCookies(await app.inject(url)), [], url)
  }
  const session = cookieOf(await app.inject('/login'))
  t.same(setCookies(await app.inject({ url: '/read', cookies: { session } })), [])
})

t.test('defaults of the schema alone are no change', async (t) => {
  const app = await makeApp()
  app.get('/default', async (request) => {
    const session = sessionOf(request)
    session.cart = []
    return { modified: session.modified, changed: session.changed }
  })
  const reply = await app.inject('/default')
  t.same(reply.json(), { modified: false, changed: false })
  t.same(setCookies(reply), [])
})

t.test('a value that is assigned as it was is no change', async (t) => {
  const app = await makeApp()
  const browser = new Browser(app)
  await browser.get('/login')
  t.same(setCookies(await browser.get('/login')), [])
})

t.test('nested changes are noticed', async (t) => {
  const app = await makeApp()
  app.get('/nested', async (request) => {
    const { prefs } = sessionOf(request)
    if (prefs !== undefined) prefs.theme = 'dark'
    else sessionOf(request).prefs = {}
    return sessionOf(request).modified
  })
  const browser = new Browser(app)
  await browser.get('/push')
  t.equal(setCookies(await browser.get('/push')).length, 1)
  t.same((await browser.get('/read')).json().cart, ['apple', 'apple'])
  for (const expected of ['true', 'true', 'false']) t.equal((await browser.get('/nested')).body, expected)
  t.same((await browser.get('/read')).json().prefs, { theme: 'dark' })
})

t.test('Dates and bytes come back equal, to the millisecond, and changes are noticed', async (t) => {
  const app = await makeApp()
  const seenAt = new Date('2026-09-24T12:00:00.123Z')
  app.get('/write', async (request) => {
    sessionOf(request).seenAt = seenAt
    sessionOf(request).token = Uint8Array.of(0, 255)
  })
  app.get('/check', async (request) => {
    const session = sessionOf(request)
    t.same(session.seenAt, seenAt)
    t.ok(session.seenAt instanceof Date)
    t.equal(Object.getPrototypeOf(session.token), Uint8Array.prototype)
    t.same([...session.token ?? []], [0, 255])
    t.equal(session.modified, false)
    session.seenAt?.setMilliseconds(124)
    t.equal(session.modified, true)
    session.seenAt?.setMilliseconds(123)
    t.equal(session.modified, false)
    session.token?.set([1], 0)
    t.equal(session.modified, true)
  })
  const browser = new Browser(app)
  await browser.get('/write')
  t.equal(setCookies(await browser.get('/check')).length, 1)
})

for (const [how, empty] of [['deleted', '/logout'], ['emptied', '/empty']] as const) {
  t.test(`a session that is ${how} has its cookie deleted with the attributes it was set with`, async (t) => {
    const app = await makeApp({
      cookie: { path: '/app', domain: 'example.com', secure: true, sameSite: 'strict', partitioned: true, priority: 'high' }
    })
    app.get('/empty', async (request) => {
      const session = sessionOf(request)
      for (const key of Object.keys(session) as ['userId']) delete session[key]
      return session.modified
    })
    const attributes = (reply: object) => setCookies(reply as never).map((cookie) => cookie.replace(/^session=[^;]*/, ''))
    const browser = new Browser(app)
    const login = await browser.get('/remember')
    const reply = await browser.get(empty)
    const common = '; Domain=example.com; Path=/app'
    t.match(attributes(login)[0], common)
    t.equal(attributes(reply).at(-1)?.replace('Max-Age=0', '').replace(/Expires=[^;]*/, ''),
      attributes(login)[0]?.replace(/Max-Age=\d+/, '').replace(/Expires=[^;]*/, ''))
    const [cookie] = reply.cookies
    t.has(cookie, { name: 'session', value: '', maxAge: 0, expires: new Date(0) })
    t.equal(browser.cookies.size, 0)
    t.equal(reply.headers.vary, 'Cookie')
  })
}

t.test('deleting what was never there sends no cookie', async (t) => {
  const app = await makeApp()
  t.same(setCookies(await app.inject('/logout')), [])
})

t.test('deleting a session whose cookie was refused deletes the cookie', async (t) => {
  const app = await makeApp()
  const reply = await app.inject({ url: '/logout', cookies: { session: 'junk' } })
  t.match(reply.cookies, [{ name: 'session', value: '', maxAge: 0 }])
})

t.test('what is written after delete() is kept', async (t) => {
  const app = await makeApp()
  app.get('/switch', async (request) => {
    const session = sessionOf(request)
    session.delete()
    session.cart.push('pear')
    return session.deleted
  })
  const browser = new Browser(app)
  await browser.get('/remember')
  t.equal((await browser.get('/switch')).body, 'false')
  t.same((await browser.get('/read')).json(), { cart: ['pear'] })
})

t.test('what is pushed into a default after regenerate() is kept', async (t) => {
  const app = await makeApp()
  app.get('/regenerate', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).cart.push('pear')
  })
  const browser = new Browser(app)
  await browser.get('/login')
  await browser.get('/regenerate')
  t.same((await browser.get('/read')).json(), { cart: ['pear'] })
})

t.test('a cookie under a fallback secret is signed again by the first, with its old time', async (t) => {
  const clock = new Clock()
  const old = await makeApp({ now: clock.now, lifetime: 100, secret: otherSecret })
  for (const route of ['/login', '/remember']) {
    const session = cookieOf(await old.inject(route))
    clock.pass(40)
    const rotated = await makeApp({ now: clock.now, lifetime: 100, refresh: 'none', secret: [secret, otherSecret] })
    const fresh = await makeApp({ now: clock.now, lifetime: 100, secret })

    const reply = await rotated.inject({ url: '/untouched', cookies: { session } })
    const resigned = cookieOf(reply)
    t.equal(resigned.split('.')[1], session.split('.')[1], 'the time is the old one')
    t.equal(reply.cookies[0]?.maxAge, route === '/remember' ? 60 : undefined, 'Max-Age is what is left')
    t.equal((await fresh.inject({ url: '/read', cookies: { session: resigned } })).json().userId, 7)
    t.equal((await fresh.inject({ url: '/read', cookies: { session } })).json().reason, 'signature')
    t.same(setCookies(await rotated.inject({ url: '/read', cookies: { session: resigned } })), [], 'once')

    clock.pass(61)
    t.equal((await rotated.inject({ url: '/read', cookies: { session: resigned } })).json().reason, 'expired')
  }
})
