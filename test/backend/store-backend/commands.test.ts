import t, { type Test } from 'tap'
import type { TypedSessionOptions } from '../../../lib/index.ts'
import { Browser, Clock, Gate, makeApp, sessionOf, sessionsOf } from '../../support/app.ts'
import { modes } from '../../support/backend-app.ts'
import { FaultyStore, type Fault } from '../../support/faulty-store.ts'

async function setup (mode: keyof typeof modes, options: Partial<TypedSessionOptions> = {}) {
  const clock = new Clock()
  const store = new FaultyStore({ now: clock.now })
  const gate = new Gate()
  const app = await makeApp({ ...modes[mode](store), now: clock.now, ...options })
  app.get('/slow', async (request) => {
    await gate.wait()
    sessionOf(request).name = 'late'
  })
  app.get('/regenerate', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).userId = 7
  })
  return { app, browser: new Browser(app), clock, gate, store, devices: async () => (await sessionsOf(app).listSubject('7')).length }
}

/** Lets the timers of a function run only when told to: no request of these tests lasts so long. */
function holdTimers (t: Test): { pass: () => Promise<void> } {
  const held: Array<() => void> = []
  t.intercept(globalThis, 'setTimeout', {
    value: (run: (given: unknown) => void, ms: number, given: unknown) => {
      if (ms !== 1000) held.push(() => run(given))
      return { unref () {} }
    }
  })
  return {
    pass: async () => {
      for (const run of held.splice(0)) run()
      for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => { setImmediate(resolve) })
    }
  }
}

for (const mode of ['store', 'revocation'] as const) {
  for (const url of ['/push', '/remember']) {
    t.test(`${mode}: no write of a new session (${url}) that is done once more revives it`, async (t) => {
      for (const repeated of [1, 2, 3]) {
        const { app, browser, store } = await setup(mode)
        let sets = 0
        store.faultOf = (call) => call === 'set' && ++sets === repeated ? 'again' : undefined
        await browser.get(url)
        const copy = new Browser(app)
        copy.cookies.set('session', String(browser.cookies.get('session')))
        await browser.get('/logout')
        await store.repeat()
        t.match((await copy.get('/read')).json(), { reason: 'revoked', cart: [] })
      }
    })

    t.test(`${mode}: a new session (${url}) is there after one fault of its write`, async (t) => {
      for (const [at, fault] of [[1, 'twice'], [2, 'fail'], [2, 'lost'], [2, 'twice']] as const) {
        const { browser, store } = await setup(mode)
        let sets = 0
        store.faultOf = (call, key) => call === 'set' && key === 'session' && ++sets === at ? fault : undefined
        t.equal((await browser.get(url)).statusCode, 200, fault)
        t.match((await browser.get('/read')).json(), url === '/push' ? { cart: ['apple'] } : { userId: 7 }, fault)
      }
    })
  }

  t.test(`${mode}: a login that a failing store refuses leaves no device in the list`, async (t) => {
    const windows: Record<string, readonly Fault[]> = {
      'its write': ['lost', 'lost', 'lost'],
      'and its look': ['lost', 'lost', 'lost', 'fail'],
      'and the end of it': ['lost', 'lost', 'fail', 'fail', 'fail'],
      'for a while': ['lost', 'lost', 'lost', 'fail', 'fail', 'fail']
    }
    for (const [what, window] of Object.entries(windows)) {
      for (const isNew of [true, false]) {
        const { pass } = holdTimers(t)
        const { browser, devices, store } = await setup(mode)
        await (isNew ? new Browser((await setup(mode)).app) : browser).get('/push')
        let faults = [...window]
        let sets = 0
        store.faultOf = (call, key) => {
          if (call === 'set' && key === 'session') sets++
          return sets > Number(isNew) ? faults.shift() : undefined
        }
        t.equal((await browser.get('/regenerate')).statusCode, 503, what)
        for (let pauses = 0; pauses < 5; pauses++) await pass()
        t.same(faults, [])
        faults = []
        t.equal(await devices(), 0, what)
        t.equal((await browser.get('/regenerate')).statusCode, 200)
        t.equal(await devices(), 1)
      }
    }
  })

  t.test(`${mode}: a login that could not be admitted takes no place`, async (t) => {
    const { pass } = holdTimers(t)
    const { browser, store } = await setup(mode, { maxSessions: 1, onMaxSessions: 'error' })
    let down = false
    store.faultOf = (call, key) => {
      down ||= key === 'limit'
      return down ? 'fail' : undefined
    }
    t.equal((await browser.get('/regenerate')).statusCode, 503)
    await pass()
    store.faultOf = () => undefined
    await pass()
    t.equal((await browser.get('/regenerate')).statusCode, 200)
  })

  t.test(`${mode}: what is left of a login is given up on after a minute`, async (t) => {
    const { pass } = holdTimers(t)
    const { browser, store } = await setup(mode)
    await browser.get('/push')
    let calls = 0
    store.faultOf = (call) => { calls++; return call === 'set' || calls > 3 ? 'fail' : undefined }
    t.equal((await browser.get('/regenerate')).statusCode, 503)
    calls = 10
    for (let pauses = 0; pauses < 9; pauses++) await pass()
    t.equal(calls, 15)
  })

  t.test(`${mode}: a new session that ends before it is whole is a conflict`, async (t) => {
    const { browser, store } = await setup(mode)
    const set = store.set.bind(store)
    store.set = async (...args) => args[0].includes(':session:') ? false : await set(...args)
    const reply = await browser.get('/remember')
    t.match([reply.statusCode, reply.json().code], [409, 'FST_TYPED_SESSION_CONFLICT'])
    t.equal(browser.cookies.size, 0)
  })

  t.test(`${mode}: a change of an ended session is a conflict, also where a refresh would do`, async (t) => {
    const { app, browser, clock, gate } = await setup(mode)
    await browser.get('/remember')
    clock.pass(60)
    const slow = app.inject({ url: '/slow', cookies: Object.fromEntries(browser.cookies) })
    await gate.reached
    await browser.get('/logout')
    gate.open()
    t.match([(await slow).statusCode, (await slow).json().code], [409, 'FST_TYPED_SESSION_CONFLICT'])
  })
}
