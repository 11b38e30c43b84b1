import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import type { TypedSessionOptions } from '../../../lib/index.ts'
import { Browser, Clock, makeApp, sessionOf, sessionsOf, setCookies } from '../../support/app.ts'

/** A store that fails while it is told to. */
class FailingStore extends MemoryStore {
  down = false
  override async get (key: string) { this.#check(); return await super.get(key) }
  override async set (...args: Parameters<MemoryStore['set']>) { this.#check(); return await super.set(...args) }
  override async delete (key: string) { this.#check(); return await super.delete(key) }

  #check () {
    if (this.down) throw new Error('the store is down')
  }
}

const modes: Record<string, (store: MemoryStore) => Partial<TypedSessionOptions>> = {
  store: (store) => ({ store }),
  revocation: (store) => ({ revocation: { store } })
}

for (const [mode, options] of Object.entries(modes)) {
  async function setup (more: Partial<TypedSessionOptions> = {}) {
    const clock = new Clock()
    const store = new FailingStore({ now: clock.now })
    const app = await makeApp({ ...options(store), now: clock.now, ...more })
    app.get('/fails-late', async (request) => {
      sessionOf(request).delete()
      store.down = true
    })
    const browser = new Browser(app)
    await browser.get('/remember')
    store.down = true
    return { app, browser, store, clock }
  }
  const unavailable = [503, 'FST_TYPED_SESSION_STORE_UNAVAILABLE', 0]
  const summary = (reply: Awaited<ReturnType<Browser['get']>>) => [reply.statusCode, reply.json().code, setCookies(reply).length]

  t.test(`${mode}: a session is a 503 while the store is down, and its cookie stays`, async (t) => {
    const { app, browser, store } = await setup()
    for (const url of ['/read', '/untouched', '/login', '/logout']) t.same(summary(await browser.get(url)), unavailable, url)
    t.equal((await new Browser(app).get('/read')).statusCode, 200, 'a visitor without a cookie needs no store')
    await t.rejects(sessionsOf(app).load(`session=${browser.cookies.get('session')}`), { code: 'FST_TYPED_SESSION_STORE_UNAVAILABLE' })
    store.down = false
    t.match((await browser.get('/read')).json(), { userId: 7 }, 'and all is well when it is back')
  })

  t.test(`${mode}: a logout that the store did not hear of is no logout`, async (t) => {
    const { browser, store } = await setup()
    store.down = false
    t.same(summary(await browser.get('/fails-late')), unavailable)
    store.down = false
    t.match((await browser.get('/read')).json(), { userId: 7 })
  })

  t.test(`${mode}: a note that the store does not take fails no request`, async (t) => {
    const { browser, store, clock } = await setup()
    store.down = false
    clock.pass(61)
    const reply = await browser.visit(({ userId }) => {
      store.down = true
      return { userId }
    })
    t.match([reply.statusCode, reply.json()], [200, { userId: 7 }], 'that it was seen')
    store.down = false
    store.unlink = () => Promise.reject(new Error('the list is down'))
    t.equal((await browser.get('/logout')).statusCode, 200, 'that a user\'s list has one less')
  })

  t.test(`${mode}: with onStoreError 'anonymous' the session is empty, and its cookie stays`, async (t) => {
    const { app, browser, store } = await setup({ onStoreError: 'anonymous' })
    const reply = await browser.get('/read')
    t.match([reply.statusCode, reply.json().reason, reply.json().userId], [200, 'unavailable', undefined])
    t.same(setCookies(reply), [])
    t.same(setCookies(await browser.get('/untouched')), [])
    for (const url of ['/login', '/push', '/logout']) t.same(summary(await browser.get(url)), unavailable, `${url} would change it`)
    t.match(await sessionsOf(app).load(`session=${browser.cookies.get('session')}`), { ok: false, reason: 'unavailable' })
    store.down = false
    t.match((await browser.get('/read')).json(), { userId: 7 })
  })

  t.test(`${mode}: a session that the store cannot tell is not replaced by one of another library`, async (t) => {
    const { browser, store } = await setup({ onStoreError: 'anonymous', adopt: () => ({ userId: 8 }) })
    t.match((await browser.get('/read')).json(), { reason: 'unavailable', userId: undefined })
    store.down = false
    t.match((await browser.get('/read')).json(), { userId: 7 })
  })

  t.test(`${mode}: a mistake in the app is no failure of the store`, async (t) => {
    const app = await makeApp({
      ...options(new MemoryStore()),
      onStoreError: 'anonymous',
      ...(mode === 'store' ? { subject: fail } : { revocation: { store: new MemoryStore(), subject: fail } })
    })
    t.match((await app.inject('/login')).json(), { statusCode: 500, message: 'a mistake' })
    function fail (): never {
      throw new Error('a mistake')
    }
  })
}

t.test('a store that is silent is given up on after `storeTimeout` milliseconds', async (t) => {
  const store = new MemoryStore()
  const app = await makeApp({ store, storeTimeout: 20 })
  const browser = new Browser(app)
  await browser.get('/login')
  store.get = () => new Promise(() => {})
  const reply = await browser.get('/read')
  t.match([reply.statusCode, reply.json().code], [503, 'FST_TYPED_SESSION_STORE_UNAVAILABLE'])
})
