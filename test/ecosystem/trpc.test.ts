import { initTRPC } from '@trpc/server'
import { fastifyTRPCPlugin, type CreateFastifyContextOptions } from '@trpc/server/adapters/fastify'
import Fastify, { type FastifyRequest } from 'fastify'
import t from 'tap'
import fastifyTypedSession, { createSessionManager } from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

const trpc = initTRPC.context<{ request: FastifyRequest }>().create()
const router = trpc.router({
  me: trpc.procedure.query(({ ctx }) => sessionOf(ctx.request).userId ?? null),
  login: trpc.procedure.mutation(({ ctx }) => { sessionOf(ctx.request).userId = 7 })
})

t.test('procedures of @trpc/server read and write the session over HTTP', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: { router, createContext: ({ req }: CreateFastifyContextOptions) => ({ request: req }) }
  })
  const client = await serve(t, app)
  t.match((await client.get('/trpc/me')).json, { result: { data: null } })
  const login = await client.post('/trpc/login')
  t.equal(login.headers.getSetCookie().length, 1)
  t.match((await client.get('/trpc/me')).json, { result: { data: 7 } })

  const rawRequest = { headers: { cookie: client.cookieHeader } }
  t.match(createSessionManager({ schema, secret }).open(rawRequest.headers.cookie), { ok: true, data: { userId: 7 } },
    'a websocket\'s context has only the raw request')
})
