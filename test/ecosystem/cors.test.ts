import cors from '@fastify/cors'
import Fastify from 'fastify'
import t from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

t.test('a preflight that @fastify/cors answers is left alone, and Vary is added to', async (t) => {
  const app = Fastify()
  await app.register(cors, { origin: ['https://app.example'], credentials: true })
  await app.register(fastifyTypedSession, { schema, secret })
  app.post('/login', async (request) => { sessionOf(request).userId = 7 })
  const client = await serve(t, app)
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' }

  const preflight = await client.send('/login', { method: 'OPTIONS', headers })
  t.equal(preflight.status, 204)
  t.same(preflight.headers.getSetCookie(), [])
  t.notMatch(preflight.headers.get('vary'), /Cookie/)

  const login = await client.post('/login', {}, { origin: 'https://app.example' })
  t.equal(login.headers.getSetCookie().length, 1)
  t.equal(login.headers.get('vary'), 'Origin, Cookie')
  t.equal(login.headers.get('access-control-allow-credentials'), 'true')
})
