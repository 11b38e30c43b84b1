import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import fastifyTypedSession, { createSessionManager, type TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { makeApp, cookieOf, schema, secret, sessionOf, setCookies } from '../../support/app.ts'
import { serve } from '../../support/client.ts'

/** A store that answers late, as one over a network does. */
class SlowStore extends MemoryStore {
  override async set (...args: Parameters<MemoryStore['set']>): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return await super.set(...args)
  }
}

const modes: Record<string, () => Partial<TypedSessionOptions>> = {
  'in the cookie': () => ({}),
  'in a store': () => ({ store: new SlowStore() }),
  'with revocation': () => ({ revocation: { store: new SlowStore() } })
}

async function makeServer (t: Test, options: Partial<TypedSessionOptions>, prepare: (app: FastifyInstance) => unknown, before?: (app: FastifyInstance) => unknown) {
  const warnings: Array<Record<string, unknown>> = []
  const stream = { write: (line: string) => warnings.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'warn', stream } })
  await before?.(app)
  await app.register(fastifyTypedSession, { schema, secret, ...options })
  app.get('/me', async (request) => ({ userId: sessionOf(request).userId }))
  await prepare(app)
  return { client: await serve(t, app), warnings }
}

/** Begins when the handler has run. */
async function * later (text: string) {
  await new Promise((resolve) => setImmediate(resolve))
  yield text
}

for (const [mode, options] of Object.entries(modes)) {
  t.test(`a handler does not run behind a guard that forgot to return its answer (${mode})`, async (t) => {
    const ran: string[] = []
    const guard = async (request: FastifyRequest, reply: FastifyReply) => { if (sessionOf(request).userId !== 7) reply.code(403).send('no') }
    const handler = async ({ url }: FastifyRequest) => { ran.push(url) }
    // Its app did not wait for the plugin.
    const early = (app: FastifyInstance) => {
      app.get('/early/async', { preHandler: guard }, handler)
      app.get('/early/callback', { preHandler: (request, reply, done) => { guard(request, reply).then(() => { done() }, done) } }, handler)
    }
    const { client } = await makeServer(t, options(), async (app) => {
      app.setNotFoundHandler({ preHandler: guard }, handler)
      app.get('/login', async (request) => { sessionOf(request).userId = request.headers['x-admin'] === undefined ? 8 : 7 })
      app.get('/off', { config: { session: false } }, async () => 'no session')
      for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
        app.get(`/route/${hook}`, { [hook]: guard }, handler)
        await app.register(async (child) => {
          child.addHook(hook as 'onRequest', guard)
          child.get(`/child/${hook}`, { preHandler: async () => {} }, handler)
        })
      }
    }, early)
    const urls = ['/early/async', '/early/callback', '/not/found', ...['route', 'child'].flatMap((place) => ['onRequest', 'preParsing', 'preValidation', 'preHandler'].map((hook) => `/${place}/${hook}`))]
    const statuses = async () => await Promise.all(urls.map(async (url) => (await client.get(url)).status))
    t.same(await statuses(), urls.map(() => 403))
    t.equal((await client.get('/off')).status, 200)
    await client.get('/login')
    t.same(await statuses(), urls.map(() => 403))
    t.same(ran, [])
    await client.get('/login', { 'x-admin': '1' })
    t.same(await statuses(), urls.map(() => 200))
    t.same(ran.sort(), urls.sort())
  })

  t.test(`the first answer goes out, though the handler forgot to return it (${mode})`, async (t) => {
    const { client } = await makeServer(t, options(), (app) => {
      app.get('/secret', {
        preHandler: async (request, reply) => {
          sessionOf(request).userId = 7
          reply.code(401).send('denied')
        }
      }, async () => 'the secret')
      app.get('/handler', async (request, reply) => {
        sessionOf(request).userId = 8
        reply.code(401).send('denied')
        return { secret: 'the secret' }
      })
      app.get('/login', async (request, reply) => {
        sessionOf(request).userId = 9
        reply.redirect('/me')
      })
      app.get('/throws', async (request, reply) => {
        sessionOf(request).userId = 10
        reply.code(401).send('denied')
        throw new Error('too late')
      })
      // What it says goes out later still.
      app.get('/stream', {
        preHandler: async (request, reply) => {
          sessionOf(request).userId = 11
          reply.code(401).send(Readable.from(later('denied')))
        }
      }, async (request) => {
        sessionOf(request).userId = 12
        return 'the secret'
      })
    })
    for (const [url, status, text, userId] of [['/secret', 401, 'denied', 7], ['/handler', 401, 'denied', 8], ['/login', 302, '', 9], ['/throws', 401, 'denied', 10], ['/stream', 401, 'denied', 11]] as const) {
      const response = await client.get(url)
      t.same([response.status, response.body], [status, text], url)
      t.same((await client.get('/me')).json, { userId }, url)
    }
  })

  t.test(`an onSend hook that runs later cannot change the session, and learns why (${mode})`, async (t) => {
    const errors: unknown[] = []
    const { client } = await makeServer(t, options(), (app) => {
      app.addHook('onSend', async (request) => {
        for (const change of [() => sessionOf(request).set('userId', 1), () => sessionOf(request).touch(), () => sessionOf(request).update((data) => { data.userId = 2 })]) {
          try { change() } catch (error) { errors.push((error as { code: string }).code) }
        }
      })
    })
    t.equal((await client.get('/me')).headers.get('set-cookie'), null)
    t.same(errors, Array(3).fill('FST_TYPED_SESSION_ALREADY_SAVED'))
  })

  t.test(`an assignment in an onSend hook that runs later is a warning (${mode})`, async (t) => {
    const { client, warnings } = await makeServer(t, options(), (app) => {
      app.addHook('onSend', async (request) => { sessionOf(request).userId = 1 })
    })
    await client.get('/me')
    await client.get('/me')
    t.match(warnings[0], { msg: /a change of the session is lost/, cookieName: 'session' })
  })

  t.test(`after an error in a later onSend hook, the error handler may write (${mode})`, async (t) => {
    const { client } = await makeServer(t, options(), (app) => {
      let failed = false
      app.addHook('onSend', async () => {
        if (failed) return
        failed = true
        throw new Error('late')
      })
      app.setErrorHandler(async (_error, request) => {
        sessionOf(request).set('userId', 3)
        return 'handled'
      })
    })
    t.equal((await client.get('/me')).body, 'handled')
    t.same((await client.get('/me')).json, { userId: 3 })
  })

  t.test(`a first look in an onSend hook that runs later has the response vary (${mode})`, async (t) => {
    const { client } = await makeServer(t, options(), (app) => {
      app.get('/page', async () => 'page')
      app.addHook('onSend', async (request) => { t.equal(sessionOf(request).userId, undefined) })
    })
    t.equal((await client.get('/page')).headers.get('vary'), 'Cookie')
  })

  t.test(`a hook before the plugin reads the session if no store must be asked (${mode})`, async (t) => {
    const read = (request: FastifyRequest) => { try { return sessionOf(request).userId } catch (error) { return (error as { code: string }).code } }
    const seen: unknown[] = []
    const { client } = await makeServer(t, options(), (app) => {
      app.get('/login', async (request) => { sessionOf(request).userId = 7 })
    }, (app) => app.addHook('onRequest', async (request) => { seen.push(read(request)) }))
    await client.get('/login')
    await client.get('/me')
    t.equal(seen[1], mode === 'in the cookie' ? 7 : 'FST_TYPED_SESSION_NOT_LOADED')
    t.same((await client.get('/me')).json, { userId: 7 })
  })

  t.test(`an error before the plugin is the answer, though its handler asks (${mode})`, async (t) => {
    const { client } = await makeServer(t, options(), (app) => {
      app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply: FastifyReply) => {
        reply.code(error.statusCode ?? 500)
        return { reason: sessionOf(request).reason }
      })
    }, (app) => app.addHook('onRequest', async () => { throw Object.assign(new Error('slow down'), { statusCode: 429 }) }))
    const response = await client.get('/me')
    t.same([response.status, response.json], [429, { reason: mode === 'in the cookie' ? 'absent' : 'unavailable' }])
  })
}

t.test('an error handler that asks for a session that failed to load gets that error', async (t) => {
  class DownStore extends MemoryStore {
    override get (): Promise<never> { return Promise.reject(new Error('down')) }
  }
  const codes: unknown[] = []
  const before = (app: FastifyInstance) => app.setErrorHandler(async (error: Error & { code?: string }, request) => {
    codes.push(error.code)
    return sessionOf(request).userId
  })
  const app = await makeApp({ store: new DownStore(), before })
  const session = cookieOf(await (await makeApp({ store: new MemoryStore() })).inject('/login'))
  const response = await app.inject({ url: '/read', cookies: { session } })
  t.match([response.statusCode, response.json().code], [503, 'FST_TYPED_SESSION_STORE_UNAVAILABLE'])
  t.same(codes, ['FST_TYPED_SESSION_STORE_UNAVAILABLE'])
  t.same(setCookies(response), [])
})

t.test('session.update() is refused where a change is, and for asynchronous functions', async (t) => {
  const codeOf = (change: () => void) => { try { change(); return undefined } catch (error) { return (error as { code: string }).code } }
  const app = await makeApp()
  app.get('/look', { config: { session: { readOnly: true } } }, async (request) => codeOf(() => sessionOf(request).update(() => {})))
  app.get('/async', async (request) => codeOf(() => sessionOf(request).update(async (data) => { data.userId = 1 })))
  t.equal((await app.inject('/look')).body, 'FST_TYPED_SESSION_READ_ONLY')
  t.equal((await app.inject('/async')).body, 'FST_TYPED_SESSION_ASYNC_UPDATE')
})

t.test('an error handler that asks for sessions that did not load gets the store\'s error', async (t) => {
  class DownStore extends MemoryStore {
    override get (): Promise<never> { return Promise.reject(new Error('down')) }
  }
  const stores = { first: () => ({ store: new DownStore() }), second: () => ({ store: new MemoryStore() }), both: () => ({ store: new DownStore() }) }
  for (const [down, options] of Object.entries(stores)) {
    const seen: unknown[] = []
    const look = (ask: () => { reason: unknown }) => { try { seen.push(ask().reason) } catch (error) { seen.push((error as { code: string }).code) } }
    const app = await makeApp({
      ...options(),
      before: (app) => app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
        look(() => sessionOf(request))
        look(() => request.getDecorator('admin'))
        return reply.code(error.statusCode ?? 500).send({ handled: true })
      })
    })
    await app.register(fastifyTypedSession, { schema, secret, name: 'admin', cookieName: 'admin', store: down === 'first' ? new MemoryStore() : new DownStore() })
    app.get('/both', async () => 'both')
    const token = cookieOf(await (await makeApp({ store: new MemoryStore() })).inject('/login'))
    const admin = await createSessionManager({ schema, secret, cookieName: 'admin', store: new MemoryStore() }).begin({ userId: 7 })
    const reply = await app.inject({ url: '/both', cookies: { session: token, admin } })
    t.same([reply.statusCode, reply.json()], [503, { handled: true }], down)
    t.same(seen, down === 'second' ? ['revoked', 'FST_TYPED_SESSION_STORE_UNAVAILABLE'] : ['FST_TYPED_SESSION_STORE_UNAVAILABLE', 'unavailable'], down)
  }
})
