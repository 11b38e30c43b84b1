import Fastify, { type FastifyRequest } from 'fastify'
import t from 'tap'
import fastifyTypedSession, { createSessionManager, type SessionManager } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { cookieOf, makeApp, schema, secret, sessionOf } from '../../support/app.ts'

const manager = ({ server }: Pick<FastifyRequest, 'server'>) => server.getDecorator<{ session: SessionManager<typeof schema> }>('sessions').session

t.test('a log serializer may look at the session of every request, and nothing fails', async (t) => {
  for (const options of [{}, { store: new MemoryStore() }, { revocation: { store: new MemoryStore() } }]) {
    const lines: Array<{ req?: { user?: number } }> = []
    const stream = { write: (line: string) => lines.push(JSON.parse(line)) }
    const serializers = { req: (request: FastifyRequest) => ({ url: request.url, user: manager(request)?.peek(request)?.userId }) }
    const app = Fastify({ logger: { level: 'info', stream, serializers: serializers as never } })
    await app.register(fastifyTypedSession, { schema, secret, ...options })
    app.get('/login', async (request) => { sessionOf(request).userId = 7 })
    app.get('/off', { config: { session: false } }, async () => 'off')
    app.get('/page', async (request) => {
      request.log.info({ req: request })
      return 'page'
    })
    const session = cookieOf(await app.inject('/login'))
    t.equal((await app.inject({ url: '/off', cookies: { session } })).statusCode, 200)
    lines.length = 0
    const response = await app.inject({ url: '/page', cookies: { session } })
    t.match(response, { statusCode: 200, headers: { vary: undefined } })
    t.equal(lines.filter(({ req }) => req !== undefined).at(-1)?.req?.user, 7)
    t.equal((await app.inject('/nowhere')).statusCode, 404)
  }
})

t.test('peek() gives a copy: the data of the session, and undefined without one', async (t) => {
  const app = await makeApp()
  app.get('/peek', async (request) => {
    const before = manager(request).peek(request)
    before?.cart.push('not mine')
    if (request.headers['x-read'] !== undefined) sessionOf(request).cart.push('pear')
    return { before: before ?? 'none', after: manager(request).peek(request) ?? 'none' }
  })
  t.same((await app.inject('/peek')).json(), { before: 'none', after: 'none' })
  const session = cookieOf(await app.inject('/login'))
  t.same((await app.inject({ url: '/peek', cookies: { session } })).json(), { before: { userId: 7, cart: ['not mine'] }, after: { userId: 7, cart: [] } })
  t.match((await app.inject({ url: '/peek', cookies: { session }, headers: { 'x-read': '1' } })).json(), { after: { userId: 7, cart: ['pear'] } })
})

t.test('a manager without an app knows no requests', async (t) => {
  t.equal(createSessionManager({ schema, secret }).peek({}), undefined)
})

t.test('peek() sees nothing of a child context with its own session of the name', async (t) => {
  const app = await makeApp()
  await app.register(async (child) => {
    await child.register(fastifyTypedSession, { schema, secret, cookieName: 'inner' })
    child.get('/inner', async (request) => {
      sessionOf(request).userId = 8
      return { outer: manager({ server: app }).peek(request) ?? 'none', inner: manager(request).peek(request) }
    })
  })
  const session = cookieOf(await app.inject('/login'))
  t.match((await app.inject({ url: '/inner', cookies: { session } })).json(), { outer: 'none', inner: { userId: 8 } })
})
