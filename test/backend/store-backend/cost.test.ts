import t from 'tap'
import { Browser, sessionOf } from '../../support/app.ts'
import { backendApp } from '../../support/backend-app.ts'

// Beside the era, which a process asks for once a second, and at the beginning of each session.
const expected = {
  store: {
    read: ['get session'],
    refresh: ['get session', 'set session'],
    write: ['get session', 'set session'],
    regenerate: ['get session', 'set session'],
    logout: ['get session', 'delete session', 'unlink subject']
  },
  revocation: {
    read: ['get session'],
    refresh: ['get session', 'set session'],
    write: ['get session'],
    regenerate: ['get session', 'set session'],
    logout: ['get session', 'delete session', 'unlink subject']
  }
}

for (const mode of ['store', 'revocation'] as const) {
  t.test(`${mode}: a request costs so many calls of the store, and no more`, async (t) => {
    const { app, browser, clock, store } = await backendApp({}, mode)
    app.get('/first', async (request) => { sessionOf(request).name = 'nobody' })
    const calls = async (of: Browser, url: string) => (await store.during(() => of.get(url))).filter((call) => call !== 'get era')
    const visitor = new Browser(app)
    t.same((await calls(visitor, '/first')).filter((call) => call !== 'set era'), ['set session', 'set session'], 'a first visit that writes')
    t.same(await calls(visitor, '/remember'), ['get session', 'link subject', 'set session'], 'a login that replaces a session')
    t.same(await calls(browser, '/remember'), ['set session', 'link subject', 'set session'], 'a login of a new browser')
    const { read, refresh, write, regenerate, logout } = expected[mode]
    t.same(await calls(browser, '/read'), read)
    clock.pass(60)
    t.same(await calls(browser, '/read'), refresh)
    t.same(await calls(browser, '/name/Ada'), write)
    t.same(await calls(browser, '/regenerate'), regenerate)
    t.same(await calls(browser, '/logout'), logout)
  })

  t.test(`${mode}: listing n sessions takes n + 1 calls, ending them n + 2`, async (t) => {
    const { app, sessions, store } = await backendApp({}, mode)
    for (let count = 0; count < 5; count++) await new Browser(app).get('/login')
    const without = (calls: string[]) => calls.filter((call) => call !== 'get era')
    t.same(without(await store.during(() => sessions.listSubject('7'))), ['list subject', ...Array(5).fill('get session')])
    t.same(await store.during(() => sessions.revokeSubject('7')), ['list subject', ...Array(5).fill('delete session'), 'unlink subject'])
    t.same(await store.list('session:subject:7'), [], 'nothing is left')
  })
}
