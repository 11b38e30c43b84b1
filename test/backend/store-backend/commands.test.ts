import t from 'tap'
import type { TypedSessionOptions } from '../../../lib/index.ts'
import { Browser, Clock, makeApp, sessionOf, sessionsOf, setCookies } from '../../support/app.ts'
import { modes } from '../../support/backend-app.ts'
import { FaultyStore } from '../../support/faulty-store.ts'

async function setup (mode: keyof typeof modes, options: Partial<TypedSessionOptions> = {}) {
  const clock = new Clock()
  const store = new FaultyStore({ now: clock.now })
  const app = await makeApp({ ...modes[mode](store), now: clock.now, ...options })
  app.get('/regenerate', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).userId = 7
  })
  return { app, browser: new Browser(app), clock, store, devices: async () => (await sessionsOf(app).listSubject('7')).length }
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
      for (const fault of ['fail', 'lost', 'twice'] as const) {
        const { browser, store } = await setup(mode)
        let sets = 0
        store.faultOf = (call, key) => call === 'set' && key === 'session' && ++sets === 2 ? fault : undefined
        t.equal((await browser.get(url)).statusCode, 200, fault)
        t.match((await browser.get('/read')).json(), url === '/push' ? { cart: ['apple'] } : { userId: 7 }, fault)
      }
    })
  }
}
