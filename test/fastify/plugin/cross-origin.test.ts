import { request as httpRequest } from 'node:http'
import Fastify, { type FastifyContextConfig, type FastifyInstance } from 'fastify'
import t from 'tap'
import fastifyTypedSession, { type TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { cookieOf, makeApp, otherSecret, schema, secret, sessionOf, sessionsOf, setCookies } from '../../support/app.ts'
import { serve } from '../../support/client.ts'

const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' }
const refusal = { statusCode: 403, code: 'FST_TYPED_SESSION_CROSS_ORIGIN' }

async function makeBank (options: Partial<TypedSessionOptions> = {}, trustProxy = false) {
  const app = await makeApp({ crossOriginProtection: true, fastify: { trustProxy }, ...options })
  const transfers: string[] = []
  app.post('/transfer', async (request) => { transfers.push(request.headers.origin ?? 'none') })
  app.post('/hook', { config: { session: { crossOriginProtection: false } } as FastifyContextConfig }, async (request) => sessionOf(request).userId)
  app.post('/sessionless', { config: { session: false } }, async () => 'ok')
  return { app, transfers }
}

t.test('what a page of another origin posts is refused before the handler', async (t) => {
  const { app, transfers } = await makeBank()
  const reply = await app.inject({ method: 'POST', url: '/transfer', headers: foreign })
  t.match(reply.json(), { ...refusal, message: 'A page of another origin made this request, as its Sec-Fetch-Site header says' })
  t.match((await app.inject({ method: 'POST', url: '/transfer', headers: { origin: 'https://attacker.example' } })).json(), {
    ...refusal, message: /Origin/
  })
  t.match((await app.inject({ method: 'POST', url: '/nowhere', headers: foreign })).json(), refusal)
  t.same(transfers, [])
})

t.test('what the app\'s own pages and other programs post is not', async (t) => {
  const { app, transfers } = await makeBank()
  for (const headers of [{}, { origin: 'http://localhost:80' }, { 'sec-fetch-site': 'same-origin', origin: 'https://elsewhere.example' }]) {
    t.equal((await app.inject({ method: 'POST', url: '/transfer', headers })).statusCode, 200)
  }
  t.equal(transfers.length, 3)
  t.equal((await app.inject({ url: '/read', headers: foreign })).statusCode, 200, 'a link leads here from anywhere')
})

t.test('without the option nothing is refused', async (t) => {
  for (const crossOriginProtection of [undefined, false]) {
    const { app } = await makeBank({ crossOriginProtection })
    t.equal((await app.inject({ method: 'POST', url: '/transfer', headers: foreign })).statusCode, 200)
  }
})

t.test('trusted origins and exempt routes are allowed', async (t) => {
  const { app } = await makeBank({ crossOriginProtection: { trustedOrigins: ['https://partner.example'] } })
  const post = async (url: string, headers: Record<string, string>) => (await app.inject({ method: 'POST', url, headers })).statusCode
  t.equal(await post('/transfer', { ...foreign, origin: 'https://partner.example' }), 200)
  t.equal(await post('/transfer', foreign), 403)
  t.equal(await post('/hook', foreign), 200)
  t.equal(await post('/sessionless', foreign), 200, 'it has no session to misuse')
})

t.test('behind a proxy, the host is what trustProxy makes of it', async (t) => {
  const headers = { host: 'backend:8080', 'x-forwarded-host': 'example.com', origin: 'https://example.com' }
  for (const [trustProxy, status] of [[true, 200], [false, 403]] as const) {
    const { app } = await makeBank({}, trustProxy)
    t.equal((await app.inject({ method: 'POST', url: '/transfer', headers })).statusCode, status, `trustProxy: ${trustProxy}`)
    t.equal((await app.inject({ method: 'POST', url: '/transfer', headers: { ...headers, 'sec-fetch-site': 'same-origin' } })).statusCode, 200)
  }
})

t.test('the refusal does not refresh the session', async (t) => {
  for (const options of [{}, { store: new MemoryStore(), refreshAfter: 0 }]) {
    const { app } = await makeBank(options)
    const cookies = { session: cookieOf(await app.inject('/remember')) }
    t.equal(setCookies(await app.inject({ method: 'POST', url: '/transfer', cookies })).length, 1)
    t.same(setCookies(await app.inject({ method: 'POST', url: '/transfer', cookies, headers: foreign })), [])
    sessionsOf(app).rotate([otherSecret, secret])
    t.same(setCookies(await app.inject({ method: 'POST', url: '/transfer', cookies, headers: foreign })), [], 'nor under a new secret')
    t.equal(setCookies(await app.inject({ method: 'POST', url: '/transfer', cookies })).length, 1)
  }
})

t.test('nor does it if a logger has looked at the session before', async (t) => {
  const app = await makeApp({
    crossOriginProtection: true,
    before: (app) => app.addHook('onRequest', async (request) => { sessionOf(request) })
  })
  app.post('/transfer', async () => 'ok')
  const cookies = { session: cookieOf(await app.inject('/remember')) }
  t.same(setCookies(await app.inject({ method: 'POST', url: '/transfer', cookies, headers: foreign })), [])
})

t.test('the store is not asked for a request that is refused', async (t) => {
  class CountingStore extends MemoryStore {
    reads = 0
    override get (key: string) {
      this.reads++
      return super.get(key)
    }
  }
  const store = new CountingStore()
  const { app } = await makeBank({ store })
  const cookies = { session: cookieOf(await app.inject('/login')) }
  const before = store.reads
  await app.inject({ method: 'POST', url: '/transfer', cookies, headers: foreign })
  t.equal(store.reads, before)
})

t.test('an error handler may use the session of a refused request', async (t) => {
  const { app } = await makeBank()
  app.setErrorHandler(async (_error, request) => ({ userId: sessionOf(request).userId }))
  const cookies = { session: cookieOf(await app.inject('/login')) }
  const reply = await app.inject({ method: 'POST', url: '/transfer', cookies, headers: foreign })
  t.same([reply.json(), reply.headers.vary], [{ userId: 7 }, 'Cookie'])
})

t.test('a session of the same name in a child context decides there', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret, crossOriginProtection: true })
  await app.register(async (child) => {
    await child.register(fastifyTypedSession, { schema, secret, cookieName: 'inner' })
    child.post('/inner', async () => 'ok')
  })
  app.post('/outer', async () => 'ok')
  t.equal((await app.inject({ method: 'POST', url: '/inner', headers: foreign })).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: '/outer', headers: foreign })).statusCode, 403)
})

t.test('a websocket of a page of another origin is refused', async (t) => {
  const { app } = await makeBank()
  app.get('/socket', async () => 'no handshake')
  const { origin } = await serve(t, app)
  t.equal(await shakeHands(`${origin}/socket`, { origin: 'https://attacker.example' }), 403)
  t.equal(await shakeHands(`${origin}/socket`, { origin }), 200)
})

function shakeHands (url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers: { ...headers, connection: 'upgrade', upgrade: 'websocket' } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    request.on('error', reject).end()
  })
}

t.test('an option that is wrong is an error at registration', async (t) => {
  const register = (crossOriginProtection: unknown): Promise<FastifyInstance> =>
    makeApp({ crossOriginProtection } as Partial<TypedSessionOptions>)
  for (const wrong of ['https://example.com', ['https://example.com'], null, { origins: [] }]) {
    await t.rejects(register(wrong), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`crossOriginProtection` must be true, false/ })
  }
  for (const trustedOrigins of ['https://example.com', ['https://example.com/'], ['https://*.example.com'], ['null'], [undefined]]) {
    await t.rejects(register({ trustedOrigins }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /trustedOrigins` must be a list of origins/ })
  }
  for (const name of ['csrf', 'checkOrigin', 'trustedOrigins']) {
    await t.rejects(makeApp({ [name]: true }), { message: /use `crossOriginProtection/ })
  }
})
