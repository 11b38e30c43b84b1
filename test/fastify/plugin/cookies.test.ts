import fastifyCookie, { type FastifyCookieOptions } from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { Browser, cookieOf, makeApp, sessionOf, setCookies } from '../../support/app.ts'

t.test('@fastify/cookie is registered by the plugin where it is absent', async (t) => {
  const app = await makeApp()
  t.ok(app.hasPlugin('@fastify/cookie'))
  app.get('/cookies', async (request) => request.cookies)
  t.same((await app.inject({ url: '/cookies', cookies: { a: '1' } })).json(), { a: '1' })
})

for (const [how, options] of [
  ['with its defaults', {}], ['with hook: false', { hook: false }], ['with a later hook', { hook: 'preHandler' }],
  ['with a decode of its own', { parseOptions: { decode: (text: string) => Buffer.from(text, 'base64').toString() } }],
  ['with a decode that throws', { parseOptions: { decode: () => { throw new URIError('malformed') } }, hook: false }]
] as const) {
  t.test(`@fastify/cookie is shared where the app has it, ${how}`, async (t) => {
    const app = await makeApp({ before: (app) => app.register(fastifyCookie, options as FastifyCookieOptions) })
    const browser = new Browser(app)
    t.equal((await browser.get('/login')).statusCode, 200)
    t.equal((await browser.get('/read')).json().userId, 7)
    t.equal(setCookies(await browser.get('/logout')).length, 1)
  })
}

t.test('@fastify/cookie registered after the plugin fails with a clear error', async (t) => {
  const app = await makeApp()
  await t.rejects(async () => app.register(fastifyCookie), { code: 'FST_ERR_DEC_ALREADY_PRESENT', message: /Cookie/ })
})

for (const order of ['before', 'after'] as const) {
  t.test(`the app's own Set-Cookie headers survive, its hooks registered ${order}`, async (t) => {
    const own = (app: FastifyInstance) => {
      app.addHook('onRequest', async (request, reply) => { reply.header('set-cookie', 'a=1') })
      app.addHook('preHandler', async (request, reply) => { reply.setCookie('b', '2') })
      app.addHook('onSend', async (request, reply) => {
        reply.header('set-cookie', 'c=3')
        reply.setCookie('d', '4')
      })
    }
    for (const cookie of ['ours', 'the app\'s']) {
      const app = await makeApp({
        before: async (app) => {
          if (cookie !== 'ours') await app.register(fastifyCookie)
          if (order === 'before') own(app)
        }
      })
      if (order === 'after') own(app)
      const reply = await app.inject('/login')
      const names = reply.cookies.map(({ name }) => name).sort()
      t.same(names, ['a', 'b', 'c', 'd', 'session'], `with ${cookie} @fastify/cookie`)
    }
  })
}

t.test('a list of Set-Cookie, and one that the raw response has, survive', async (t) => {
  const app = await makeApp()
  app.get('/list', async (request, reply) => {
    reply.header('set-cookie', ['a=1', 'b=2'])
    sessionOf(request).userId = 1
  })
  app.get('/raw', async (request, reply) => {
    reply.raw.setHeader('set-cookie', ['a=1', 'b=2'])
    sessionOf(request).userId = 1
  })
  for (const url of ['/list', '/raw']) {
    t.same((await app.inject(url)).cookies.map(({ name }) => name), ['a', 'b', 'session'], url)
  }
})

t.test('a changed session replaces a cookie of its name that the app set', async (t) => {
  const app = await makeApp()
  app.get('/clash', async (request, reply) => {
    reply.header('set-cookie', 'session=mine').header('set-cookie', 'other=1')
    sessionOf(request).userId = 1
  })
  const [other, session, ...more] = setCookies(await app.inject('/clash'))
  t.same([other, more], ['other=1', []])
  t.match(session, /^session=e/)
})

t.test('a cookie of its name that the app set or cleared wins over a refresh', async (t) => {
  const app = await makeApp()
  app.get('/clear', async (_request, reply) => { reply.clearCookie('session', { path: '/' }) })
  const session = cookieOf(await app.inject('/remember'))
  const reply = await app.inject({ url: '/clear', cookies: { session } })
  t.match(setCookies(reply), ['session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
})

t.test('by default the cookie is HttpOnly, SameSite=Lax and for all paths of the host', async (t) => {
  const app = await makeApp()
  const [header = ''] = setCookies(await app.inject('/login'))
  t.match(header, /^session=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/)
})

t.test('each attribute is sent as it was asked for', async (t) => {
  for (const [cookie, expected] of [
    [{ path: '/app' }, /; Path=\/app;/], [{ domain: 'example.com' }, /; Domain=example\.com;/], [{ secure: true }, /; Secure/],
    [{ sameSite: 'strict' }, /; SameSite=Strict/], [{ sameSite: 'none', secure: true }, /; SameSite=None/],
    [{ partitioned: true, secure: true }, /; Partitioned/], [{ priority: 'high' }, /; Priority=High/],
    [{ httpOnly: false }, /^(?!.*HttpOnly)/], [{ sameSite: false }, /^(?!.*SameSite)/], [{ secure: false }, /^(?!.*Secure)/]
  ] as const) {
    t.match(setCookies(await (await makeApp({ cookie })).inject('/login'))[0], expected)
  }
})

t.test('secure: auto follows the protocol, behind a trusted proxy too', async (t) => {
  for (const [trustProxy, proto, secure] of [
    [true, 'https', true], [true, 'HTTPS', true], [true, 'http, HttpS', true], [true, 'http', false], [false, 'https', false], [true, undefined, false]
  ] as const) {
    const app = await makeApp({ fastify: { trustProxy } })
    const headers = proto === undefined ? {} : { 'x-forwarded-proto': proto }
    const reply = await app.inject({ url: '/login', headers })
    t.equal(/; Secure/.test(setCookies(reply)[0] ?? ''), secure, `trustProxy ${trustProxy}, ${proto}`)
    const logout = await app.inject({ url: '/logout', headers, cookies: { session: cookieOf(reply) } })
    t.equal(/; Secure/.test(setCookies(logout)[0] ?? ''), secure, 'deleted with it as well')
  }
})

t.test('cookieName names the cookie, name the decorator', async (t) => {
  const app = await makeApp({ cookieName: '__Host-sid', cookie: { secure: true } })
  const reply = await app.inject('/login')
  t.equal((await app.inject({ url: '/read', cookies: { '__Host-sid': cookieOf(reply, '__Host-sid') } })).json().userId, 7)
})
