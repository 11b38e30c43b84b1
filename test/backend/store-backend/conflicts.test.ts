import t from 'tap'
import { Browser, makeApp, sessionOf, sessionsOf, setCookies, type TestSession } from '../../support/app.ts'
import { backendApp, conflict, revokeAll } from '../../support/backend-app.ts'

t.test('what comes too late never brings an ended session back', async (t) => {
  const ends = {
    logout: async ({ browser }: Setup) => { await browser.get('/logout') },
    regenerate: async ({ browser }: Setup) => { await browser.get('/regenerate') },
    revoke: async ({ app, browser }: Setup) => { await sessionsOf(app).revoke((await browser.get('/id')).json().id) },
    subject: async ({ app }: Setup) => { await sessionsOf(app).revokeSubject('7') },
    expiry: async ({ clock }: Setup) => { clock.pass(86_400 * 40) }
  }
  type Setup = Awaited<ReturnType<typeof backendApp>>
  const writes = {
    write: (session: TestSession) => { session.name = 'late' },
    update: (session: TestSession) => { session.update(({ cart }) => { cart.push('late') }) },
    regenerate: (session: TestSession) => session.regenerate(['userId'])
  }
  for (const [end, finish] of Object.entries(ends)) {
    for (const [write, change] of Object.entries(writes)) {
      for (const onConflict of ['error', 'last-writer-wins'] as const) {
        const all = await backendApp({ onConflict })
        await all.browser.get('/remember')
        const copy = all.browser.cookies.get('session')
        const reply = await all.meanwhile(change, () => finish(all))
        t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict, `${write} after ${end}, ${onConflict}`)
        t.same(setCookies(reply), [])
        t.match(await all.read(copy), { reason: 'revoked' })
      }
    }
  }
})

t.test('a refresh of a session that was ended meanwhile is no refresh', async (t) => {
  const { app, browser, clock, meanwhile, read } = await backendApp()
  await browser.get('/remember')
  clock.pass(60)
  const copy = browser.cookies.get('session')
  const reply = await meanwhile(() => {}, () => browser.get('/logout'))
  t.equal(reply.statusCode, 200)
  t.same(setCookies(reply), [])
  t.match(await read(copy), { reason: 'revoked' })
  t.same(await sessionsOf(app).listSubject('7'), [])
})

t.test('reading is never in conflict with writing', async (t) => {
  const { browser, clock, meanwhile } = await backendApp()
  await browser.get('/remember')
  clock.pass(60)
  const reply = await meanwhile((session) => { session.name = 'written' }, () => browser.get('/read'))
  t.equal(reply.statusCode, 200)
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'written' })
})

t.test('of two changes at once, one is made and the other reported', async (t) => {
  const { browser, meanwhile } = await backendApp()
  await browser.get('/login')
  const reply = await meanwhile((session) => { session.name = 'second' }, () => browser.get('/name/first'))
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.same(setCookies(reply), [])
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'first' })
})

t.test('with last-writer-wins the later change overwrites the one before', async (t) => {
  const { browser, meanwhile } = await backendApp({ onConflict: 'last-writer-wins' })
  await browser.get('/login')
  const reply = await meanwhile((session) => { session.name = 'second' }, () => browser.get('/add/apple'))
  t.equal(reply.statusCode, 200)
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'second', cart: [] })
})

t.test('update() makes its change again to what another request wrote', async (t) => {
  const { browser, meanwhile } = await backendApp()
  await browser.get('/login')
  const reply = await meanwhile((session) => {
    session.update(({ cart }) => { cart.push('second') })
    session.update((data) => { data.seenAt = new Date(0) })
  }, async () => {
    await browser.get('/add/first')
    await browser.get('/name/Ada')
  })
  t.equal(reply.statusCode, 200)
  t.match((await browser.get('/read')).json(), { userId: 7, name: 'Ada', cart: ['first', 'second'], seenAt: new Date(0).toJSON() })
})

t.test('update() does not hide a change that was made beside it', async (t) => {
  const { browser, meanwhile } = await backendApp()
  await browser.get('/login')
  const reply = await meanwhile((session) => {
    session.update(({ cart }) => { cart.push('second') })
    session.name = 'beside'
  }, () => browser.get('/add/first'))
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.match((await browser.get('/read')).json(), { cart: ['first'] })
})

t.test('what regenerate() keeps is what another request wrote', async (t) => {
  const { browser, meanwhile } = await backendApp()
  await browser.get('/add/first')
  const reply = await meanwhile(async (session) => {
    await session.regenerate(['cart'])
    session.userId = 7
  }, () => browser.get('/add/second'))
  t.equal(reply.statusCode, 200)
  t.equal(setCookies(reply).length, 1)
  browser.cookies.set('session', String(reply.cookies[0]?.value))
  t.match((await browser.get('/read')).json(), { userId: 7, cart: ['first', 'second'] })
})

t.test('update() gives up on what the schema no longer reads', async (t) => {
  const { browser, keyOf, meanwhile, store } = await backendApp()
  await browser.get('/login')
  const key = await keyOf()
  const { value = '' } = await store.get(key) ?? {}
  const broken = value.replace('"userId":7', '"userId":"text"')
  const reply = await meanwhile((session) => { session.update(({ cart }) => { cart.push('late') }) }, () => store.set(key, broken, 3, 60, 2))
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
  t.equal((await store.get(key))?.value, broken)
})

t.test('without a store, update() is a change like others', async (t) => {
  const app = await makeApp()
  app.get('/add', async (request) => { sessionOf(request).update(({ cart }) => { cart.push('apple') }) })
  const browser = new Browser(app)
  await browser.get('/add')
  t.match((await browser.get('/read')).json(), { cart: ['apple'] })
})

t.test('a writer that always comes second gives up in the end', async (t) => {
  const { browser, keyOf, meanwhile, store } = await backendApp()
  await browser.get('/login')
  const key = await keyOf()
  const { set } = store
  store.set = async (...args) => {
    const { value = '', version = 0 } = await store.get(key) ?? {}
    if (args[0] === key) await set.call(store, key, value, version + 1, 60, version)
    return await set.apply(store, args)
  }
  const reply = await meanwhile((session) => { session.update(({ cart }) => { cart.push('late') }) }, async () => {})
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
})

t.test('a write behind more than eight others is a conflict: its own mark is gone', async (t) => {
  const { browser, meanwhile } = await backendApp()
  await browser.get('/login')
  const reply = await meanwhile((session) => { session.update(({ cart }) => { cart.push('late') }) }, async () => {
    for (let index = 0; index < 9; index++) await browser.get(`/add/${index}`)
  })
  t.match({ ...reply.json(), statusCode: reply.statusCode }, conflict)
})

t.test('revokeAll() ends all sessions, also those that a slow response writes', async (t) => {
  for (const mode of ['store', 'revocation'] as const) {
    const { app, browser, meanwhile } = await backendApp({}, mode)
    for (const change of [(session: TestSession) => session.regenerate(['userId']), (session: TestSession) => { session.name = 'late' }]) {
      await browser.get('/login')
      const reply = await meanwhile(change, () => revokeAll(app))
      for (const each of [browser.cookies.get('session'), reply.cookies[0]?.value]) {
        if (each !== undefined) browser.cookies.set('session', each)
        t.match((await browser.get('/read')).json(), { reason: 'revoked' }, mode)
      }
    }
    await browser.get('/login')
    t.match((await browser.get('/read')).json(), { userId: 7 })
  }
})

for (const mode of ['store', 'revocation'] as const) {
  t.test(`with ${mode}, a handler that goes on after the answer changes nothing`, async (t) => {
    const { app, browser, clock, read, store } = await backendApp({}, mode)
    app.get('/denied', {
      preHandler: async (request, reply) => {
        sessionOf(request).update(({ cart }) => { cart.push('denied') })
        reply.code(403).send('denied')
      }
    }, async (request) => {
      await sessionOf(request).regenerate()
      sessionOf(request).userId = 8
    })
    await browser.get('/login')
    const cookies = Object.fromEntries(browser.cookies)
    for (const reply of await Promise.all([1, 2].map(() => app.inject({ url: '/denied', cookies })))) {
      t.equal(reply.statusCode, 403)
      for (const cookie of reply.cookies) t.match(await read(cookie.value), { userId: 7 })
    }
    clock.pass(61)
    store.set = async () => { throw new Error('down') }
    for (const cookie of (await app.inject({ url: '/denied', cookies })).cookies) t.match(await read(cookie.value), { userId: 7 })
  })
}
