import caching from '@fastify/caching'
import fastifyStatic from '@fastify/static'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

const guarded = { 'x-guarded': '1' }

async function makeClient (t: Test) {
  const app = Fastify()
  await app.register(caching, { privacy: 'public', expiresIn: 3600 })
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(fastifyStatic, { root: t.testdir({ 'page.txt': 'a page' }), prefix: '/files/', maxAge: 60_000 })
  app.addHook('preHandler', async (request) => { if (request.headers['x-guarded'] !== undefined) t.equal(sessionOf(request).userId, 7) })
  app.get('/login', async (request) => {
    sessionOf(request).permanent = true
    sessionOf(request).userId = 7
  })
  app.get('/plain', async () => 'plain')
  return await serve(t, app)
}

t.test('a file of @fastify/static that nobody used the session for stays public', async (t) => {
  const client = await makeClient(t)
  await client.get('/login')
  const file = await client.get('/files/page.txt')
  t.equal(file.body, 'a page')
  t.same(file.headers.getSetCookie(), [])
  t.equal(file.headers.get('cache-control'), 'public, max-age=60')
  t.equal(file.headers.get('vary'), null)
})

t.test('a file of @fastify/static that carries the cookie is private, and so is its 304', async (t) => {
  const client = await makeClient(t)
  await client.get('/login')
  const file = await client.get('/files/page.txt', guarded)
  t.equal(file.headers.getSetCookie().length, 1)
  t.equal(file.headers.get('cache-control'), 'private, max-age=60')
  t.equal(file.headers.get('vary'), 'Cookie')
  // fetch would ask for the whole file by a Cache-Control of its own.
  const unchanged = await client.get('/files/page.txt', { ...guarded, 'if-none-match': file.headers.get('etag') ?? '', 'cache-control': 'max-age=0' })
  t.equal(unchanged.status, 304)
  t.equal(unchanged.headers.getSetCookie().length, 1)
  t.equal(unchanged.headers.get('cache-control'), 'private, max-age=60')
})

t.test('what @fastify/caching calls public is private where the cookie goes with it', async (t) => {
  const client = await makeClient(t)
  t.equal((await client.get('/plain')).headers.get('cache-control'), 'public, max-age=3600')
  t.equal((await client.get('/login')).headers.get('cache-control'), 'private, max-age=3600')
})
