import { Readable } from 'node:stream'
import t from 'tap'
import { z } from 'zod'
import { encodePayload } from '../../../lib/payload/payload.ts'
import { deriveSigningKeys } from '../../../lib/token/keys.ts'
import { sign } from '../../../lib/token/signer.ts'
import { Browser, cookieOf, makeApp, secret, sessionOf, setCookies } from '../../support/app.ts'

t.test('the session is there in each hook of the app, in either order of registration', async (t) => {
  for (const order of ['before', 'after']) {
    const seen: string[] = []
    const hooks = (app: Awaited<ReturnType<typeof makeApp>>) => {
      for (const hook of ['onRequest', 'preValidation', 'preHandler'] as const) {
        app.addHook(hook, async (request) => { seen.push(`${hook} ${sessionOf(request).userId}`) })
      }
      app.addHook('onResponse', async (request) => { seen.push(`onResponse ${sessionOf(request).userId}`) })
    }
    const app = await makeApp({ before: (app) => { if (order === 'before') hooks(app) } })
    if (order === 'after') hooks(app)
    const session = cookieOf(await app.inject('/login'))
    seen.length = 0
    await app.inject({ url: '/untouched', cookies: { session } })
    await new Promise(setImmediate)
    t.same(seen, ['onRequest 7', 'preValidation 7', 'preHandler 7', 'onResponse 7'], order)
  }
})

t.test('a write in an onSend or preSerialization hook that runs before ours is saved', async (t) => {
  const app = await makeApp({
    before: (app) => {
      app.addHook('preSerialization', async (request) => { sessionOf(request).cart.push('serialized') })
      app.addHook('onSend', async (request) => { sessionOf(request).cart.push('sent') })
    }
  })
  app.get('/object', async () => ({}))
  const browser = new Browser(app)
  t.equal(setCookies(await browser.get('/object')).length, 1)
  t.same((await browser.visit((session) => session.cart)).json(), ['serialized', 'sent', 'serialized'])
})

t.test('on error replies the session is saved as on others', async (t) => {
  const browser = new Browser(await makeApp())
  const reply = await browser.visit((session) => {
    session.name = 'Zoë'
    throw new Error('the handler failed')
  })
  t.equal(reply.statusCode, 500)
  t.equal((await browser.get('/read')).json().name, 'Zoë')
})

t.test('redirects, 204, HEAD, 304, 404, streams and early replies save the session', async (t) => {
  const app = await makeApp()
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/early') {
      sessionOf(request).userId = 7
      return reply.send('early')
    }
  })
  app.setNotFoundHandler(async (request, reply) => {
    sessionOf(request).userId = 7
    return reply.code(404).send('none')
  })
  app.get('/early', async () => 'never')
  app.get('/redirect', async (request, reply) => {
    sessionOf(request).userId = 7
    return reply.redirect('/')
  })
  for (const code of [204, 304]) {
    app.get(`/${code}`, async (request, reply) => {
      sessionOf(request).userId = 7
      return reply.code(code).send()
    })
  }
  app.get('/stream', async (request, reply) => {
    sessionOf(request).userId = 7
    return reply.send(Readable.from(['a', 'b']))
  })
  for (const [method, url, status] of [
    ['GET', '/redirect', 302], ['GET', '/204', 204], ['GET', '/304', 304], ['HEAD', '/login', 200], ['GET', '/none', 404],
    ['GET', '/stream', 200], ['GET', '/early', 200]
  ] as const) {
    const reply = await app.inject({ method, url })
    t.equal(reply.statusCode, status, url)
    t.equal(setCookies(reply).length, 1, 'one Set-Cookie')
    const session = cookieOf(reply)
    t.equal((await app.inject({ url: '/read', cookies: { session } })).json().userId, 7)
  }
})

t.test('onSend hooks that run twice after an error send one Set-Cookie, the latest', async (t) => {
  const app = await makeApp()
  let failed = false
  app.addHook('onSend', async (request, reply) => {
    reply.header('set-cookie', 'own=1')
    if (failed || request.url !== '/push') return
    failed = true
    sessionOf(request).cart.push('late')
    throw new Error('onSend failed')
  })
  const browser = new Browser(app)
  const reply = await browser.get('/push')
  t.equal(reply.statusCode, 500)
  t.equal(reply.cookies.filter(({ name }) => name === 'session').length, 1)
  t.equal(reply.cookies.filter(({ name }) => name === 'own').length, 2, 'the app\'s are as it set them')
  t.equal(reply.headers.vary, 'Cookie')
  t.same((await browser.get('/read')).json().cart, ['apple', 'late'])
})

t.test('a Set-Cookie is taken back where the session is as it was when onSend runs again', async (t) => {
  const app = await makeApp()
  let failed = false
  app.addHook('onSend', async (request) => {
    if (failed || request.url !== '/push') return
    failed = true
    sessionOf(request).cart.pop()
    throw new Error('onSend failed')
  })
  const reply = await app.inject('/push')
  t.equal(reply.statusCode, 500)
  t.same(setCookies(reply), [])
})

t.test('an error handler sees the error of an invalid session, and sends no cookie', async (t) => {
  const app = await makeApp({
    before: (app) => { app.setErrorHandler(async (error: { code: string }, request, reply) => reply.code(418).send(error.code)) }
  })
  const reply = await new Browser(app).visit((session) => { session.userId = 'x' as never })
  t.equal(reply.statusCode, 418)
  t.equal(reply.body, 'FST_TYPED_SESSION_INVALID_DATA')
  t.same(setCookies(reply), [])
})

t.test('data that can be read but not written back cost nothing while left alone', async (t) => {
  const oneWay = z.codec(z.string(), z.string(), { decode: (text) => text, encode: () => { throw new Error('there is no way back') } })
  const app = await makeApp({ schema: z.object({ name: oneWay.optional(), userId: z.number().optional() }) })
  const keys = deriveSigningKeys([secret], 'fastify-typed-session/session', 'hmac', 'sha256')
  const session = sign(encodePayload({ name: 'Ann' }), Math.floor(Date.now() / 1000), keys)
  const read = await app.inject({ url: '/read', cookies: { session } })
  t.same([read.statusCode, read.json(), read.cookies], [200, { name: 'Ann' }, []])
})

t.test('a session can be put aside and begun anew in one request', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/remember')
  await browser.visit(async (session) => {
    session.delete()
    session.userId = 8
  })
  await browser.visit((session) => {
    t.equal(session.userId, 8)
    t.equal(session.permanent, false)
  })
})
