import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifyJwt from '@fastify/jwt'
import fastifySecureSession from '@fastify/secure-session'
import fastifySession from '@fastify/session'
import { RedisStore } from 'connect-redis'
import expressSession from 'express-session'
import Fastify, { type FastifyInstance } from 'fastify'
import { sealData } from 'iron-session'
import { createClient } from 'redis'
import t, { type Test } from 'tap'
import { Jar, python, startFlask } from '../flask/flask.ts'
import { secret } from '../support/app.ts'
import { Client, serve } from '../support/client.ts'
import { needs } from '../support/peer.ts'
import { noRedis, startRedis } from '../support/redis.ts'

type BuildApp = (options: object) => Promise<FastifyInstance>
/** What an example exports. The examples use the built package, which the compiler of the tests does not see. */
const load = async (name: string) => await import(`../../examples/migrations/${name}.ts`) as Record<string, (...args: unknown[]) => unknown>
const { buildApp } = await load('app') as unknown as { buildApp: BuildApp }
const oldSecret = 'the secret of the app before the move'

interface Move {
  adopt: unknown
  before?: unknown
  /** Whether the old session ends for all its copies, because it was in a store. */
  endsCopies?: boolean
}

/** Moves a browser that is logged in at the old app as user 7 to the new app, and logs it out there. */
async function move (t: Test, cookies: ReadonlyMap<string, string>, { endsCopies = false, ...options }: Move) {
  const old = [...cookies.keys()]
  t.not(old.length, 0)
  const browser = await serve(t, await buildApp({ secret, ...options }))
  const visit = async () => (await browser.get('/me')).json
  t.same(await visit(), { userId: null }, 'a visitor is nobody')
  t.equal(browser.cookies.size, 0)

  for (const [name, value] of cookies) browser.cookies.set(name, value)
  t.same(await visit(), { userId: 7 }, 'the user stays logged in')
  t.same([...browser.cookies.keys()], ['typed-session'], 'the old cookie is gone, the new one is there')
  t.same(await visit(), { userId: 7 })
  await browser.post('/logout')
  t.same(await visit(), { userId: null }, 'the logout holds')
  t.equal(browser.cookies.size, 0)

  for (const [name, value] of cookies) browser.cookies.set(name, endsCopies ? value : value.replace(/.{4}$/, 'AAAA'))
  t.same(await visit(), { userId: null }, endsCopies ? 'a copy of the old cookie is worth nothing' : 'a forged one is worth nothing')
}

/** Visits the new app with an old session whose data it refuses, since the user's id is no number. */
async function stay (t: Test, cookies: ReadonlyMap<string, string>, options: Move) {
  t.not(cookies.size, 0)
  const browser = await serve(t, await buildApp({ secret, ...options }))
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  t.same((await browser.get('/me')).json, { userId: null }, 'refused data log nobody in')
  t.same([...browser.cookies], [...cookies], 'the old session stays')
}

/** Whom a login of an old app is for. */
const userAt = (url = '') => url.endsWith('/seven') ? 'seven' : 7

t.test('from @fastify/secure-session', async (t) => {
  const key = randomBytes(32)
  const app = Fastify()
  await app.register(fastifySecureSession, { key, cookie: { path: '/' } })
  app.post('/login/:user', async ({ session, url }) => { session.set('userId' as never, userAt(url) as never) })
  const browser = await serve(t, app)
  await browser.post('/login/7')
  const { fromSecureSession, registerSecureSession } = await load('secure-session')
  const options = { adopt: fromSecureSession, before: registerSecureSession?.(key) }
  await move(t, browser.cookies, options)
  await browser.post('/login/seven')
  await stay(t, browser.cookies, options)
})

t.test('from @fastify/jwt in a cookie', async (t) => {
  const app = Fastify()
  await app.register(fastifyCookie)
  await app.register(fastifyJwt, { secret: oldSecret, cookie: { cookieName: 'token', signed: false } })
  app.post('/login/:user', async ({ url }, reply) =>
    reply.setCookie('token', app.jwt.sign({ userId: String(userAt(url)) }), { path: '/' }).send({}))
  const browser = await serve(t, app)
  await browser.post('/login/7')
  const { fromJwt, registerJwt } = await load('jwt')
  const options = { adopt: fromJwt, before: registerJwt?.(oldSecret) }
  await move(t, browser.cookies, options)
  await browser.post('/login/seven')
  await stay(t, browser.cookies, options)

  const late = await serve(t, await buildApp({ secret, ...options }))
  late.cookies.set('token', app.jwt.sign({ userId: 7, exp: 1 }))
  t.same((await late.get('/me')).json, { userId: null })
  t.equal(late.cookies.size, 0, 'a token that has expired goes too')
})

t.test('from iron-session', async (t) => {
  const options = { cookieName: 'iron', password: oldSecret }
  const cookiesOf = async (userId: unknown) => new Map([['iron', await sealData({ userId }, options)]])
  const { fromIronSession } = await load('iron-session')
  await move(t, await cookiesOf(7), { adopt: fromIronSession?.(options) })
  await stay(t, await cookiesOf('seven'), { adopt: fromIronSession?.(options) })
})

t.test('from cookie-session', async (t) => {
  const { default: cookieSession } = await import('cookie-session' as string) as { default: (options: object) => Middleware }
  const browser = await startConnect(t, cookieSession({ name: 'session', keys: [oldSecret] }))
  await browser.post('/login/7')
  t.same([...browser.cookies.keys()].sort(), ['session', 'session.sig'])
  const { fromCookieSession } = await load('cookie-session')
  const options = { adopt: fromCookieSession?.([oldSecret]) }
  await move(t, browser.cookies, options)
  await browser.post('/login/seven')
  await stay(t, browser.cookies, options)
})

t.test('from Flask, or from its format, to the default format', needs('a Python with Flask', python), async (t) => {
  const flask = await startFlask(t)
  const browser = new Jar()
  await browser.send(`${flask}/control`, { now: Math.floor(Date.now() / 1000), secrets: [oldSecret] })
  await browser.send(`${flask}/login`, { permanent: true, user_id: 7 })
  const { fromFlask } = await load('flask')
  const options = { adopt: fromFlask?.(oldSecret) }
  await move(t, browser.cookies, options)
  await browser.send(`${flask}/login`, { permanent: true, user_id: 'seven' })
  await stay(t, browser.cookies, options)
})

t.test('with sessions in Redis', { skip: noRedis }, async (t) => {
  const redis = await startRedis()
  const client = await createClient({ url: redis.url }).on('error', () => {}).connect()
  t.teardown(async () => {
    client.destroy()
    await redis.stop()
  })
  const store = new RedisStore({ client })
  const { fromRedisSession } = await load('redis-session')
  const moveFromStore = async (t: Test, browser: Client, cookieName: string) => {
    const options = { adopt: fromRedisSession?.({ store, cookieName, secret: oldSecret }), endsCopies: true }
    await browser.post('/login/7')
    await move(t, browser.cookies, options)
    t.equal(await client.dbSize(), 0, 'the old session is gone')
    await browser.post('/login/seven')
    await stay(t, browser.cookies, options)
    t.equal(await client.dbSize(), 1, 'the old session stays in the store')
    await client.flushAll()
  }

  await t.test('from @fastify/session', async (t) => {
    const app = Fastify()
    await app.register(fastifyCookie)
    await app.register(fastifySession, { secret: oldSecret, store, cookie: { secure: false } })
    app.post('/login/:user', async ({ session, url }) => { session.set('userId' as never, userAt(url) as never) })
    await moveFromStore(t, await serve(t, app), 'sessionId')
  })

  await t.test('from express-session', async (t) => {
    const middleware = expressSession({ secret: oldSecret, store, resave: false, saveUninitialized: false })
    await moveFromStore(t, await startConnect(t, middleware as unknown as Middleware), 'connect.sid')
  })
})

type Middleware = (request: IncomingMessage & { session?: Record<string, unknown> }, response: ServerResponse, next: () => void) => void

/** An app without a framework: the middleware, and its login. */
async function startConnect (t: Test, middleware: Middleware): Promise<Client> {
  const listener: RequestListener = (request: IncomingMessage & { session?: Record<string, unknown> }, response) => {
    middleware(request, response, () => {
      if (request.session !== undefined) request.session.userId = userAt(request.url)
      response.end('{}')
    })
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
