// "Your devices" and "log out everywhere", with sessions kept in a store: in memory, or in Redis where REDIS_URL is set.
import Fastify from 'fastify'
import fastifyTypedSession from 'fastify-typed-session'
import { MemoryStore, RedisStore } from 'fastify-typed-session/stores'
import { z } from 'zod'

const schema = z.object({
  user: z.string().optional(),
  device: z.string().optional()
})

export async function buildApp ({ secret, redisUrl }) {
  const app = Fastify()
  await app.register(fastifyTypedSession, {
    schema,
    secret,
    store: redisUrl === undefined ? new MemoryStore() : await connect(app, redisUrl),
    subject: ({ user }) => user,
    describe: ({ device }) => device
  })
  const sessions = app.sessions.session

  app.post('/login/:user', async (request) => {
    await request.session.regenerate()
    request.session.permanent = true
    request.session.user = request.params.user
    request.session.device = request.headers['user-agent']
  })

  await app.register(async (own) => {
    own.addHook('preHandler', async (request, reply) => {
      if (request.session.user === undefined) await reply.code(401).send({ error: 'Not logged in' })
    })

    own.get('/devices', async ({ session }) =>
      (await sessions.listSubject(session.user)).map((device) => ({ ...device, current: device.id === session.sessionId })))

    own.delete('/devices/:id', async ({ session, params }, reply) => {
      const devices = await sessions.listSubject(session.user)
      // Only one's own.
      if (!devices.some(({ id }) => id === params.id)) return await reply.code(404).send({ error: 'No such device' })
      await sessions.revoke(params.id)
    })

    own.post('/logout-elsewhere', async ({ session }) => {
      await sessions.revokeSubject(session.user, { except: session.sessionId })
    })

    own.post('/logout-everywhere', async ({ session }) => {
      await sessions.revokeSubject(session.user)
      session.delete()
    })
  })
  return app
}

async function connect (app, url) {
  const { createClient } = await import('redis')
  const client = createClient({ url, disableOfflineQueue: true })
  client.on('error', (error) => app.log.error(error))
  await client.connect()
  app.addHook('onClose', async () => { client.destroy() })
  return new RedisStore(client, { prefix: 'devices:' })
}
