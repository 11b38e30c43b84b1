import { once } from 'node:events'
import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { z } from 'zod'
import fastifyTypedSession from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { schema, secret, sessionOf } from '../../support/app.ts'
import { serve } from '../../support/client.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly err?: { readonly code: string }
}

const warn = 40
const lost = /^fastify-typed-session: a change of the session is lost/

/** An app with one route, its client, and the lines of its log. */
async function makeClient (t: Test, handler: (request: FastifyRequest, reply: FastifyReply) => unknown, prepare?: (app: FastifyInstance) => unknown) {
  const lines: Line[] = []
  const stream = new Writable({
    write (line, _encoding, done) {
      lines.push(JSON.parse(String(line)))
      done()
    }
  })
  const app = Fastify({ logger: { level: 'warn', stream } })
  await app.register(fastifyTypedSession, { schema, secret })
  await prepare?.(app)
  app.get('/', async (request, reply) => await handler(request, reply))
  app.get('/me', async (request) => ({ ...sessionOf(request) }))
  return { client: await serve(t, app), lines, app }
}

t.test('a hijacked reply carries the session that is committed before its headers go', async (t) => {
  const { client, lines } = await makeClient(t, async (request, reply) => {
    sessionOf(request).userId = 1
    reply.header('vary', 'Origin').header('set-cookie', 'theme=dark')
    reply.hijack()
    await reply.commitSession()
    sessionOf(request).userId = 7
    await reply.commitSession()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    reply.raw.end('data: 1\n\n')
  })
  const response = await client.get('/')
  t.match(response.headers.getSetCookie(), [/^theme=dark$/, /^session=/])
  t.equal(response.headers.getSetCookie().length, 2)
  t.equal(response.headers.get('vary'), 'Origin, Cookie')
  t.match((await client.get('/me')).json, { userId: 7 })
  t.same(lines, [])
})

t.test('a committed session is kept out of shared caches, whatever the reply said', async (t) => {
  const { client } = await makeClient(t, async (request, reply) => {
    reply.header('cache-control', 'public, max-age=60').header('cdn-cache-control', 'max-age=60')
    sessionOf(request).userId = 7
    await reply.commitSession()
    reply.hijack()
    reply.raw.end()
  })
  const { headers } = await client.get('/')
  t.equal(headers.get('cache-control'), 'private, max-age=60')
  t.equal(headers.get('cdn-cache-control'), 'no-store')
})

t.test('a session may be committed to a reply that Fastify sends all the same', async (t) => {
  const { client } = await makeClient(t, async (request, reply) => {
    sessionOf(request).userId = 1
    await reply.commitSession()
    sessionOf(request).userId = 7
    return 'sent'
  })
  t.equal((await client.get('/')).headers.getSetCookie().length, 1)
  t.match((await client.get('/me')).json, { userId: 7 })
})

t.test('a commit without a change sends nothing', async (t) => {
  const { client } = await makeClient(t, async (_request, reply) => {
    reply.hijack()
    await reply.commitSession()
    reply.raw.end()
  })
  const { headers } = await client.get('/')
  t.same([headers.get('set-cookie'), headers.get('vary'), headers.get('cache-control')], [null, null, null])
})

t.test('a commit on a route without sessions does nothing', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  app.get('/', { config: { session: false } }, async (_request, reply) => await reply.commitSession())
  const { statusCode, headers } = await app.inject('/')
  t.same([statusCode, headers['set-cookie']], [200, undefined])
})

t.test('a session that cannot be saved cannot be committed', async (t) => {
  let error: unknown
  const { client } = await makeClient(t, async (request, reply) => {
    Object.assign(sessionOf(request), { userId: 'seven' })
    await reply.commitSession().catch((caught: unknown) => { error = caught })
  })
  t.equal((await client.get('/')).headers.get('set-cookie'), null)
  t.match(error, { code: 'FST_TYPED_SESSION_INVALID_DATA' })
})

t.test('a session that cannot be committed takes no other cookie with it', async (t) => {
  const other = async (app: FastifyInstance) => {
    await app.register(fastifyTypedSession, { name: 'other', cookieName: 'other', schema: z.object({ n: z.any().optional() }), secret })
  }
  const { client } = await makeClient(t, async (request, reply) => {
    reply.raw.setHeader('set-cookie', 'theme=dark')
    sessionOf(request).userId = 7
    reply.hijack()
    await reply.commitSession()
    Object.assign(request.getDecorator<object>('other'), { n: () => 1 })
    await t.rejects(async () => { await reply.commitSession() }, { code: 'FST_TYPED_SESSION_UNSERIALIZABLE' })
    reply.raw.end()
  }, other)
  t.match((await client.get('/')).headers.getSetCookie(), [/^theme=dark$/, /^session=/])
})

t.test('a commit that fails after the headers have gone says why it failed', async (t) => {
  class FailingStore extends MemoryStore {
    override async set (): Promise<boolean> { throw new Error('down') }
  }
  const kept = async (app: FastifyInstance) => {
    await app.register(fastifyTypedSession, { name: 'kept', cookieName: 'kept', schema: z.object({ n: z.number().optional() }), secret, store: new FailingStore() })
  }
  const { client } = await makeClient(t, async (request, reply) => {
    sessionOf(request).userId = 7
    Object.assign(request.getDecorator<object>('kept'), { n: 1 })
    reply.hijack()
    const committed = reply.commitSession()
    reply.raw.end()
    await t.rejects(committed, { code: 'FST_TYPED_SESSION_STORE_UNAVAILABLE' })
  }, kept)
  t.same((await client.get('/')).headers.getSetCookie(), [])
})

t.test('a change through the controls after the headers have gone is a coded error', async (t) => {
  const errors: unknown[] = []
  const { client, lines } = await makeClient(t, async (request, reply) => {
    const session = sessionOf(request)
    session.userId = 7
    await reply.commitSession()
    reply.hijack()
    reply.raw.writeHead(200)
    const attempts = [
      () => session.set('userId', 8), () => session.delete(), () => session.touch(), () => session.options({}),
      () => { session.permanent = true }, () => { session.lifetime = 60 }, async () => await session.regenerate(),
      async () => await reply.commitSession()
    ]
    for (const attempt of attempts) await Promise.resolve().then(attempt).catch((error: unknown) => errors.push(error))
    reply.raw.end()
  })
  await client.get('/')
  t.match(errors, Array(8).fill({ code: 'FST_TYPED_SESSION_HEADERS_SENT' }))
  t.match((await client.get('/me')).json, { userId: 7 })
  t.same(lines, [])
})

t.test('an assignment after the headers have gone is warned about', async (t) => {
  const { client, lines, app } = await makeClient(t, async (request, reply) => {
    const session = sessionOf(request)
    session.userId = 7
    reply.raw.once('finish', () => { session.userId = 8 })
    return 'sent'
  })
  await client.get('/')
  t.match((await client.get('/me')).json, { userId: 7 })
  await app.close()
  t.match(lines, [{ level: warn, msg: lost }])
})

t.test('a change on a hijacked reply that was never committed is warned about', async (t) => {
  const { client, lines, app } = await makeClient(t, async (request, reply) => {
    sessionOf(request).userId = 7
    reply.hijack()
    reply.raw.end('raw')
  })
  t.equal((await client.get('/')).headers.get('set-cookie'), null)
  await app.close()
  t.match(lines, [{ level: warn, msg: lost }])
  t.equal(lines.length, 1)
})

t.test('after a thousand sessions, one in a hundred is checked for lost changes', async (t) => {
  const { client, lines, app } = await makeClient(t, async (request, reply) => {
    sessionOf(request).userId = 7
    reply.hijack()
    reply.raw.end('raw')
  })
  for (let i = 0; i < 1250; i++) await client.get('/')
  await app.close()
  t.equal(lines.length, 1002)
})

t.test('nothing is warned of where the browser went before the response', async (t) => {
  const aborted = new AbortController()
  const { client, lines, app } = await makeClient(t, async (request, reply) => {
    sessionOf(request).userId = 7
    reply.hijack()
    aborted.abort()
    await once(reply.raw, 'close')
  })
  await t.rejects(client.send('/', { signal: aborted.signal }))
  await app.close()
  t.same(lines, [])
})

t.test('nothing is warned of twice: what cannot be saved was an error already', async (t) => {
  const { client, lines, app } = await makeClient(t, async (request) => {
    Object.assign(sessionOf(request), { userId: 'seven' })
    return 'unsent'
  })
  t.equal((await client.get('/')).status, 500)
  await app.close()
  t.match(lines, [{ err: { code: 'FST_TYPED_SESSION_INVALID_DATA' } }])
  t.equal(lines.length, 1)
})

t.test('a session that was asked for before our hook is saved as any other', async (t) => {
  const app = Fastify()
  app.addHook('onRequest', async (request) => { sessionOf(request).set('userId', 7) })
  await app.register(fastifyTypedSession, { schema, secret })
  app.get('/', async () => 'sent')
  t.equal((await (await serve(t, app)).get('/')).headers.getSetCookie().length, 1)
})

t.test('data that cannot be looked at, after the response has gone, are a warning', async (t) => {
  const spoil = (request: FastifyRequest) => Object.defineProperty(sessionOf(request), 'name', { enumerable: true, get () { throw new Error('no name') } })
  for (const commits of [true, false]) {
    const { client, lines } = await makeClient(t, async (request, reply) => {
      reply.hijack()
      if (commits) {
        sessionOf(request).userId = 7
        await reply.commitSession()
      } else {
        t.equal(sessionOf(request).userId, undefined)
      }
      reply.raw.writeHead(200)
      spoil(request)
      reply.raw.end('done')
    })
    t.equal((await client.get('/')).body, 'done')
    await client.get('/me')
    t.match(lines, [{ level: warn, msg: lost }])
  }
})
