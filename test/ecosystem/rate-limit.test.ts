import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { Client, serve } from '../support/client.ts'

const registerSession = async (app: FastifyInstance) => { await app.register(fastifyTypedSession, { schema, secret }) }
const registerLimit = async (app: FastifyInstance) => {
  await app.register(rateLimit, { max: 2, keyGenerator: (request) => `user ${sessionOf(request).userId ?? 'nobody'}` })
}

for (const [order, plugins] of [['after', [registerSession, registerLimit]], ['before', [registerLimit, registerSession]]] as const) {
  t.test(`@fastify/rate-limit, registered ${order} the session, limits by what is in it`, async (t) => {
    const app = Fastify()
    for (const register of plugins) await register(app)
    app.get<{ Params: { id: number } }>('/login/:id', { config: { rateLimit: false } }, async (request) => {
      sessionOf(request).permanent = true
      sessionOf(request).userId = Number(request.params.id)
    })
    app.get('/', async () => 'served')
    const ann = await serve(t, app)
    const bob = new Client(ann.origin)
    await ann.get('/login/1')
    await bob.get('/login/2')

    t.equal((await ann.get('/')).status, 200)
    t.equal((await ann.get('/')).status, 200)
    const refused = await ann.get('/')
    t.equal(refused.status, 429)
    t.equal(refused.headers.getSetCookie().length, 1, 'and the session is refreshed as on other replies')
    t.equal((await bob.get('/')).status, 200)
  })
}
