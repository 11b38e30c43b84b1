import t from 'tap'
import { createSessionManager, type TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, Clock, makeApp, schema, secret, setCookies } from '../../support/app.ts'

const hours = 3600

async function open (options: Partial<TypedSessionOptions> = {}) {
  const clock = new Clock()
  return { clock, browser: new Browser(await makeApp({ now: clock.now, refresh: 'all', ...options })) }
}

t.test('a session\'s own absolute lifetime ends it, however busy it is', async (t) => {
  for (const options of [{}, { absoluteLifetime: 24 * hours }, { encrypt: true }, { format: 'flask' }] as const) {
    const { clock, browser } = await open(options)
    const login = await browser.visit((session) => {
      t.equal(session.absoluteLifetime, 'absoluteLifetime' in options ? 24 * hours : undefined)
      session.absoluteLifetime = 12 * hours
      session.permanent = true
      session.userId = 7
    })
    t.equal(login.cookies[0]?.maxAge, 12 * hours, 'and the browser knows')
    for (let hour = 1; hour <= 12; hour++) {
      clock.pass(hours - 1)
      await browser.visit((session) => {
        t.same([session.userId, session.absoluteLifetime], [7, 12 * hours])
        session.name = `hour ${hour}`
      })
    }
    clock.pass(13)
    await browser.visit((session) => t.equal(session.reason, 'expired'))
  }
})

t.test('so it does if a store keeps the session or can end it', async (t) => {
  for (const kind of ['store', 'revocation']) {
    const clock = new Clock()
    const store = new MemoryStore({ now: clock.now })
    const options = kind === 'store' ? { store } : { revocation: { store } }
    const browser = new Browser(await makeApp({ now: clock.now, refresh: 'all', ...options }))
    await browser.visit((session) => Object.assign(session, { absoluteLifetime: 2 * hours, userId: 7 }))
    for (let hour = 0; hour < 2; hour++) {
      clock.pass(hours - 1)
      await browser.visit((session) => t.same([session.userId, session.absoluteLifetime], [7, 2 * hours]))
    }
    clock.pass(3)
    await browser.visit((session) => t.equal(session.userId, undefined))
  }
})

t.test('other sessions have none, and undefined returns to the option', async (t) => {
  const { clock, browser } = await open()
  await browser.visit((session) => { session.userId = 7 })
  for (let day = 0; day < 60; day++) {
    clock.pass(24 * hours)
    await browser.visit((session) => t.equal(session.userId, 7))
  }
  await browser.visit((session) => { session.absoluteLifetime = 60 })
  clock.pass(60)
  await browser.visit((session) => { session.absoluteLifetime = undefined })
  clock.pass(hours)
  await browser.visit((session) => t.same([session.userId, session.absoluteLifetime, session.authenticatedAt], [7, undefined, undefined]))
})

t.test('it counts from regenerate(), which keeps it, and not from a write', async (t) => {
  const { clock, browser } = await open()
  await browser.visit((session) => Object.assign(session, { absoluteLifetime: 100, userId: 7 }))
  clock.pass(60)
  await browser.visit(async (session) => await session.regenerate(['userId']))
  clock.pass(60)
  await browser.visit((session) => {
    t.same([session.userId, session.absoluteLifetime], [7, 100])
    session.absoluteLifetime = 100
    session.touch()
  })
  clock.pass(41)
  await browser.visit((session) => t.equal(session.reason, 'expired'))
})

t.test('the option holds where it is shorter, also if it was lowered since', async (t) => {
  const { clock, browser } = await open()
  await browser.visit((session) => Object.assign(session, { absoluteLifetime: 1000, userId: 7 }))
  const lowered = new Browser(await makeApp({ now: clock.now, refresh: 'all', absoluteLifetime: 100 }))
  lowered.cookies.set('session', browser.cookies.get('session') ?? '')
  await lowered.visit((session) => t.equal(session.absoluteLifetime, 100))
  clock.pass(101)
  await lowered.visit((session) => t.equal(session.reason, 'expired'))
})

t.test('after a logout the next session has none', async (t) => {
  const { browser } = await open()
  await browser.visit((session) => Object.assign(session, { absoluteLifetime: 1000, userId: 7 }))
  await browser.visit((session) => {
    session.delete()
    session.userId = 8
  })
  await browser.visit((session) => t.same([session.userId, session.absoluteLifetime], [8, undefined]))
})

t.test('what is not a lifetime is an error, and nothing changes', async (t) => {
  for (const [absoluteLifetime, wrong] of [
    [3600, 3601], [undefined, 34_560_001], ...[0, -1, 1.5, NaN, Infinity, '60', null].map((wrong) => [undefined, wrong] as const)
  ] as const) {
    const { browser } = await open({ absoluteLifetime })
    const reply = await browser.visit((session) => { session.absoluteLifetime = wrong as number })
    t.match(reply.json(), {
      statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_LIFETIME', message: `\`session.absoluteLifetime\` must be a whole number of seconds from 1 to ${absoluteLifetime ?? 34_560_000},`
    }, String(wrong))
    t.same(setCookies(reply), [])
    const manager = createSessionManager({ schema, secret, absoluteLifetime })
    t.throws(() => manager.seal({}, { absoluteLifetime: wrong as number }), { code: 'FST_TYPED_SESSION_INVALID_LIFETIME' })
  }
})

t.test('a manager seals it', async (t) => {
  const clock = new Clock()
  const manager = createSessionManager({ schema, secret, now: clock.now })
  const token = manager.seal({ userId: 7 }, { absoluteLifetime: 60 })
  t.match(manager.open(token), { ok: true, expiresAt: new Date(clock.milliseconds + 60_000) })
  clock.pass(61)
  t.match(manager.open(token), { reason: 'expired' })
})
