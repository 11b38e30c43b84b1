import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import type { TypedSessionOptions } from '../../../lib/index.ts'
import { cookieOf, makeApp, sessionOf } from '../../support/app.ts'

async function makePages (options: Partial<TypedSessionOptions> = {}) {
  const app = await makeApp({ noStore: true, ...options })
  app.get('/own', async (request, reply) => reply.header('cache-control', 'no-cache').send(sessionOf(request)))
  app.get('/response', async (request) => new Response(String(sessionOf(request).userId)))
  app.get('/own-response', async (request) => new Response(String(sessionOf(request).userId), { headers: { 'cache-control': 'no-cache' } }))
  return app
}

t.test('a response that a session with data was read or written for is not stored', async (t) => {
  for (const options of [{}, { store: new MemoryStore() }]) {
    const app = await makePages(options)
    const cookies = { session: cookieOf(await app.inject('/remember')) }
    for (const url of ['/read', '/login', '/push', '/response', '/logout']) {
      t.equal((await app.inject({ url, cookies })).headers['cache-control'], 'no-store', url)
    }
    t.equal((await app.inject('/login')).headers['cache-control'], 'no-store', 'a login too')
  }
})

t.test('others are cached as before', async (t) => {
  const app = await makePages()
  const cookies = { session: cookieOf(await app.inject('/remember')) }
  t.equal((await app.inject('/read')).headers['cache-control'], undefined, 'nobody is logged in')
  t.equal((await app.inject({ url: '/read', cookies: { session: 'junk' } })).headers['cache-control'], undefined)
  t.equal((await app.inject({ url: '/untouched', cookies })).headers['cache-control'], 'private', 'only refreshed')
})

t.test('the app\'s own Cache-Control stays', async (t) => {
  const app = await makePages()
  const cookies = { session: cookieOf(await app.inject('/login')) }
  for (const url of ['/own', '/own-response']) t.equal((await app.inject({ url, cookies })).headers['cache-control'], 'no-cache', url)
})

t.test('without the option no response is kept from being stored', async (t) => {
  const app = await makePages({ noStore: false })
  const login = await app.inject('/login')
  t.equal(login.headers['cache-control'], 'private')
  t.equal((await app.inject({ url: '/read', cookies: { session: cookieOf(login) } })).headers['cache-control'], undefined)
  await t.rejects(makeApp({ noStore: 'yes' } as unknown as Partial<TypedSessionOptions>), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
})

t.test('a session that is read after it was saved counts too, if it has data', async (t) => {
  const app = await makePages()
  app.addHook('onSend', async (request) => { sessionOf(request) })
  const cookies = { session: cookieOf(await app.inject('/login')) }
  t.equal((await app.inject({ url: '/untouched', cookies })).headers['cache-control'], 'no-store')
  t.equal((await app.inject('/untouched')).headers['cache-control'], undefined)
})

t.test('an error page that shows the user is not stored either', async (t) => {
  const app = await makePages()
  app.setErrorHandler(async (_error, request) => `Sorry, ${sessionOf(request).userId}`)
  app.get('/fails', async () => { throw new Error('no such thing') })
  const cookies = { session: cookieOf(await app.inject('/login')) }
  t.equal((await app.inject({ url: '/fails', cookies })).headers['cache-control'], 'no-store')
})
