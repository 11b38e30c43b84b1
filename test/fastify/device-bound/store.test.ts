import t from 'tap'
import { MemoryStore } from '../../../lib/stores.ts'
import { cookieOf, Gate, sessionOf, sessionsOf, type AppOptions } from '../../support/app.ts'
import { FaultyStore, type Fault } from '../../support/faulty-store.ts'
import { challengeOf, endpoint, makeBoundApp, makeDevice, Thief } from '../../support/device.ts'

const known = { userId: 7, bound: true }
const refused = { bound: false, reason: 'unproven' }

const kinds: Record<string, (store?: MemoryStore) => AppOptions> = {
  store: (store = new MemoryStore()) => ({ store }),
  revocation: (store = new MemoryStore()) => ({ revocation: { store } })
}

for (const [kind, options] of Object.entries(kinds)) {
  t.test(`with ${kind}, the owner goes on through expiry after expiry, and a copy does not`, async (t) => {
    const { app, clock, browser } = await makeBoundApp(options())
    await browser.inject('/enter?permanent')
    t.strictSame((await new Thief(app, browser, ['session']).get('/me')).json(), refused)
    const all = new Thief(app, browser)
    for (let minutes = 0; minutes < 30; minutes += 7) {
      t.strictSame((await browser.inject('/me')).json(), known)
      clock.pass(7 * 60)
    }
    t.strictSame((await all.get('/me')).json(), refused)
  })

  t.test(`with ${kind}, a copy made before the registration is bound too`, async (t) => {
    const { app, browser } = await makeBoundApp(options())
    const session = cookieOf(await browser.inject('/enter'))
    t.strictSame((await app.inject({ url: '/me', cookies: { session } })).json(), refused)
    t.match(await sessionsOf(app).load(session), { ok: false, reason: 'unproven' })
    t.strictSame((await browser.inject('/me')).json(), known)
  })

  t.test(`with ${kind}, a fault of the write at the registration costs no login`, async (t) => {
    for (const faults of [['fail'], ['lost'], ['twice'], ['lost', 'lost'], ['fail', 'lost']] satisfies Fault[][]) {
      const store = new FaultyStore()
      const { app } = await makeBoundApp(options(store))
      const login = await app.inject('/enter')
      store.next('set', ...faults)
      const registration = await app.inject({
        method: 'POST', url: endpoint, headers: { 'secure-session-response': makeDevice().register(challengeOf(login)) }
      })
      t.equal(registration.statusCode, 200, faults.join())
      const cookies = { session: cookieOf(login), 'session-proof': cookieOf(registration, 'session-proof') }
      t.strictSame((await app.inject({ url: '/me', cookies })).json(), known)
    }
  })

  t.test(`with ${kind}, a registration needs no session cookie`, async (t) => {
    const { app } = await makeBoundApp(options())
    const login = await app.inject('/enter')
    const device = makeDevice()
    const register = async () => await app.inject({ method: 'POST', url: endpoint, headers: { 'secure-session-response': device.register(challengeOf(login)) } })
    const registration = await register()
    const cookies = { session: cookieOf(login), 'session-proof': cookieOf(registration, 'session-proof') }
    t.strictSame((await app.inject({ url: '/me', cookies })).json(), known)
    t.strictSame((await app.inject({ url: '/me', cookies: { session: cookies.session } })).json(), refused)

    t.equal((await register()).statusCode, 400, 'and is good once: nobody else registers with the same offer')
  })

  t.test(`with ${kind}, a second login before a registration is for a device of its own`, async (t) => {
    const { app } = await makeBoundApp(options())
    const login = await app.inject('/enter')
    const again = await app.inject({ url: '/enter', cookies: { session: cookieOf(login) } })
    const register = async (of: typeof login) => await app.inject({
      method: 'POST', url: endpoint, headers: { 'secure-session-response': makeDevice().register(challengeOf(of)) }
    })
    t.equal((await register(login)).statusCode, 400)
    t.match((await app.inject({ url: '/me', cookies: { session: cookieOf(again) } })).json(), { userId: 7, bound: false })
    t.equal((await register(again)).statusCode, 200)
    t.strictSame((await app.inject({ url: '/me', cookies: { session: cookieOf(again) } })).json(), refused)
  })

  t.test(`with ${kind}, a refresh of a session that was ended is a 404`, async (t) => {
    for (const end of ['revoke', 'revokeAll', 'logout'] as const) {
      const { app, browser } = await makeBoundApp(options())
      app.get('/id', async (request) => sessionOf(request).sessionId)
      await browser.inject('/enter')
      const { body } = await browser.inject('/id')
      const all = new Thief(app, browser)
      if (end === 'revoke') await sessionsOf(app).revoke(body)
      else if (end === 'revokeAll') await sessionsOf(app).revokeAll()
      else await all.get('/logout')
      t.match((await browser.inject('/me')).json(), { bound: false, reason: 'revoked' }, end)
      browser.cookies.delete('session-proof')
      await browser.inject('/me')
      t.equal(browser.isBound, false, end)
    }
  })

  t.test(`with ${kind}, a registration after a logout is refused`, async (t) => {
    const { app } = await makeBoundApp(options())
    const login = await app.inject('/enter')
    await app.inject({ url: '/logout', cookies: { session: cookieOf(login) } })
    const registration = await app.inject({ method: 'POST', url: endpoint, headers: { 'secure-session-response': makeDevice().register(challengeOf(login)) } })
    t.equal(registration.statusCode, 400)
    t.match(registration.json(), { message: /ended/ })
  })

  t.test(`with ${kind}, regenerate() keeps the binding, and ends what was before`, async (t) => {
    const { app, clock, browser } = await makeBoundApp(options())
    await browser.inject('/enter')
    const before = new Thief(app, browser)
    await browser.inject('/enter')
    t.match((await before.get('/me')).json(), { reason: 'revoked' })
    clock.pass(601)
    t.strictSame((await browser.inject('/me')).json(), known)
    t.strictSame((await new Thief(app, browser, ['session']).get('/me')).json(), refused)
  })

  t.test(`with ${kind}, a thief without the proof neither ends nor replaces the session`, async (t) => {
    const { app, browser } = await makeBoundApp(options())
    await browser.inject('/enter')
    const thief = new Thief(app, browser, ['session'])
    for (const url of ['/logout', '/push', '/enter', '/remember']) await thief.get(url)
    t.strictSame((await browser.inject('/me')).json(), known)
  })

  t.test(`with ${kind}, a change under way at the registration is saved, and unbinds nothing`, async (t) => {
    const gate = new Gate()
    const { app, browser } = await makeBoundApp(options())
    app.get('/slow', async (request) => {
      await gate.wait()
      sessionOf(request).cart.push('apple')
    })
    const device = makeDevice()
    const login = await app.inject('/enter')
    const slow = app.inject({ url: '/slow', cookies: { session: cookieOf(login) } }).then((response) => response)
    await gate.reached
    const registration = await app.inject({ method: 'POST', url: endpoint, headers: { 'secure-session-response': device.register(challengeOf(login)) } })
    t.equal(registration.statusCode, 200)
    gate.open()
    const changed = await slow
    t.equal(changed.statusCode, 200)
    const cookies = { session: changed.cookies.find(({ name }) => name === 'session')?.value ?? cookieOf(login), 'session-proof': cookieOf(registration, 'session-proof') }
    t.match((await app.inject({ url: '/read', cookies })).json(), { userId: 7, cart: ['apple'] })
    t.match((await app.inject({ url: '/read', cookies: { session: cookies.session } })).json(), { reason: 'unproven' })
    t.equal(browser.isBound, false)
  })

  t.test(`with ${kind}, a request under way at the registration prolongs the session`, async (t) => {
    const gate = new Gate()
    const { app, clock } = await makeBoundApp(options())
    app.get('/slow', async (request) => {
      await gate.wait()
      if (kind === 'revocation') sessionOf(request).cart.push('apple')
    })
    const login = await app.inject('/enter?permanent')
    clock.pass(290)
    const slow = app.inject({ url: '/slow', cookies: { session: cookieOf(login) } }).then((response) => response)
    await gate.reached
    const registration = await app.inject({ method: 'POST', url: endpoint, headers: { 'secure-session-response': makeDevice().register(challengeOf(login)) } })
    gate.open()
    const { statusCode, cookies: [session] } = await slow
    t.equal(statusCode, 200)
    const cookies = { session: String(session?.value), 'session-proof': cookieOf(registration, 'session-proof') }
    t.strictSame((await app.inject({ url: '/me', cookies })).json(), known)
    t.strictSame((await app.inject({ url: '/me', cookies: { session: cookies.session } })).json(), refused)
  })

  t.test(`with ${kind}, a registration goes on where another request writes first`, async (t) => {
    const store = new MemoryStore()
    const { app } = await makeBoundApp(kind === 'store' ? { store } : { revocation: { store } })
    const login = await app.inject('/enter')
    const set = store.set.bind(store)
    let overtakes = 1
    store.set = async (key, value, version, expiresIn, expected) => {
      const others = value.replace('"bound":true', '"more":1').replace(/"recent":\[.*?\]/, '"recent":[]')
      if (overtakes-- > 0) await set(key, others, version, expiresIn, expected)
      return await set(key, value, version, expiresIn, expected)
    }
    const registration = await app.inject({ method: 'POST', url: endpoint, headers: { 'secure-session-response': makeDevice().register(challengeOf(login)) } })
    t.equal(registration.statusCode, 200)
    t.strictSame((await app.inject({ url: '/me', cookies: { session: cookieOf(login) } })).json(), refused)
  })

  t.test(`with ${kind}, a store that is down is a 503, which ends nothing`, async (t) => {
    const store = new MemoryStore()
    const { browser } = await makeBoundApp(kind === 'store' ? { store } : { revocation: { store } })
    await browser.inject('/enter')
    browser.cookies.delete('session-proof')
    const get = store.get.bind(store)
    store.get = async () => { throw new Error('down') }
    t.equal((await browser.inject('/me')).statusCode, 503)
    t.equal(browser.isBound, true)
    store.get = get
    t.strictSame((await browser.inject('/me')).json(), known)
  })
}
