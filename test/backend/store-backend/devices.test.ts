import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, makeApp, sessionOf, sessionsOf } from '../../support/app.ts'
import { backendApp, subject } from '../../support/backend-app.ts'

t.test('listSubject() gives a user\'s sessions, last seen first, with descriptions', async (t) => {
  const { app, clock } = await backendApp({ refreshAfter: 10 })
  const [phone, laptop, gone] = [new Browser(app), new Browser(app), new Browser(app)]
  const at = (seconds: number) => new Date(Date.UTC(2026, 8, 24, 12, 0, seconds))
  for (const browser of [phone, laptop, gone]) {
    await browser.get('/remember')
    clock.pass(10)
  }
  await phone.get('/name/phone')
  await gone.get('/logout')
  const id = async (browser: Browser) => (await browser.get('/id')).json().id
  t.same(await sessionsOf(app).listSubject('7'), [
    { id: await id(phone), createdAt: at(0), lastSeenAt: at(30), data: { name: 'phone' } },
    { id: await id(laptop), createdAt: at(10), lastSeenAt: at(10), data: { name: undefined } }
  ])
  clock.pass(10)
  await laptop.get('/read')
  t.same((await sessionsOf(app).listSubject('7')).map(({ lastSeenAt }) => lastSeenAt), [at(40), at(30)])
  t.same(await sessionsOf(app).listSubject('8'), [])
})

t.test('one of the devices can be logged out, or all but this one', async (t) => {
  const { app } = await backendApp()
  const browsers = [new Browser(app), new Browser(app), new Browser(app)]
  for (const browser of browsers) await browser.get('/login')
  const [first, second, third] = await Promise.all(browsers.map(async (browser) => (await browser.get('/id')).json().id))
  await sessionsOf(app).revoke(first)
  t.same((await sessionsOf(app).listSubject('7')).map(({ id }) => id).sort(), [second, third].sort())
  await sessionsOf(app).revokeSubject('7', { except: third })
  t.same((await sessionsOf(app).listSubject('7')).map(({ id }) => id), [third])
  t.match((await browsers[2]?.get('/read'))?.json(), { userId: 7 })
})

t.test('a session that becomes another\'s is listed as theirs', async (t) => {
  const { app, browser } = await backendApp()
  app.get('/other', async (request) => { sessionOf(request).userId = 8 })
  app.get('/nobody', async (request) => {
    sessionOf(request).set('userId', undefined)
    sessionOf(request).name = 'nobody'
  })
  await browser.get('/login')
  await browser.get('/other')
  t.same((await sessionsOf(app).listSubject('7')).length, 0)
  t.same((await sessionsOf(app).listSubject('8')).length, 1)
  await browser.get('/nobody')
  t.same((await sessionsOf(app).listSubject('8')).length, 0)
})

t.test('a session that is listed under a subject that is not its own is not shown', async (t) => {
  const { app, browser, store } = await backendApp()
  await browser.get('/login')
  await store.link('session:subject:8', (await browser.get('/id')).json().id, 60)
  t.same(await sessionsOf(app).listSubject('8'), [])
})

t.test('no `subject`, no sessions to list or end; no `describe`, no description', async (t) => {
  for (const options of [{ store: new MemoryStore() }, { revocation: { store: new MemoryStore() } }]) {
    const anonymous = await makeApp(options)
    await new Browser(anonymous).get('/login')
    const expected = { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /need the option `subject`/ }
    await t.rejects(sessionsOf(anonymous).listSubject('7'), expected)
    await t.rejects(sessionsOf(anonymous).revokeSubject('7'), expected)
  }
  const shy = await makeApp({ store: new MemoryStore(), subject })
  await new Browser(shy).get('/login')
  t.match(await sessionsOf(shy).listSubject('7'), [{ data: undefined }])
})
