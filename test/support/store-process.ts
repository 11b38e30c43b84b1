import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyRequest } from 'fastify'
import { createClient } from 'redis'
import { z } from 'zod'
import fastifyTypedSession, { type Session } from '../../lib/index.ts'
import { RedisStore } from '../../lib/stores/redis.ts'
import { secret } from './app.ts'

// One of several processes that share the Redis of the first argument. Prints its port, and ends with its parent.
const schema = z.object({ userId: z.number().int().optional(), step: z.number().int().default(0) })

function sessionOf (request: FastifyRequest): Session<typeof schema> {
  return request.getDecorator<Session<typeof schema>>('session')
}

const client = createClient({ url: String(process.argv[2]) })
await client.connect()

const app = Fastify()
await app.register(fastifyTypedSession, {
  schema,
  secret,
  store: new RedisStore(client, { prefix: 'three-processes:' }),
  // A slow machine is no failed store.
  storeTimeout: 10_000
})

app.post<{ Body: { userId: number } }>('/login', async (request) => {
  sessionOf(request).userId = request.body.userId
})

app.post<{ Body: { step: number } }>('/step', async (request, reply) => {
  const session = sessionOf(request)
  if (session.userId === undefined) return await reply.code(401).send({ reason: session.reason })
  session.update((data) => { data.step = request.body.step })
})

app.get('/read', async (request) => {
  const { userId, step } = sessionOf(request)
  return { userId, step }
})

process.stdin.resume().once('end', () => process.exit())
await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`)
