import Fastify from 'fastify'
import t from 'tap'
import fastifyTypedSession, { createSessionManager, type SessionManager } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, cookieOf, Gate, makeApp, otherSecret, schema, secret, sessionOf, sessionsOf } from '../../support/app.ts'

const leaked = 'Zb5yLk9TqWe3RmHx7VgNc1JdUf8SoPi2'
const forge = (secret: string) => createSessionManager({ schema, secret }).seal({ userId: 1 }, { permanent: true })

t.test('a new secret signs from the next response on, and the old one still verifies', async (t) => {
  for (const options of [{}, { encrypt: true }, { store: new MemoryStore() }]) {
    const app = await makeApp(options)
    const browser = new Browser(app)
    await browser.get('/remember')
    const before = browser.cookies.get('session')
    sessionsOf(app).rotate([otherSecret, secret])
    t.match((await browser.get('/read')).json(), { userId: 7 })
    t.not(browser.cookies.get('session'), before, 'it is signed again')

    sessionsOf(app).rotate(otherSecret)
    t.match((await browser.get('/read')).json(), { userId: 7 }, 'by the new one')
    t.match((await app.inject({ url: '/read', cookies: { session: before ?? '' } })).json(), { reason: 'signature' })
  }
})

t.test('what a dropped secret verified before is remembered no more', async (t) => {
  const app = await makeApp({ secret: [secret, leaked] })
  const cookies = { session: forge(leaked) }
  for (let times = 0; times < 3; times++) t.match((await app.inject({ url: '/read', cookies })).json(), { userId: 1 })
  sessionsOf(app).rotate(secret)
  t.match((await app.inject({ url: '/read', cookies })).json(), { reason: 'signature' })
  t.match(sessionsOf(app).open(cookies.session), { reason: 'signature' })
})

t.test('a request that is running cannot carry a session over to the new secrets', async (t) => {
  for (const change of [false, true]) {
    const app = await makeApp({ secret: [secret, leaked] })
    const gate = new Gate()
    app.get('/slow', async (request) => {
      if (change) sessionOf(request).userId = 2
      await gate.wait()
      return sessionOf(request).userId
    })
    const reply = app.inject({ url: '/slow', cookies: { session: forge(leaked) } })
    await gate.reached
    sessionsOf(app).rotate(otherSecret)
    gate.open()
    const session = cookieOf(await reply)
    t.match((await app.inject({ url: '/read', cookies: { session } })).json(), { reason: 'signature' })
  }
})

t.test('a bad list is an error, and the old secrets stay', async (t) => {
  const app = await makeApp()
  const cookies = { session: cookieOf(await app.inject('/login')) }
  for (const bad of [undefined, [], 'short', [otherSecret, ''], 'x'.repeat(40), [otherSecret, null]]) {
    t.throws(() => sessionsOf(app).rotate(bad as string), { code: 'FST_TYPED_SESSION_INVALID_SECRET' })
    t.match((await app.inject({ url: '/read', cookies })).json(), { userId: 7 })
    t.throws(() => createSessionManager({ schema, secret }).rotate(bad as string), { code: 'FST_TYPED_SESSION_INVALID_SECRET' })
  }
})

t.test('the same list again changes nothing, and the counts of secrets that stay go on', async (t) => {
  const app = await makeApp({ secret: [secret, leaked] })
  await app.inject({ url: '/read', cookies: { session: forge(leaked) } })
  await app.inject({ url: '/read', cookies: { session: forge(secret) } })
  const [cookies, manager] = [{ session: forge(leaked) }, sessionsOf(app)]
  manager.rotate([Buffer.from(secret), leaked])
  await app.inject({ url: '/read', cookies })
  t.same(manager.acceptedBySecret, [1, 2])
  manager.rotate([otherSecret, leaked])
  t.same(manager.acceptedBySecret, [0, 2])
  await app.inject({ url: '/read', cookies })
  t.same(manager.acceptedBySecret, [0, 3])
})

t.test('each session has its own secrets', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(fastifyTypedSession, { schema, secret, name: 'admin' })
  const { session, admin } = app.getDecorator<Record<'session' | 'admin', SessionManager<typeof schema>>>('sessions')
  const token = session.seal({ userId: 7 })
  const adminToken = admin.seal({ userId: 8 })
  admin.rotate(otherSecret)
  t.match([session.open(token), admin.open(adminToken)], [{ data: { userId: 7 } }, { reason: 'signature' }])
})

t.test('a manager without an app rotates too, also in Flask\'s format', async (t) => {
  for (const options of [{}, { format: 'flask' }] as const) {
    const manager = createSessionManager({ schema, secret, ...options })
    const token = manager.seal({ userId: 7 })
    manager.rotate([otherSecret, secret])
    t.match(manager.open(token), { data: { userId: 7 } })
    const newer = manager.seal({ userId: 8 })
    manager.rotate(otherSecret)
    t.match([manager.open(token), manager.open(newer)], [{ reason: 'signature' }, { data: { userId: 8 } }])
  }
})
