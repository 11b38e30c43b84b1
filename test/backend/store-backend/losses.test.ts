import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, makeApp, sessionsOf } from '../../support/app.ts'
import { backendApp, modes } from '../../support/backend-app.ts'

for (const mode of ['store', 'revocation'] as const) {
  t.test(`${mode}: a store that lost all lets no one in, and everyone can log in again at once`, async (t) => {
    const { app, browser, clock, read } = await backendApp({}, mode)
    await browser.get('/remember')
    const ended = browser.cookies.get('session')
    await browser.get('/logout')
    await browser.get('/remember')
    const restarted = await makeApp({ ...modes[mode](new MemoryStore({ now: clock.now })), now: clock.now })
    const after = new Browser(restarted)
    for (const copy of [ended, browser.cookies.get('session')]) {
      after.cookies.set('session', String(copy))
      t.match((await after.get('/read')).json(), { reason: 'revoked', userId: undefined })
    }
    t.equal((await after.get('/remember')).statusCode, 200)
    t.match((await after.get('/read')).json(), { userId: 7 })
    t.match(await read(browser.cookies.get('session')), { userId: 7 }, 'the other store has lost nothing')
    t.equal((await sessionsOf(app).listSubject('7')).length, 1)
  })

  t.test(`${mode}: a record that is evicted is a logout, and so is the era`, async (t) => {
    for (const lost of ['record', 'era']) {
      const { browser, clock, keyOf, store } = await backendApp({}, mode)
      await browser.get('/remember')
      await store.delete(lost === 'era' ? 'session:era' : await keyOf())
      const elsewhere = await makeApp({ ...modes[mode](store), now: clock.now })
      const other = new Browser(elsewhere)
      other.cookies.set('session', String(browser.cookies.get('session')))
      t.match((await other.get('/read')).json(), { reason: 'revoked' }, lost)
      t.equal((await other.get('/remember')).statusCode, 200)
      t.equal((await sessionsOf(elsewhere).listSubject('7')).length, 1)
    }
  })

  t.test(`${mode}: a lower lifetime or a new absolute one holds for sessions that are there`, async (t) => {
    const { browser, clock, store } = await backendApp({ lifetime: 86_400 }, mode)
    await browser.get('/remember')
    for (const lifetimes of [{ lifetime: 3600 }, { lifetime: 86_400, absoluteLifetime: 3600 }]) {
      const deployed = await makeApp({ ...modes[mode](store), now: clock.now, ...lifetimes })
      const later = new Browser(deployed)
      later.cookies.set('session', String(browser.cookies.get('session')))
      clock.pass(3601)
      t.match((await later.get('/read')).json(), { reason: 'expired' })
      clock.pass(60)
      t.same(await sessionsOf(deployed).listSubject('7'), [])
    }
  })

  t.test(`${mode}: a higher lifetime undoes no logout`, async (t) => {
    const { browser, clock, store } = await backendApp({ lifetime: 3600 }, mode)
    await browser.get('/remember')
    const copy = String(browser.cookies.get('session'))
    await browser.get('/logout')
    clock.pass(3700)
    const later = new Browser(await makeApp({ ...modes[mode](store), now: clock.now, lifetime: 86_400 }))
    later.cookies.set('session', copy)
    t.match((await later.get('/read')).json(), { reason: 'revoked' })
  })
}
