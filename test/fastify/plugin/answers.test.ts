import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import fastifyTypedSession, { type TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { cookieOf, makeApp, schema, secret, sessionOf, setCookies } from '../../support/app.ts'

const pause = async () => { await new Promise((resolve) => setTimeout(resolve, 5)) }

/** A store that answers late, as one over a network does. */
class SlowStore extends MemoryStore {
  override async get (...args: Parameters<MemoryStore['get']>) {
    await pause()
    return await super.get(...args)
  }

  override async set (...args: Parameters<MemoryStore['set']>) {
    await pause()
    return await super.set(...args)
  }
}

const modes: Record<string, () => Partial<TypedSessionOptions>> = {
  'in the cookie': () => ({}),
  'in a store': () => ({ store: new SlowStore() }),
  'with revocation': () => ({ revocation: { store: new SlowStore() } })
}

async function register (app: FastifyInstance, options: Partial<TypedSessionOptions>): Promise<void> {
  await app.register(fastifyTypedSession, { schema, secret, ...options })
}

/** Routes whose hook or handler gives an answer, forgets to return it, and goes on to a second one. */
function addForgetful (app: FastifyInstance, change: (session: ReturnType<typeof sessionOf>) => void): readonly string[] {
  app.get('/guarded', {
    preHandler: async (request, reply) => {
      change(sessionOf(request))
      reply.code(401).send('denied')
    }
  }, async (_request, reply) => await reply.code(200).header('x-secret', 'yes').send({ secret: 'the secret' }))
  app.get('/handler', async (request, reply) => {
    change(sessionOf(request))
    reply.code(401).send('denied')
    return 'the secret'
  })
  app.get('/throws', async (request, reply) => {
    change(sessionOf(request))
    reply.code(401).send('denied')
    throw new Error('the secret')
  })
  app.get('/silent', async (request, reply) => {
    change(sessionOf(request))
    reply.code(401).send('denied')
  })
  return ['/guarded', '/handler', '/throws', '/silent']
}

const spoil = (session: object) => { Object.assign(session, { cart: 'no list' }) }

for (const [mode, options] of Object.entries(modes)) {
  for (const custom of [false, true]) {
    t.test(`no second answer follows one that cannot be saved (${mode}${custom ? ', error handler' : ''})`, async (t) => {
      const app = Fastify()
      if (custom) app.setErrorHandler(async (_error, _request, reply) => await reply.code(500).send('FST_TYPED_SESSION_INVALID_DATA'))
      app.addHook('onSend', pause)
      await register(app, options())
      for (const url of addForgetful(app, spoil)) {
        const { statusCode, body } = await app.inject(url)
        t.match(body, /FST_TYPED_SESSION_INVALID_DATA/, url)
        t.ok(statusCode === 500 || statusCode === 401, url)
      }
    })
  }

  t.test(`no second answer follows one that fails in a later onSend hook (${mode})`, async (t) => {
    const app = Fastify()
    app.addHook('onSend', pause)
    await register(app, options())
    let failures = 0
    app.addHook('onSend', async (_request, _reply, payload) => {
      if (payload === 'denied' && ++failures > 0) throw new Error('a later hook fails')
      return payload
    })
    const urls = addForgetful(app, (session) => { session.userId = 7 })
    for (const url of urls) t.match((await app.inject(url)).json<object>(), { message: 'a later hook fails' }, url)
    t.equal(failures, urls.length)
  })

  t.test(`an answer waits for commitSession(), though the app does not (${mode})`, async (t) => {
    const app = await makeApp(options())
    app.get('/forgets', async (request, reply) => {
      sessionOf(request).userId = 7
      reply.commitSession().catch(t.fail)
      return 'done'
    })
    const response = await app.inject('/forgets')
    t.same([response.body, setCookies(response).length], ['done', 1])
    t.match((await app.inject({ url: '/read', cookies: { session: cookieOf(response) } })).json<object>(), { userId: 7 })
  })

  t.test(`a commitSession() that comes to an end after the headers is an error (${mode})`, async (t) => {
    const app = await makeApp(options())
    let code: unknown
    const done = new Promise<void>((resolve) => {
      app.get('/raw', (request, reply) => {
        sessionOf(request).userId = 7
        reply.hijack()
        reply.commitSession().catch((error: { code: string }) => { code = error.code }).finally(resolve)
        reply.raw.end('raw')
      })
    })
    t.same((await app.inject('/raw')).body, 'raw')
    await done
    t.equal(code, 'FST_TYPED_SESSION_HEADERS_SENT')
  })

  t.test(`the app's error handler answers for an app with two sessions (${mode})`, async (t) => {
    const app = Fastify()
    app.setErrorHandler(async (error: Error) => {
      await pause()
      return `handled: ${error.message}`
    })
    await register(app, options())
    await app.register(fastifyTypedSession, { schema, secret, ...options(), name: 'other', cookieName: 'other' })
    app.addHook('onSend', async (request, _reply, payload) => {
      if (request.url === '/hook' && payload === 'fine') throw new Error('a hook')
      return payload
    })
    app.get('/hook', async (request) => {
      sessionOf(request).userId = 7
      return 'fine'
    })
    app.get('/stream', async () => new Readable({ read () { this.destroy(new Error('a stream')) } }))
    app.get('/data', async (request) => { spoil(sessionOf(request)) })
    for (const [url, message] of [['/hook', /^handled: a hook$/], ['/stream', /^handled: a stream$/], ['/data', /^handled: .*cart/]] as const) {
      t.match((await app.inject(url)).body, message, url)
    }
  })

  t.test(`what Fastify cannot send is a 500, and the app goes on (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    app.get('/header', async (request, reply) => {
      sessionOf(request).userId = 7
      return await reply.header('x-name', '→').send('text')
    })
    app.get('/payload', async (request, reply) => {
      sessionOf(request).userId = 7
      return await reply.type('text/plain').send(42)
    })
    for (const [url, code] of [['/header', 'ERR_INVALID_CHAR'], ['/payload', 'FST_ERR_REP_INVALID_PAYLOAD_TYPE']] as const) {
      const response = await app.inject(url)
      t.match([response.statusCode, response.json()], [500, { code }], url)
    }
  })

  t.test(`a header may have any value that Node.js takes (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    const value = { toString: () => 'a text' }
    app.get('/', async (request, reply) => {
      sessionOf(request).userId = 7
      return await reply.header('x-value', value).header('x-number', 7).send('sent')
    })
    const { body, headers } = await app.inject('/')
    t.match([body, headers], ['sent', { 'x-value': 'a text', 'x-number': '7', 'set-cookie': /^session=/ }])
  })

  t.test(`to await the reply is to wait until all of it has gone (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    const events: string[] = []
    app.get('/', async (request, reply) => {
      sessionOf(request).userId = 7
      await reply.send(Readable.from((async function * () {
        await pause()
        events.push('streamed')
        yield 'text'
      })()))
      events.push('awaited')
    })
    t.equal((await app.inject('/')).body, 'text')
    await pause()
    t.same(events, ['streamed', 'awaited'])
  })

  t.test(`a session cannot change once its answer is given (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    const codes: unknown[] = []
    const codeOf = async (change: () => unknown) => { try { await change() } catch (error) { codes.push((error as { code: string }).code) } }
    app.get('/', async (request, reply) => {
      const session = sessionOf(request)
      reply.send('given')
      await codeOf(async () => { await session.regenerate() })
      await codeOf(() => { session.delete() })
      await codeOf(() => { session.permanent = true })
      return await reply
    })
    t.equal((await app.inject('/')).body, 'given')
    t.same(codes, Array(3).fill(mode === 'in the cookie' ? 'FST_TYPED_SESSION_HEADERS_SENT' : 'FST_TYPED_SESSION_ALREADY_SAVED'))
  })

  t.test(`callNotFound() in a child context saves the session (${mode})`, async (t) => {
    const app = Fastify()
    app.setNotFoundHandler(async (_request, reply) => await reply.code(404).send('not here'))
    await app.register(async (child) => {
      await register(child, options())
      child.get('/missing', async (request, reply) => {
        sessionOf(request).userId = 7
        reply.callNotFound()
        return await reply
      })
      child.get('/me', async (request) => sessionOf(request).data())
    })
    const response = await app.inject('/missing')
    t.same([response.statusCode, response.body], [404, 'not here'])
    t.match((await app.inject({ url: '/me', cookies: { session: cookieOf(response) } })).json<object>(), { userId: 7 })
  })

  t.test(`an answer that could not be saved depends on the cookie (${mode})`, async (t) => {
    const app = Fastify()
    app.addHook('onSend', async (request, _reply, payload) => {
      if (request.url !== '/hook') return payload
      sessionOf(request).set('cart', 'no list' as never)
    })
    await register(app, options())
    app.setErrorHandler(async (error: { code: string }, request, reply) => {
      if (request.url === '/handler') return sessionOf(request).new
      return await reply.code(500).send(error.code)
    })
    app.get('/hook', async () => 'done')
    app.get('/handler', async () => { throw new Error('of the app') })
    app.get('/hijacked', async (request, reply) => {
      spoil(sessionOf(request))
      reply.hijack()
      await reply.commitSession().catch(() => {})
      reply.raw.end('raw')
    })
    app.get('/committed', async (request, reply) => {
      spoil(sessionOf(request))
      await reply.commitSession()
    })
    for (const url of ['/hook', '/handler', '/hijacked', '/committed']) t.equal((await app.inject(url)).headers.vary, 'Cookie', url)
  })
}

for (const [mode, options] of Object.entries(modes).slice(1)) {
  t.test(`a second answer changes neither status nor headers (${mode})`, async (t) => {
    const app = Fastify()
    app.addHook('onRequest', async (_request, reply) => { reply.header('set-cookie', ['a=1', 'b=2']).header('x-first', 'yes') })
    await register(app, options())
    for (const url of addForgetful(app, (session) => { session.userId = 7 })) {
      const { statusCode, headers, body } = await app.inject(url)
      t.same([statusCode, body, headers['x-secret'], headers['x-first']], [401, 'denied', undefined, 'yes'], url)
      t.equal(headers['content-type'], 'text/plain; charset=utf-8', url)
      t.match(headers['set-cookie'], ['a=1', 'b=2', /^session=/], url)
    }
  })
}

for (const [mode, options] of Object.entries(modes).slice(1)) {
  t.test(`a status and headers set after the answer are not sent (${mode})`, async (t) => {
    const app = Fastify()
    await register(app, options())
    app.get('/', async (request, reply) => {
      sessionOf(request).userId = 7
      reply.code(401).header('x-first', 'yes').send('denied')
      reply.code(200).header('x-first', 'no').header('x-second', 'yes')
      return reply
    })
    const { statusCode, headers } = await app.inject('/')
    t.same([statusCode, headers['x-first'], headers['x-second']], [401, 'yes', undefined])
  })
}
