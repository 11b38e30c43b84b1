import { Readable } from 'node:stream'
import Fastify from 'fastify'
import t from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { cookieOf, schema, secret, sessionOf, setCookies } from '../support/app.ts'

async function makeApp (payload: () => unknown) {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  app.get('/write', async (request) => {
    sessionOf(request).userId = 7
    return payload()
  })
  app.get('/read', async (request) => {
    sessionOf(request).get('userId')
    return payload()
  })
  return app
}

t.test('a Response has its headers merged with the session\'s, and stays as it is itself', async (t) => {
  const response = new Response('body', {
    status: 201,
    headers: [['vary', 'Accept'], ['cache-control', 'public, max-age=60'], ['surrogate-control', 'max-age=9'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']]
  })
  const app = await makeApp(() => response)
  const reply = await app.inject('/write')
  t.equal(reply.statusCode, 201)
  t.equal(reply.body, 'body')
  t.match(reply.headers, { vary: 'Accept, Cookie', 'cache-control': 'private, max-age=60', 'surrogate-control': 'no-store' })
  t.match(setCookies(reply).sort(), ['a=1', 'b=2', /^session=/])
  t.equal(setCookies(reply).length, 3)
  t.equal(response.headers.get('vary'), 'Accept')
})

t.test('a Response without such headers gets them from the reply', async (t) => {
  const app = await makeApp(() => new Response(null, { status: 204 }))
  const reply = await app.inject('/write')
  t.equal(reply.statusCode, 204)
  t.match(reply.headers, { vary: 'Cookie', 'cache-control': 'private' })
  t.equal(setCookies(reply).length, 1)
})

t.test('a Response with a Set-Cookie of the session\'s name leaves one of it', async (t) => {
  const app = await makeApp(() => new Response('body', { headers: [['set-cookie', 'session=own; Path=/'], ['set-cookie', 'sessions=other'], ['cache-control', 'public']] }))
  app.get('/permanent', async (request) => {
    sessionOf(request).userId = 7
    sessionOf(request).permanent = true
  })
  const changed = setCookies(await app.inject('/write'))
  t.match(changed.sort(), [/^session=ey/, /^sessions=other/], 'a change of the session replaces it')
  t.equal(changed.length, 2)
  t.same(setCookies(await app.inject('/read')), ['session=own; Path=/', 'sessions=other'])
  const cookies = { session: cookieOf(await app.inject('/permanent')) }
  t.same(setCookies(await app.inject({ url: '/read', cookies })).sort(), ['session=own; Path=/', 'sessions=other'], 'a renewal gives way')
})

t.test('a Response to a request that only reads stays publicly cacheable for its cookie', async (t) => {
  const app = await makeApp(() => new Response('body', { headers: { vary: 'Accept', 'cache-control': 'public' } }))
  t.match((await app.inject('/read')).headers, { vary: 'Accept, Cookie', 'cache-control': 'public' })
})

t.test('a Response whose body is spent is Fastify\'s error', async (t) => {
  const spent = new Response('body')
  await spent.text()
  const app = await makeApp(() => spent)
  t.match((await app.inject('/write')).json(), { code: 'FST_ERR_REP_RESPONSE_BODY_CONSUMED' })
})

t.test('streams carry the session', async (t) => {
  const app = await makeApp(() => Readable.from(['a', 'b']))
  const reply = await app.inject('/write')
  t.equal(reply.body, 'ab')
  t.equal(setCookies(reply).length, 1)
})

t.test('an error in a later onSend hook leaves one Set-Cookie, of the error handler', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  let failures = 0
  app.addHook('onSend', async () => {
    if (failures++ === 0) throw new Error('once')
  })
  app.setErrorHandler(async (error: Error, request) => {
    sessionOf(request).name = error.message
    return { session: { ...sessionOf(request) } }
  })
  app.get('/', async (request) => { sessionOf(request).userId = 7 })
  const reply = await app.inject('/')
  t.match(reply.json(), { session: { userId: 7, name: 'once' } })
  t.equal(setCookies(reply).length, 1)
  t.match(app.sessions, {})
  t.match(app.getDecorator<{ session: { open (token: string): unknown } }>('sessions').session.open(reply.cookies[0]?.value ?? ''),
    { data: { userId: 7, name: 'once' } })
})

t.test('a Response of another class, as that of node-fetch, is merged too', async (t) => {
  class OtherHeaders extends Headers {}
  // All in one text, as it was before the Fetch standard had more.
  Object.defineProperty(OtherHeaders.prototype, 'getSetCookie', { value: undefined })
  class OtherResponse extends Response {
    constructor (...init: ConstructorParameters<typeof Response>) {
      super(...init)
      Object.defineProperty(this, 'headers', { value: new OtherHeaders(this.headers) })
    }
  }
  const app = await makeApp(() => new OtherResponse('body', { status: 201, headers: { 'set-cookie': 'a=1', 'cache-control': 'public' } }))
  const reply = await app.inject('/write')
  t.match([reply.statusCode, reply.body, reply.headers['cache-control']], [201, 'body', 'private'])
  t.match(setCookies(reply).sort(), ['a=1', /^session=/])
  const plain = await (await makeApp(() => new OtherResponse('body'))).inject('/write')
  t.match(setCookies(plain), [/^session=/])
  t.equal(setCookies(plain).length, 1)
})
