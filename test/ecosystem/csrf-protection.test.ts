import csrfProtection from '@fastify/csrf-protection'
import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import fastifyTypedSession from '../../lib/index.ts'
import { serve } from '../support/client.ts'

const secret = 'Vq3nTq0sYx8Jd5RkWm7Bz2HfLc9GpAe4'
const schema = z.object({ userId: z.number().optional() })

for (const sessionPlugin of ['@fastify/secure-session', '@fastify/session'] as const) {
  t.test(`@fastify/csrf-protection keeps its secret in the session as in one of ${sessionPlugin}`, async (t) => {
    const app = Fastify()
    await app.register(fastifyTypedSession, { schema, secret })
    await app.register(csrfProtection, { sessionPlugin })
    app.get('/token', async (_request, reply) => reply.generateCsrf())
    app.post('/transfer', { onRequest: app.csrfProtection }, async () => 'done')
    const client = await serve(t, app)

    t.equal((await client.post('/transfer')).status, 403)
    const token = (await client.get('/token')).body
    t.equal((await client.post('/transfer', {}, { 'csrf-token': token })).body, 'done')
    t.equal((await client.post('/transfer', {}, { 'csrf-token': `${token}x` })).status, 403)
    client.cookies.clear()
    t.equal((await client.post('/transfer', {}, { 'csrf-token': token })).status, 403, 'the token of another session')
  })
}

t.test('@fastify/csrf-protection may give the session\'s cookie attributes of its own', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(csrfProtection, { sessionPlugin: '@fastify/secure-session', cookieOpts: { sameSite: 'strict', signed: true } })
  app.get('/token', async (_request, reply) => reply.generateCsrf({ sameSite: 'strict', signed: true } as object))
  const client = await serve(t, app)
  t.match((await client.get('/token')).headers.getSetCookie(), [/^session=.+; SameSite=Strict/])
})
