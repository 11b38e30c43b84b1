import t from 'tap'
import { Browser, type TestSession } from '../../support/app.ts'
import { backendApp } from '../../support/backend-app.ts'

for (const mode of ['store', 'revocation'] as const) {
  t.test(`${mode}: no older cookie lifts a limit of its session`, async (t) => {
    for (const name of ['absoluteLifetime', 'lifetime'] as const) {
      const { app, browser, clock, read, sessions } = await backendApp({ refresh: 'all', refreshAfter: 0 }, mode)
      await browser.get('/remember')
      const copy = new Browser(app)
      copy.cookies.set('session', String(browser.cookies.get('session')))
      const older = copy.cookies.get('session')
      await browser.visit((session) => { session[name] = 3600 })
      t.match((await copy.visit((session) => ({ limit: session[name] }))).json(), { limit: 3600 })
      await copy.visit((session) => { session.name = 'older' })
      await copy.visit((session) => { session.permanent = false })
      const lifted = copy.cookies.get('session')
      clock.pass(3601)
      for (const each of [browser.cookies.get('session'), older, lifted]) t.match(await read(each), { reason: 'expired' }, name)
      clock.pass(3600)
      t.same(await sessions.listSubject('7'), [])
    }
  })

  t.test(`${mode}: a request changes a limit, whatever cookie it came with`, async (t) => {
    const { app, browser, clock } = await backendApp({}, mode)
    await browser.get('/remember')
    const copy = new Browser(app)
    copy.cookies.set('session', String(browser.cookies.get('session')))
    await browser.visit((session) => { session.absoluteLifetime = 3600 })
    await copy.visit((session) => { session.absoluteLifetime = undefined })
    clock.pass(3601)
    t.match((await copy.get('/read')).json(), { userId: 7 })
  })

  t.test(`${mode}: a limit that is set while another request is under way stays`, async (t) => {
    const changes: Record<string, (session: TestSession) => unknown> = {
      update: (session) => { session.update(({ cart }) => { cart.push('late') }) },
      'another limit': (session) => {
        session.update(() => {})
        session.lifetime = 7200
      },
      regenerate: (session) => session.regenerate(['userId'])
    }
    for (const [what, change] of Object.entries(changes)) {
      const { browser, clock, meanwhile, read } = await backendApp({}, mode)
      await browser.get('/remember')
      const reply = await meanwhile(change, () => browser.visit((session) => {
        session.absoluteLifetime = 3600
        session.permanent = true
      }))
      t.equal(reply.statusCode, 200, what)
      const late = reply.cookies[0]?.value ?? browser.cookies.get('session')
      t.match(await read(late), { userId: 7 }, what)
      clock.pass(3601)
      t.match(await read(late), { reason: 'expired' }, what)
    }
  })
}
