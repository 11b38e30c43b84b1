import t from 'tap'
import type { TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, makeApp, sessionsOf } from '../../support/app.ts'

const subject = ({ userId, name }: { userId?: number, name?: string }) =>
  userId === undefined ? [] : [`user:${userId}`, `openid:https://login.example.com#sid=${name}`]

async function start (kind: string) {
  const store = new MemoryStore()
  const app = await makeApp(kind === 'store' ? { store, subject } : { revocation: { store, subject } })
  const logIn = async (userId: number, name: string) => {
    const browser = new Browser(app)
    await browser.visit((session) => Object.assign(session, { userId, name }))
    return browser
  }
  const users = async (...browsers: Browser[]) =>
    await Promise.all(browsers.map(async (browser) => (await browser.get('/read')).json<{ userId?: number }>().userId))
  return { sessions: sessionsOf(app), logIn, users }
}

for (const kind of ['store', 'revocation']) {
  t.test(`each of several subjects finds and ends its sessions: ${kind}`, async (t) => {
    const { sessions, logIn, users } = await start(kind)
    const browsers = [await logIn(7, 'a'), await logIn(7, 'b'), await logIn(8, 'c')]
    t.equal((await sessions.listSubject('user:7')).length, 2)
    t.equal((await sessions.listSubject('openid:https://login.example.com#sid=a')).length, 1)

    await sessions.revokeSubject('openid:https://login.example.com#sid=a')
    t.same(await users(...browsers), [undefined, 7, 8])
    t.equal((await sessions.listSubject('user:7')).length, 1)
    await sessions.revokeSubject('user:7')
    t.same(await users(...browsers), [undefined, undefined, 8])
    t.same(await sessions.listSubject('openid:https://login.example.com#sid=b'), [])
  })
}

t.test('an empty list is nobody\'s, and the same twice is one', async (t) => {
  const store = new MemoryStore()
  const app = await makeApp({ store, subject: ({ userId }: { userId?: number }) => userId === undefined ? [] : ['same', 'same'] })
  const browser = new Browser(app)
  t.equal((await browser.get('/push')).statusCode, 200)
  await browser.get('/login')
  t.equal((await sessionsOf(app).listSubject('same')).length, 1)
  await sessionsOf(app).revokeSubject('same')
  t.match((await browser.get('/read')).json(), { reason: 'revoked' })
})

t.test('a subject that is not one is an error of the write', async (t) => {
  for (const wrong of [[''], ['a', 5], [['a']], 'x'.repeat(257), Array.from({ length: 9 }, (_, index) => `s${index}`)]) {
    const options: Partial<TypedSessionOptions> = { store: new MemoryStore(), subject: () => wrong as string[] }
    const app = await makeApp(options)
    t.match((await app.inject('/login')).json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_SUBJECT' }, JSON.stringify(wrong).slice(0, 40))
  }
})
