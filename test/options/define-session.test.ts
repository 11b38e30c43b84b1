import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import fastifyTypedSession, { createSessionManager, defineSession } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores.ts'
import { secret, sessionOf } from '../support/app.ts'

t.test('a definition is the options of the plugin and of a manager', async (t) => {
  const options = {
    schema: z.object({ userId: z.number().optional() }),
    secret,
    store: new MemoryStore(),
    subject: ({ userId }: { userId?: number | undefined }) => userId?.toString(),
    describe: ({ userId }: { userId?: number | undefined }) => ({ userId })
  }
  const definition = defineSession(options)
  t.equal(definition, options)

  const app = Fastify()
  await app.register(fastifyTypedSession, definition)
  app.post('/login', async (request) => { sessionOf(request).userId = 7 })
  const { cookies: [cookie] } = await app.inject({ method: 'POST', url: '/login' })
  const manager = createSessionManager(definition)
  t.match(await manager.load(cookie?.value), { ok: true, data: { userId: 7 } })
  t.match(await manager.listSubject('7'), [{ data: { userId: 7 } }])
})
