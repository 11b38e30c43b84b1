import Fastify, { type FastifyContextConfig } from 'fastify'
import t from 'tap'
import fastifyTypedSession, { createSessionManager } from '../../../lib/index.ts'
import { sessionAfter, sessionCookies } from '../../../lib/testing/session-cookies.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Clock, cookieOf, makeApp, schema, secret, sessionOf, setCookies } from '../../support/app.ts'

const clock = new Clock()
const codec = createSessionManager({ schema, secret, now: clock.now })
const remembered = await sessionCookies(codec, { userId: 7 }, { permanent: true })

async function makeRoutes () {
  const app = await makeApp({ now: clock.now })
  app.get('/off', { config: { session: false } }, async () => 'asset')
  app.get('/off/ask', { config: { session: false } }, async (request) => sessionOf(request))
  app.get('/poll', { config: { session: { refresh: false } } }, async (request) => ({ expiresAt: sessionOf(request).expiresAt }))
  app.get('/poll/write', { config: { session: { refresh: false } } }, async (request) => { sessionOf(request).cart.push('apple') })
  const readOnly = { config: { session: { readOnly: true } } }
  app.get('/look', readOnly, async (request) => ({ ...sessionOf(request) }))
  app.get('/look/set', readOnly, async (request) => { sessionOf(request).set('userId', 8) })
  app.get('/look/assign', readOnly, async (request) => { sessionOf(request).userId = 8 })
  app.get('/look/delete', readOnly, async (request) => { delete sessionOf(request).userId })
  return app
}

t.test('a route whose config turns the session off neither refreshes it nor varies on it', async (t) => {
  const app = await makeRoutes()
  const { headers, body } = await app.inject({ url: '/off', cookies: remembered })
  t.equal(body, 'asset')
  t.same([headers['set-cookie'], headers.vary], [undefined, undefined])
  t.equal(setCookies(await app.inject({ url: '/untouched', cookies: remembered })).length, 1, 'others do')
})

t.test('asking for a session that is off is a coded error', async (t) => {
  const app = await makeRoutes()
  t.match((await app.inject({ url: '/off/ask', cookies: remembered })).json(), { statusCode: 500, code: 'FST_TYPED_SESSION_DISABLED' })
})

t.test('polling does not keep a login alive', async (t) => {
  const app = await makeRoutes()
  const response = await app.inject({ url: '/poll', cookies: remembered })
  t.equal(await sessionAfter(codec, response), undefined)
  t.equal(response.headers.vary, 'Cookie')
  const opened = codec.open(remembered.session)
  t.same(response.json(), { expiresAt: opened.ok && opened.expiresAt.toISOString() })
  t.match(await sessionAfter(codec, await app.inject({ url: '/poll/write', cookies: remembered })), { data: { cart: ['apple'] } }, 'a change is saved')
})

t.test('a read-only route reads and refreshes', async (t) => {
  const app = await makeRoutes()
  const response = await app.inject({ url: '/look', cookies: remembered })
  t.match(response.json(), { userId: 7 })
  t.match(await sessionAfter(codec, response), { ok: true, data: { userId: 7 } })
})

t.test('changing the session in a read-only route is a coded error, and changes nothing', async (t) => {
  const app = await makeRoutes()
  for (const url of ['/look/set', '/look/assign', '/look/delete']) {
    const response = await app.inject({ url, cookies: remembered })
    t.match(response.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_READ_ONLY' }, url)
    const after = await sessionAfter(codec, response) ?? codec.open(remembered.session)
    t.match(after, { data: { userId: 7 } }, url)
  }
})

t.test('a read-only route migrates for itself only', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret, migrate: () => ({ userId: 9 }) })
  app.get('/', { config: { session: { readOnly: true } } }, async (request) => ({ ...sessionOf(request) }))
  const old = createSessionManager({ schema: schema.extend({ userId: schema.shape.name }), secret }).seal({ userId: 'nine' })
  const response = await app.inject({ url: '/', cookies: { session: old } })
  t.match(response.json(), { userId: 9 })
  t.same(setCookies(response), [])
})

t.test('a setting that says nothing fails with its route', async (t) => {
  const app = await makeApp()
  for (const session of [true, null, 'off', { readonly: true }, { refresh: 'no' }]) {
    t.throws(() => app.get(`/${String(session)}`, { config: { session } as unknown as FastifyContextConfig }, async () => ''), {
      code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /`config\.session` of \//
    })
  }
})

t.test('an unknown route setting fails at the first request to a route that came first', async (t) => {
  for (const session of [true, null, 'off', { readonly: true }, { refresh: 'no' }]) {
    const app = Fastify()
    const errors: unknown[] = []
    app.addHook('onError', async (_request, _reply, error) => { errors.push(error) })
    app.get('/early', { config: { session } as unknown as FastifyContextConfig }, async (request) => { sessionOf(request).userId = 8 })
    app.register(async (child) => {
      child.get('/child', { config: { session } as unknown as FastifyContextConfig }, async (request) => { sessionOf(request).userId = 8 })
    })
    app.get('/good', { config: { session: { readOnly: true } } }, async (request) => sessionOf(request))
    app.register(fastifyTypedSession, { schema, secret })
    for (const url of ['/early', '/early', '/child']) {
      const response = await app.inject(url)
      t.match(response.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_OPTION', message: new RegExp(`config\\.session\` of ${url} `) })
      t.same(setCookies(response), [])
    }
    t.equal((await app.inject('/good')).statusCode, 200)
    t.equal(errors.length, 3, 'the app hears of it')
  }
})

t.test('a route is set for each session by its name', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(fastifyTypedSession, { schema, secret, name: 'admin' })
  const config: object = { admin: false }
  app.get('/', { config }, async (request) => ({ session: sessionOf(request), admin: request.getDecorator('admin') }))
  t.match((await app.inject('/')).json(), { code: 'FST_TYPED_SESSION_DISABLED', message: /config\.admin/ })
})

t.test('a session of the same name in a child context replaces the outer one there', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret, now: clock.now })
  app.get('/', async () => 'outer')
  await app.register(async (child) => {
    await child.register(fastifyTypedSession, { schema, secret, cookieName: 'inner', now: clock.now })
    child.get('/inner', async (request) => {
      sessionOf(request).userId = 8
      return { session: Object.keys(child.sessions) }
    })
  })
  const response = await app.inject({ url: '/inner', cookies: remembered })
  t.match(setCookies(response), [/^inner=/])
  t.equal(setCookies(response).length, 1, 'the outer session is not refreshed')
  t.match(setCookies(await app.inject({ url: '/', cookies: remembered })), [/^session=/])
  t.equal((await app.inject({ url: '/nowhere', cookies: remembered })).statusCode, 404)
})

class WatchedStore extends MemoryStore {
  readonly calls: string[] = []

  override async get (key: string) {
    this.calls.push(key)
    return super.get(key)
  }
}

t.test('an outer session whose place is taken asks no store', async (t) => {
  const store = new WatchedStore({ now: clock.now })
  const app = await makeApp({ now: clock.now, store })
  await app.register(async (child) => {
    await child.register(fastifyTypedSession, { schema, secret, cookieName: 'inner', now: clock.now })
    child.get('/inner', async (request) => { sessionOf(request).userId = 8 })
  })
  const session = cookieOf(await app.inject('/remember'))
  store.calls.length = 0
  t.match(setCookies(await app.inject({ url: '/inner', cookies: { session } })), [/^inner=/])
  t.same(store.calls, [])
  await app.inject({ url: '/untouched', cookies: { session } })
  t.ok(store.calls.length > 0, 'elsewhere it does')
})

t.test('a route whose config turns the session off asks no store', async (t) => {
  const store = new WatchedStore({ now: clock.now })
  const app = await makeApp({ now: clock.now, store })
  app.get('/off', { config: { session: false } }, async () => 'asset')
  const session = cookieOf(await app.inject('/remember'))
  store.calls.length = 0
  const { headers, body } = await app.inject({ url: '/off', cookies: { session } })
  t.same([body, headers['set-cookie'], headers.vary, store.calls], ['asset', undefined, undefined, []])
  await app.inject({ url: '/untouched', cookies: { session } })
  t.ok(store.calls.length > 0, 'others do')
})

t.test('hooks of the app may change a route\'s setting until its first request', async (t) => {
  const app = await makeApp()
  app.addHook('onRoute', ({ config }) => { Object.assign(config?.session ?? {}, { readOnly: true }) })
  app.get('/late', { config: { session: { refresh: false } } }, async (request) => { sessionOf(request).userId = 7 })
  t.match((await app.inject('/late')).json(), { code: 'FST_TYPED_SESSION_READ_ONLY' })
})
