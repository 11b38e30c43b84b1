import { once } from 'node:events'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import fastifyTypedSession, { type TypedSessionOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { cookieOf, Gate, schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

const pause = async () => { await new Promise((resolve) => setTimeout(resolve, 5)) }

class SlowStore extends MemoryStore {
  override async set (...args: Parameters<MemoryStore['set']>): Promise<boolean> {
    await pause()
    return await super.set(...args)
  }
}

class FullStore extends MemoryStore {
  override set (): Promise<never> { return Promise.reject(new Error('full')) }
}

/** Ways to keep a session that is not saved, with what spoils it. */
const failing: Record<string, () => Partial<TypedSessionOptions>> = {
  'in the cookie': () => ({}),
  'in a store': () => ({ store: new FullStore() })
}

function spoil (session: object): void {
  Object.assign(session, { name: 'x'.repeat(5000) })
}

async function register (app: FastifyInstance, options: Partial<TypedSessionOptions>): Promise<void> {
  await app.register(fastifyTypedSession, { schema, secret, ...options })
}

for (const mode of ['store', 'revocation'] as const) {
  t.test(`a handler runs at no moment behind a guard that forgot to return (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, mode === 'store' ? { store: new MemoryStore() } : { revocation: { store: new MemoryStore() } })
    const ran: number[] = []
    let moments = 0
    const guard = async (change: boolean, request: Parameters<typeof sessionOf>[0], code: (status: number) => { send (text: string): unknown }) => {
      if (change) sessionOf(request).userId = moments
      code(401).send('denied')
      for (let moment = 0; moment < moments; moment++) await null
    }
    const handler = async () => { ran.push(moments) }
    app.get('/login', async (request) => { sessionOf(request).userId = 7 })
    app.get('/same', { preHandler: async (request, reply) => { await guard(false, request, (status) => reply.code(status)) } }, handler)
    app.get('/changed', { preHandler: async (request, reply) => { await guard(true, request, (status) => reply.code(status)) } }, handler)
    const cookies = { session: cookieOf(await app.inject('/login')) }
    for (moments = 0; moments < 60; moments++) {
      for (const url of ['/same', '/changed']) t.equal((await app.inject({ url, cookies })).body, 'denied', `${url}, ${moments}`)
    }
    t.same(ran, [])
  })
}

t.test('a stream that fails while the session is saved is an error', async (t) => {
  const app = Fastify()
  await register(app, { store: new SlowStore() })
  app.get('/', async (request) => {
    sessionOf(request).userId = 7
    return new Readable({ read () { this.destroy(new Error('no such file')) } })
  })
  const response = await app.inject('/')
  t.match([response.statusCode, response.json()], [500, { message: 'no such file' }])
})

t.test('an error of a stream is answered, in whatever context hooks go on', async (t) => {
  const app = Fastify()
  await register(app, {})
  const queue: Array<() => void> = []
  const timer = setInterval(() => { queue.shift()?.() }, 2)
  t.teardown(() => { clearInterval(timer) })
  app.addHook('onError', (_request, _reply, _error, done) => { queue.push(done) })
  app.setErrorHandler(async (error) => { throw error })
  app.get('/', async () => new Readable({ read () { this.destroy(new Error('no such file')) } }))
  t.equal((await app.inject('/')).statusCode, 500)
})

t.test('where Fastify can answer nothing, the connection ends, and the app goes on', async (t) => {
  const app = Fastify()
  await register(app, { store: new FullStore() })
  app.get('/', async (request) => {
    sessionOf(request).userId = 7
    // eslint-disable-next-line no-throw-literal
    throw { statusCode: 400, message: 'bad input' }
  })
  app.get('/alive', async () => 'alive')
  const client = await serve(t, app)
  await t.rejects(client.get('/'))
  t.equal((await client.get('/alive')).body, 'alive')
})

t.test('await reply ends with the connection, also while the session is saved', async (t) => {
  const app = Fastify({ http2: true })
  const gate = new Gate()
  class WaitingStore extends MemoryStore {
    override async set (...args: Parameters<MemoryStore['set']>): Promise<boolean> {
      await gate.wait()
      return await super.set(...args)
    }
  }
  await register(app as unknown as FastifyInstance, { store: new WaitingStore() })
  const ended = new Promise<void>((resolve) => {
    app.get('/', async (request, reply) => {
      sessionOf(request as unknown as Parameters<typeof sessionOf>[0]).userId = 7
      reply.send('text')
      try { await reply } finally { resolve() }
    })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => await app.close())
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  t.teardown(() => { client.close() })
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => {})
  await gate.reached
  stream.close()
  await once(stream, 'close')
  await pause()
  gate.open()
  await t.resolves(ended)
})

for (const [mode, options] of Object.entries(failing)) {
  t.test(`an answer that cannot be saved closes its stream (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    const streams: Readable[] = []
    app.get('/', async (request) => {
      spoil(sessionOf(request))
      streams.push(new Readable({ read () {} }))
      return streams[0]
    })
    t.ok((await app.inject('/')).statusCode >= 500)
    t.equal(streams[0]?.destroyed, true)
  })

  t.test(`no handler runs while an error hook and handler take their time (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    app.addHook('onError', async () => { await pause() })
    app.setErrorHandler(async (_error, _request, reply) => {
      await pause()
      return await reply.code(500).send('sorry')
    })
    const ran: string[] = []
    app.get('/guard', {
      preHandler: async (request, reply) => {
        spoil(sessionOf(request))
        reply.code(401).send('denied')
        await pause()
      }
    }, async () => { ran.push('handler') })
    app.get('/handler', async (request, reply) => {
      spoil(sessionOf(request))
      reply.send('first')
      await new Promise((resolve) => setTimeout(resolve, 2))
      return 'second'
    })
    for (const url of ['/guard', '/handler']) t.same((await app.inject(url)).body, 'sorry', url)
    t.same(ran, [])
  })

  t.test(`an answer of a parent context that cannot be saved is an error (${mode})`, async (t) => {
    const app = Fastify()
    app.setNotFoundHandler(async (_request, reply) => await reply.code(404).send('not here'))
    await app.register(async (child) => {
      await register(child, options())
      child.get('/', async (request, reply) => {
        spoil(sessionOf(request))
        reply.callNotFound()
        return await reply
      })
    })
    t.match((await app.inject('/')).json().code, /^FST_TYPED_SESSION_/)
  })

  t.test(`an error handler that answers from elsewhere leaves no request open (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    const queue: Array<() => void> = []
    const timer = setInterval(() => { queue.shift()?.() }, 2)
    t.teardown(() => { clearInterval(timer) })
    app.setErrorHandler((_error, _request, reply) => { queue.push(() => { reply.send('from elsewhere') }) })
    app.get('/', async (request) => { spoil(sessionOf(request)) })
    const response = await app.inject('/')
    t.ok(response.statusCode >= 500)
    t.match(response.json().code, /^FST_TYPED_SESSION_/)
  })
}
