import t, { type Test } from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores.ts'
import { Gate, schema, secret, sessionOf, sessionsOf, type TestSession } from '../support/app.ts'
import { needsChromium } from '../support/chromium.ts'
import { boundBrowser, cookiesOf, DeviceServer, get, logIn, until } from '../support/device-server.ts'

const known = { userId: 7, bound: true }
const refused = { bound: false, reason: 'unproven' }

async function setup (t: Test) {
  const server = new DeviceServer()
  await server.start(t)
  return { server, browser: boundBrowser(t) }
}

t.test('a login binds the session, and the owner goes on after each expiry of the proof', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const page = await logIn(server, browser)
  t.strictSame(await get(page, '/me'), known)
  t.strictSame(server.answers, [200])
  for (let times = 0; times < 3; times++) {
    await server.expireProof(browser)
    t.strictSame(await get(page, '/me'), known)
  }
})

t.test('a thief with any subset of the cookies is refused once the proof expires', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const page = await logIn(server, browser)
  const cookies = Object.entries(await cookiesOf(browser))
  t.same(cookies.map(([name]) => name).sort(), ['session', 'session-key', 'session-proof'])
  const subsets = Array.from({ length: 2 ** cookies.length }, (_, bits) => Object.fromEntries(cookies.filter((_, index) => bits & (1 << index))))
  for (const subset of subsets) {
    const expected = !('session' in subset) ? { bound: false, reason: 'absent' } : 'session-proof' in subset ? known : refused
    t.strictSame(await server.tells(subset), expected, Object.keys(subset).join())
  }
  await server.expireProof(browser)
  t.strictSame(await get(page, '/me'), known)
  for (const subset of subsets) t.match(await server.tells(subset), { bound: false }, `${Object.keys(subset).join()}, later`)
})

t.test('six requests at once after expiry take one refresh, and none is refused', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const page = await logIn(server, browser)
  await server.expireProof(browser)
  server.answers = []
  t.strictSame(await Promise.all(Array.from({ length: 6 }, async () => await get(page, '/me'))), Array(6).fill(known))
  t.equal(server.answers.filter((status) => status === 200).length, 1)
})

t.test('two tabs go on', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const pages = [await logIn(server, browser), await browser.open(`${server.origin}/`)]
  await server.expireProof(browser)
  t.strictSame(await Promise.all(pages.map(async (page) => await get(page, '/me'))), [known, known])
})

t.test('a login at the end of a cross-site redirect is bound with the next request', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const page = await browser.open(`${server.elsewhere}/`)
  await Promise.all([page.waitForURL(`${server.origin}/enter`), page.evaluate(`location.href = ${JSON.stringify(`${server.origin}/enter`)}`)])
  await until(async () => 'session-key' in await cookiesOf(browser))
  await page.goto(`${server.origin}/me`)
  await page.goto(`${server.origin}/`)
  t.strictSame(await get(page, '/me'), known)
  const { session = '' } = await cookiesOf(browser)
  t.strictSame(await server.tells({ session }), refused)
})

t.test('a link from another site after expiry opens the page logged in', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  await logIn(server, browser)
  const page = await browser.open(`${server.elsewhere}/`)
  await server.expireProof(browser)
  await Promise.all([page.waitForURL(`${server.origin}/me`), page.evaluate(`location.href = ${JSON.stringify(`${server.origin}/me`)}`)])
  t.strictSame(JSON.parse(await page.locator('body').innerText()), known)
})

t.test('a restart of the browser keeps a permanent session bound, and ends others', needsChromium, async (t) => {
  for (const permanent of [true, false]) {
    const { server, browser } = await setup(t)
    await logIn(server, browser, permanent ? '/enter?permanent' : '/enter')
    await browser.close()
    await browser.open('about:blank')
    await server.expireProof(browser)
    t.strictSame(await get(await browser.open(`${server.origin}/`), '/me'), permanent ? known : { bound: false, reason: 'absent' })
    await browser.close()
  }
})

t.test('a logout deletes the cookies, and the next refresh makes the browser forget', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const page = await logIn(server, browser)
  await get(page, '/logout')
  t.strictSame(await browser.cookies(), [])
  server.answers = []
  for (let times = 0; times < 3; times++) t.strictSame(await get(page, '/me'), { bound: false, reason: 'absent' })
  t.strictSame(server.answers, [404])
  await get(page, '/enter')
  await until(async () => 'session-key' in await cookiesOf(browser))
  t.strictSame(await get(page, '/me'), known, 'and the next login is bound again')
})

t.test('an outage of the endpoint costs no login, whatever the app writes meanwhile', needsChromium, async (t) => {
  const { server, browser } = await setup(t)
  const page = await logIn(server, browser)
  server.outage = (reply) => reply.code(503).send('down')
  await server.expireProof(browser)
  t.strictSame(await get(page, '/me'), refused)
  await get(page, '/push')
  server.outage = undefined
  await until(async () => (await get(page, '/me') as { bound: boolean }).bound)
  t.strictSame(await get(page, '/me'), known)
})

t.test('a browser that may not sign for a while costs no login either', needsChromium, async (t) => {
  const server = new DeviceServer()
  await server.start(t)
  const browser = boundBrowser(t, 'DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting')
  const page = await logIn(server, browser)
  let told: unknown
  for (let times = 0; times < 12; times++) {
    await server.expireProof(browser)
    told = await get(page, '/me')
    if (!(told as { bound: boolean }).bound) break
  }
  t.strictSame(told, refused, 'the quota is used up')
  const { session } = await cookiesOf(browser)
  await get(page, '/push')
  t.equal((await cookiesOf(browser)).session, session)
})

t.test('a response under way during the registration does not unbind the session', needsChromium, async (t) => {
  const [registration, handler] = [new Gate(), new Gate()]
  const server = new DeviceServer()
  await server.start(t, {}, (app) => app.get('/slow', async (request) => {
    await handler.wait()
    sessionOf(request).cart.push('apple')
  }))
  const browser = boundBrowser(t)
  const page = await browser.open(`${server.origin}/`)
  server.held = registration.wait()
  await get(page, '/enter')
  const slow = get(page, '/slow')
  await handler.reached
  registration.open()
  await until(async () => 'session-key' in await cookiesOf(browser))
  handler.open()
  await slow
  const { session = '' } = await cookiesOf(browser)
  t.strictSame(await server.tells({ session }), refused)
  t.strictSame(await get(page, '/me'), known)
})

t.test('with a store, copies from before the registration are refused', needsChromium, async (t) => {
  const server = new DeviceServer()
  await server.start(t, { store: new MemoryStore() })
  const browser = boundBrowser(t)
  const page = await browser.open(`${server.origin}/`)
  const registration = new Gate()
  server.held = registration.wait()
  await get(page, '/enter')
  const { session = '' } = await cookiesOf(browser)
  t.strictSame(await server.tells({ session }), { userId: 7, bound: false })
  registration.open()
  await until(async () => 'session-key' in await cookiesOf(browser))
  t.strictSame(await server.tells({ session }), refused)
  await server.expireProof(browser)
  t.strictSame(await get(page, '/me'), known)
  await sessionsOf(server.app).revokeAll()
  await server.expireProof(browser)
  server.answers = []
  t.match(await get(page, '/me'), { bound: false, reason: 'revoked' })
  t.equal(server.answers.at(-1), 404)
})

t.test('two sessions of one app are bound, each to a key of its own', needsChromium, async (t) => {
  const server = new DeviceServer()
  await server.start(t, {}, async (app) => {
    await app.register(fastifyTypedSession, { schema, secret, name: 'admin', cookie: { secure: true }, deviceBound: true, now: server.clock.now })
    app.get('/both', async (request) => {
      for (const session of [sessionOf(request), request.getDecorator<TestSession>('admin')]) {
        await session.regenerate()
        session.userId = 7
      }
    })
    app.get('/bound', async (request) => [sessionOf(request).bound, request.getDecorator<TestSession>('admin').bound])
  })
  const browser = boundBrowser(t)
  const page = await browser.open(`${server.origin}/`)
  await get(page, '/both')
  await until(async () => (await browser.cookies()).length === 6)
  await browser.forget('admin-proof')
  await server.expireProof(browser)
  t.strictSame(await get(page, '/bound'), [true, true])
})

t.test('a page elsewhere can neither log the user out nor end the binding', needsChromium, async (t) => {
  for (const blocking of [[], ['--test-third-party-cookie-phaseout']]) {
    const server = new DeviceServer()
    await server.start(t)
    const browser = boundBrowser(t, undefined, blocking)
    const page = await logIn(server, browser)
    const other = await browser.open(`${server.elsewhere}/`)
    await server.expireProof(browser)
    for (const path of ['/me', '/device-bound/session']) {
      await other.evaluate(`fetch(${JSON.stringify(server.origin + path)}, { mode: 'no-cors', method: '${path === '/me' ? 'GET' : 'POST'}', credentials: 'include' })`)
    }
    await server.expireProof(browser)
    t.strictSame(await get(page, '/me'), known, blocking.join())
  }
})

t.test('without device-bound sessions, a browser stays logged in', needsChromium, async (t) => {
  const server = new DeviceServer()
  await server.start(t)
  const browser = boundBrowser(t, 'None')
  const page = await browser.open(`${server.origin}/`)
  await get(page, '/enter')
  server.clock.pass(3600)
  t.strictSame(await get(page, '/me'), { userId: 7, bound: false })
})
