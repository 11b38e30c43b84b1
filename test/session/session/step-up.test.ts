import t from 'tap'
import { createSessionManager, type TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, Clock, makeApp, schema, secret, setCookies, type TestSession } from '../../support/app.ts'

async function open (options: Partial<TypedSessionOptions> = {}) {
  const clock = new Clock()
  return { clock, browser: new Browser(await makeApp({ now: clock.now, ...options })) }
}

const how = (session: TestSession) => [
  session.authenticatedBy,
  ...['password', 'passkey'].map((method) => session.reauthenticatedWithin(300, { method }))
]

t.test('regenerate() signs how the user authenticated, beside the time', async (t) => {
  for (const options of [{}, { encrypt: true }, { format: 'flask' }, { absoluteLifetime: 86_400 }, { store: new MemoryStore() },
    { revocation: { store: new MemoryStore() } }] as const) {
    const { clock, browser } = await open(options)
    await browser.visit((session) => t.same(how(session), [[], false, false], 'nobody is logged in'))
    await browser.visit(async (session) => {
      await session.regenerate([], { method: 'password' })
      session.userId = 7
      t.same(how(session), [['password'], true, false])
    })
    clock.pass(300)
    await browser.visit((session) => {
      t.same(how(session), [['password'], true, false])
      t.same(session.authenticatedAt, new Date(clock.milliseconds - 300_000))
      session.name = 'a write changes neither'
    })
    clock.pass(1)
    await browser.visit((session) => t.same(how(session), [['password'], false, false], 'too long ago'))
    await browser.visit(async (session) => await session.regenerate(['userId'], { method: ['passkey', 'otp'] }))
    await browser.visit((session) => t.same(how(session), [['passkey', 'otp'], false, true], 'stepped up'))
    await browser.visit(async (session) => await session.regenerate(['userId']))
    await browser.visit((session) => t.same(how(session), [[], false, false], 'without a method there is none'))
  }
})

t.test('a logout forgets it', async (t) => {
  const { browser } = await open()
  await browser.visit(async (session) => {
    await session.regenerate([], { method: 'passkey' })
    session.userId = 7
  })
  await browser.visit((session) => {
    session.delete()
    session.userId = 8
  })
  await browser.visit((session) => t.same([session.userId, session.authenticatedBy, session.authenticatedAt], [8, [], undefined]))
})

t.test('nobody else changes the list', async (t) => {
  const { browser } = await open()
  const method = ['password']
  await browser.visit(async (session) => {
    await session.regenerate([], { method })
    session.userId = 7
    method.push('passkey')
  })
  for (let times = 0; times < 2; times++) {
    await browser.visit((session) => {
      t.same(how(session), [['password'], true, false])
      Object.assign(session.authenticatedBy, ['passkey'])
    })
  }
})

t.test('a method that is not a name is an error, and the session stays as it is', async (t) => {
  const { browser } = await open()
  await browser.visit((session) => { session.userId = 7 })
  for (const method of ['', 5, null, {}, [''], ['a', 5], [undefined], [['a']], 'x'.repeat(65), Array(9).fill('a')]) {
    const reply = await browser.visit(async (session) => await session.regenerate([], { method: method as string }))
    t.match(reply.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`method` must be/ }, JSON.stringify(method))
    t.same(setCookies(reply), [])
    await browser.visit((session) => t.equal(session.userId, 7))
  }
  await browser.visit(async (session) => await session.regenerate(['userId'], { method: undefined }))
  await browser.visit(async (session) => await session.regenerate(['userId'], { method: [] }))
  await browser.visit((session) => t.same([session.userId, session.authenticatedBy], [7, []]))
})

t.test('asking for a method whose name is missing is an error, rather than any method', async (t) => {
  const { browser } = await open()
  await browser.visit(async (session) => await session.regenerate([], { method: 'password' }))
  for (const options of [null, {}, { method: undefined }, { method: null }, { method: '' }, { method: [] }, { method: 5 }]) {
    const reply = await browser.visit((session) => session.reauthenticatedWithin(300, options as { method: string }))
    t.match(reply.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`method` / }, JSON.stringify(options))
  }
})

t.test('a manager seals a method for tests', async (t) => {
  const { browser, clock } = await open()
  const manager = createSessionManager({ schema, secret, now: clock.now })
  browser.cookies.set('session', manager.seal({ userId: 7 }, { method: ['password', 'otp'] }))
  await browser.visit((session) => t.same(how(session), [['password', 'otp'], true, false]))
  t.throws(() => manager.seal({}, { method: '' }), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
})

t.test('without a method, the time of login must be kept', async (t) => {
  for (const [options, code] of [
    [{}, 'FST_TYPED_SESSION_INVALID_OPTION'], [{ absoluteLifetime: 60 }, undefined], [{ store: new MemoryStore() }, undefined]
  ] as const) {
    const { browser } = await open(options)
    t.equal((await browser.visit((session) => ({ recent: session.reauthenticatedWithin(60) }))).json<{ code?: string }>().code, code)
    await browser.visit((session) => { session.userId = 7 })
    if (code === undefined) await browser.visit((session) => t.equal(session.reauthenticatedWithin(60), true))
  }
})
