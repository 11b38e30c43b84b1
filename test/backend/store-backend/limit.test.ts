import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import type { StoredRecord } from '../../../lib/stores/store.ts'
import { Browser, Clock, cookieOf, makeApp, sessionOf, sessionsOf } from '../../support/app.ts'

const subject = ({ userId }: { userId?: number }) => userId?.toString()

async function start (options: Partial<TypedSessionOptions>, clock = new Clock(), store = new MemoryStore({ now: clock.now })) {
  const app = await makeApp({ now: clock.now, store, subject, ...options })
  app.get('/again', async (request) => { await sessionOf(request).regenerate(['userId']) })
  const isIn = async (browser: Browser) => (await browser.get('/read')).json<{ userId?: number }>().userId === 7
  const logIn = async () => {
    clock.pass(1)
    const browser = new Browser(app)
    return { browser, status: (await browser.get('/login')).statusCode }
  }
  return { app, clock, store, isIn, logIn }
}

t.test('a login beyond the limit ends the oldest session', async (t) => {
  const { app, isIn, logIn } = await start({ maxSessions: 2 })
  const browsers: Browser[] = []
  for (let device = 0; device < 4; device++) {
    const { browser, status } = await logIn()
    t.equal(status, 200)
    browsers.push(browser)
  }
  t.same(await Promise.all(browsers.map(isIn)), [false, false, true, true])
  t.equal((await sessionsOf(app).listSubject('7')).length, 2)
})

t.test('the last login stays, also if all were in the same second', async (t) => {
  const { app, isIn } = await start({ maxSessions: 2 })
  for (let login = 0; login < 8; login++) {
    const browser = new Browser(app)
    t.equal((await browser.get('/login')).statusCode, 200)
    t.equal(await isIn(browser), true)
  }
})

t.test('with onMaxSessions: error it is refused, and a visitor keeps the session', async (t) => {
  const { app, isIn, logIn } = await start({ maxSessions: 2, onMaxSessions: 'error' })
  const [first, second] = [await logIn(), await logIn()]
  const visitor = new Browser(app)
  await visitor.get('/push')
  const refused = await visitor.get('/login')
  t.match(refused.json(), { statusCode: 409, code: 'FST_TYPED_SESSION_TOO_MANY_SESSIONS', message: /has 2 sessions already/ })
  t.match((await visitor.get('/read')).json(), { cart: ['apple'], userId: undefined })
  t.same([await isIn(first.browser), await isIn(second.browser)], [true, true])

  await first.browser.get('/logout')
  t.equal((await visitor.get('/login')).statusCode, 200, 'a logout makes room')
  t.match((await visitor.get('/read')).json(), { cart: ['apple'], userId: 7 })
})

t.test('what is over does not count, and a session that goes on needs no new place', async (t) => {
  const { clock, logIn } = await start({ maxSessions: 1, onMaxSessions: 'error', lifetime: 100 })
  const { browser } = await logIn()
  t.equal((await browser.get('/push')).statusCode, 200)
  t.equal((await browser.get('/again')).statusCode, 200)
  t.equal((await logIn()).status, 409)
  clock.pass(101)
  t.equal((await logIn()).status, 200)
})

t.test('each user has a limit, and sessions of nobody have none', async (t) => {
  const { app, logIn, isIn } = await start({ maxSessions: 1 })
  const { browser } = await logIn()
  const other = new Browser(app)
  await other.visit((session) => { session.userId = 8 })
  for (let visitor = 0; visitor < 3; visitor++) t.equal((await new Browser(app).get('/push')).statusCode, 200)
  t.equal(await isIn(browser), true)
  t.match((await other.get('/read')).json(), { userId: 8 })
})

t.test('it holds with revocation too', async (t) => {
  const clock = new Clock()
  const revocation = { store: new MemoryStore({ now: clock.now }), subject }
  const { logIn, isIn } = await start({ maxSessions: 1, store: undefined, subject: undefined, revocation }, clock)
  const [first, second] = [await logIn(), await logIn()]
  t.same([await isIn(first.browser), await isIn(second.browser)], [false, true])
})

/** Answers each call at a moment of its own, before and after it does its work. */
class ErraticStore extends MemoryStore {
  #seed = 1

  async #wait (): Promise<void> {
    this.#seed = this.#seed * 48271 % 2147483647
    for (let turns = this.#seed % 5; turns > 0; turns--) await setImmediate()
  }

  async #late<T> (run: () => Promise<T>): Promise<T> {
    await this.#wait()
    const result = await run()
    await this.#wait()
    return result
  }

  override get (key: string): Promise<StoredRecord | undefined> { return this.#late(() => super.get(key)) }
  override set (...args: Parameters<MemoryStore['set']>): Promise<boolean> { return this.#late(() => super.set(...args)) }
  override delete (key: string): Promise<void> { return this.#late(() => super.delete(key)) }
  override link (...args: Parameters<MemoryStore['link']>): Promise<void> { return this.#late(() => super.link(...args)) }
  override unlink (...args: Parameters<MemoryStore['unlink']>): Promise<void> { return this.#late(() => super.unlink(...args)) }
  override list (subject: string): Promise<string[]> { return this.#late(() => super.list(subject)) }
}

for (const onMaxSessions of ['end-oldest', 'error'] as const) {
  t.test(`of many logins at once as many stay as may: ${onMaxSessions}`, async (t) => {
    const clock = new Clock()
    const { app, isIn } = await start({ maxSessions: 2, onMaxSessions }, clock, new ErraticStore({ now: clock.now }))
    for (let round = 0; round < 40; round++) {
      const browsers = Array.from({ length: 5 }, () => new Browser(app))
      const replies = await Promise.all(browsers.map(async (browser) => await browser.get('/login')))
      const good = (await Promise.all(browsers.map(isIn))).filter(Boolean).length
      const accepted = replies.filter(({ statusCode }) => statusCode === 200).length
      if (good !== 2 || (onMaxSessions === 'error' && accepted !== 2)) t.fail(`round ${round}: ${good} of ${accepted} are good`)
      if ((await sessionsOf(app).listSubject('7')).length !== 2) t.fail(`round ${round}: not two are listed`)
      await sessionsOf(app).revokeSubject('7')
    }
    t.pass('in 40 rounds')
  })
}

t.test('where the store fails a login gets no place', async (t) => {
  const clock = new Clock()
  class FailingStore extends MemoryStore {
    override async get (key: string): Promise<StoredRecord | undefined> {
      if (key.includes(':limit:')) throw new Error('down')
      return await super.get(key)
    }
  }
  const { app, logIn } = await start({ maxSessions: 1 }, clock, new FailingStore({ now: clock.now }))
  t.equal((await logIn()).status, 503)
  t.same(await sessionsOf(app).listSubject('7'), [])
})

t.test('who never gets a turn is refused', async (t) => {
  const clock = new Clock()
  class BusyStore extends MemoryStore {
    override async set (...args: Parameters<MemoryStore['set']>): Promise<boolean> {
      return args[0].includes(':limit:') ? false : await super.set(...args)
    }
  }
  const { app, logIn } = await start({ maxSessions: 1 }, clock, new BusyStore({ now: clock.now }))
  t.equal((await logIn()).status, 409)
  t.same(await sessionsOf(app).listSubject('7'), [])
})

t.test('an option that is wrong is an error at registration', async (t) => {
  const store = new MemoryStore()
  for (const [options, message] of [
    [{ maxSessions: 0, store, subject }, /`maxSessions` must be a whole number from 1/],
    [{ maxSessions: '2', store, subject }, /`maxSessions` must be a whole number from 1/],
    [{ maxSessions: 2 }, /`maxSessions` needs a store behind the cookie: set `store` or `revocation`/],
    [{ maxSessions: 2, store }, /`maxSessions` needs `subject`/],
    [{ maxSessions: 2, revocation: { store } }, /`maxSessions` needs `revocation.subject`/],
    [{ maxSessions: 2, onMaxSessions: 'refuse', store, subject }, /`onMaxSessions` must be one of: end-oldest, error/],
    [{ maxSessions: 2, store: Object.assign(new MemoryStore(), { compareAndSet: false }), onConflict: 'last-writer-wins', subject }, /can compare and set/]
  ] as const) {
    await t.rejects(makeApp(options as unknown as Partial<TypedSessionOptions>), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message }, String(message))
  }
})

t.test('a cookie from before a login that lost its place is good no more', async (t) => {
  const { app, clock } = await start({ maxSessions: 1 })
  const old = cookieOf(await app.inject('/login'))
  clock.pass(1)
  await app.inject('/login')
  t.match((await app.inject({ url: '/read', cookies: { session: old } })).json(), { reason: 'revoked' })
})
