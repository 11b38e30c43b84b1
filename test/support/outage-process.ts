import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyRequest } from 'fastify'
import pg from 'pg'
import { createClient } from 'redis'
import { z } from 'zod'
import fastifyTypedSession, { type Session } from '../../lib/index.ts'
import { RedisStore } from '../../lib/stores/redis.ts'
import { SqlStore } from '../../lib/stores/sql.ts'
import type { ConditionalStore } from '../../lib/stores/store.ts'
import { secret, sessionsOf } from './app.ts'

// One of several processes that share the store of the first argument: an app with logins. Prints its port, and ends with
// its parent.
const schema = z.object({ userId: z.string().optional(), step: z.number().int().default(0) })
const [, , url = '', mode] = process.argv

async function connect (): Promise<ConditionalStore> {
  if (url.startsWith('redis:')) {
    const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } }).on('error', () => {})
    await client.connect()
    return new RedisStore(client, { prefix: 'shop:' })
  }
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 500 }).on('error', () => {})
  return new SqlStore((text, values) => pool.query(text, values), { dialect: 'postgres' })
}

const store = await connect()
const subject = ({ userId }: { userId?: string | undefined }) => userId
const app = Fastify()
await app.register(fastifyTypedSession, {
  schema,
  secret,
  storeTimeout: 500,
  ...(mode === 'revocation' ? { revocation: { store, subject } } : { store, subject })
})

const sessionOf = (request: FastifyRequest) => request.getDecorator<Session<typeof schema>>('session')

app.post<{ Params: { userId: string } }>('/login/:userId', async (request) => {
  const session = sessionOf(request)
  session.regenerate()
  session.userId = request.params.userId
})
app.post<{ Params: { step: string } }>('/step/:step', async (request, reply) => {
  const session = sessionOf(request)
  if (session.userId === undefined) return await reply.code(401).send()
  session.update((data) => { data.step = Number(request.params.step) })
})
app.get('/read', async (request) => {
  const { userId, step } = sessionOf(request)
  return { userId, step }
})
app.post('/logout', async (request) => sessionOf(request).delete())
app.post<{ Params: { userId: string } }>('/logout-others/:userId', async (request, reply) => {
  const { sessionId, userId } = sessionOf(request)
  if (userId === undefined || sessionId === undefined) return await reply.code(401).send()
  await sessionsOf(app).revokeSubject(request.params.userId, { except: sessionId })
})
app.post<{ Params: { userId: string } }>('/revoke/:userId', async (request) => await sessionsOf(app).revokeSubject(request.params.userId))
app.post('/revoke-all', async () => await sessionsOf(app).revokeAll())

process.stdin.resume().once('end', () => process.exit())
await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`)
