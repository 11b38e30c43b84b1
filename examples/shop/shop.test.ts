// `npx tsx --test examples/shop/shop.test.ts`, after `npm run build`. Only the tests of the login itself use its form.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { sessionAfter, sessionCookies } from 'fastify-typed-session/testing'
import { buildApp } from './app.ts'
import { openStore } from './database.ts'
import { safePath } from './guards.ts'
import { demoUsers } from './users.ts'

const minute = 60_000
let now = Date.now()
const users = await demoUsers()
const { store, close } = openStore(':memory:')
const app = await buildApp({ secret: randomBytes(32), store, users, now: () => now })
after(async () => {
  await app.close()
  await close()
})

/** A browser without a screen: it keeps cookies, and follows redirects after a form. */
class Visitor {
  readonly #app: FastifyInstance
  readonly cookies: Record<string, string>

  constructor (app: FastifyInstance, cookies: Record<string, string> = {}) {
    this.#app = app
    this.cookies = cookies
  }

  async get (url: string): Promise<LightMyRequestResponse> {
    return this.#keep(await this.#app.inject({ url, cookies: this.cookies }))
  }

  async post (url: string, form: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.#keep(await this.#app.inject({
      method: 'POST',
      url,
      cookies: this.cookies,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
      payload: new URLSearchParams(form).toString()
    }))
  }

  /** The page that a form leads to. */
  async submit (url: string, form?: Record<string, string>): Promise<string> {
    const { statusCode, headers, body } = await this.post(url, form)
    return statusCode === 303 ? (await this.get(String(headers.location))).body : body
  }

  #keep (response: LightMyRequestResponse): LightMyRequestResponse {
    for (const { name, value, maxAge } of response.cookies) {
      if (maxAge === 0) delete this.cookies[name]
      else this.cookies[name] = value
    }
    return response
  }
}

/** A user who is logged in on a device. */
async function userOn (device: string, userId = 'grace'): Promise<Visitor> {
  const role = users.byId(userId)?.role
  return new Visitor(app, await sessionCookies(app.sessions.session, { userId, role, device }, { permanent: true }))
}

const password = 'correct horse'
const isLoggedIn = async (visitor: Visitor) => (await visitor.get('/account')).statusCode === 200

test('a guest\'s cart is still there after the login', async () => {
  const guest = new Visitor(app)
  assert.match(await guest.submit('/cart/add', { tea: 'assam' }), /Assam is in your cart/)
  const toLogin = await guest.post('/order')
  assert.equal(toLogin.headers.location, '/login?next=%2Fcart')

  const cart = await guest.submit('/login', { email: 'grace@example.com', password, next: '/cart' })
  assert.match(cart, /Welcome, Grace/)
  assert.match(cart, /<td>Assam<\/td><td>1<\/td><td>€ 7\.90/)
  assert.match(await guest.submit('/order'), /Thank you/)
  assert.match((await guest.get('/cart')).body, /It is empty/)
})

test('a message is shown once', async () => {
  const guest = new Visitor(app)
  assert.match(await guest.submit('/cart/add', { tea: 'sencha' }), /Sencha is in your cart/)
  assert.doesNotMatch((await guest.get('/')).body, /Sencha is in your cart/)
})

test('a wrong password and an unknown address get the same answer', async () => {
  for (const email of ['grace@example.com', 'nobody@example.com']) {
    const guest = new Visitor(app)
    const { statusCode, body } = await guest.post('/login', { email, password: '<wrong>' })
    assert.equal(statusCode, 401)
    assert.match(body, /Wrong email or password/)
    assert.deepEqual(guest.cookies, {})
  }
})

test('"remember me" decides whether the cookie outlives the browser', async () => {
  const login = { email: 'grace@example.com', password }
  const remembered = await sessionAfter(app.sessions.session, await new Visitor(app).post('/login', { ...login, remember: 'on' }))
  assert.ok(remembered?.ok && remembered.permanent)
  const forgotten = await new Visitor(app).post('/login', login)
  assert.equal(forgotten.cookies[0]?.maxAge, undefined)
  const session = await sessionAfter(app.sessions.session, forgotten)
  assert.ok(session?.ok && !session.permanent)
  assert.equal(session.lifetime, 8 * 60 * 60)
})

test('a login leads to a path of this site only', () => {
  assert.equal(safePath('/cart?from=login'), '/cart?from=login')
  for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', undefined]) assert.equal(safePath(next), '/')
})

test('a form of another site is refused', async () => {
  const { cookies } = await userOn('A laptop')
  const { statusCode } = await app.inject({ method: 'POST', url: '/logout', cookies, headers: { 'sec-fetch-site': 'cross-site' } })
  assert.equal(statusCode, 403)
})

test('users see their devices, and log one of them out', async () => {
  const [laptop, phone] = [await userOn('Firefox on Linux'), await userOn('Chrome on Android')]
  const { body } = await laptop.get('/account')
  const [, id = ''] = /Chrome on Android.*?name="id" value="([^"]+)"/s.exec(body) ?? []
  assert.match(await laptop.submit('/account/end', { id }), /Chrome on Android is logged out/)
  assert.equal(await isLoggedIn(phone), false)
  assert.equal(await isLoggedIn(laptop), true)
})

test('nobody ends the session of somebody else', async () => {
  const [grace, ada] = [await userOn('A laptop'), await userOn('A phone', 'ada')]
  const devices = await app.sessions.session.listSubject('ada')
  for (const { id } of devices) await grace.post('/account/end', { id })
  assert.equal(await isLoggedIn(ada), true)
})

test('"log out everywhere" ends all devices, and every copy of their cookies', async () => {
  const [laptop, phone] = [await userOn('A laptop'), await userOn('A phone')]
  const copy = new Visitor(app, { ...laptop.cookies })
  assert.match(await laptop.submit('/account/logout-everywhere'), /logged out on all devices/)
  for (const visitor of [laptop, phone, copy]) assert.equal(await isLoggedIn(visitor), false)
})

test('a member is not let into the administration', async () => {
  const grace = await userOn('A laptop')
  assert.equal((await grace.get('/admin')).statusCode, 403)
  assert.equal((await grace.post('/admin/login', { password })).statusCode, 403)
})

test('an administrator enters the password again, and may then end sessions', async () => {
  const [ada, grace] = [await userOn('A laptop', 'ada'), await userOn('A phone')]
  assert.equal((await ada.get('/admin')).headers.location, '/admin/login')
  assert.match(await ada.submit('/admin/login', { password: 'a guess' }), /not the password/)
  assert.match(await ada.submit('/admin/login', { password }), /grace@example\.com/)
  assert.match(await ada.submit('/admin/end', { user: 'grace' }), /Grace is logged out/)
  assert.equal(await isLoggedIn(grace), false)
})

test('the administration ends 15 minutes after the last request', async () => {
  const ada = await userOn('A laptop', 'ada')
  await ada.post('/admin/login', { password })
  for (const pause of [14, 14]) {
    now += pause * minute
    assert.equal((await ada.get('/admin')).statusCode, 200)
  }
  now += 16 * minute
  assert.equal((await ada.get('/admin')).headers.location, '/admin/login')
  assert.equal(await isLoggedIn(ada), true)
})

test('the administration ends with the session, by whatever logout', async () => {
  for (const logout of ['/logout', '/account/logout-everywhere']) {
    const ada = await userOn('A laptop', 'ada')
    await ada.post('/admin/login', { password })
    const copy = { ...ada.cookies }
    await ada.post(logout)
    assert.equal(ada.cookies.admin, undefined)
    assert.equal((await new Visitor(app, copy).get('/admin')).statusCode, 403)
    // Nor is it good beside another session of the same user.
    const again = new Visitor(app, { ...copy, ...(await userOn('A phone', 'ada')).cookies })
    assert.equal((await again.get('/admin')).headers.location, '/admin/login')
  }
})

test('what a visitor types comes back as text', async () => {
  const { body } = await new Visitor(app).post('/login', { email: '"><script>', password })
  assert.doesNotMatch(body, /<script>/)
})
