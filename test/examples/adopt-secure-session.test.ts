import { randomBytes } from 'node:crypto'
import fastifySecureSession from '@fastify/secure-session'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { Browser, secret } from '../support/app.ts'

const example = '../../examples/adopt-secure-session/app.js'

/** The app before the move. */
async function makeOldApp (key: Buffer): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(fastifySecureSession, { key, cookie: { path: '/' } })
  app.get('/login', async ({ session }) => {
    session.set('userId' as never, 7 as never)
    session.set('cart' as never, ['apple'] as never)
  })
  return app
}

t.test('a session of @fastify/secure-session goes on, and does not return after a logout', async (t) => {
  const oldKey = randomBytes(32)
  const { buildApp } = await import(example) as { buildApp: (options: object) => Promise<FastifyInstance> }
  const before = new Browser(await makeOldApp(oldKey))
  await before.get('/login')
  t.same([...before.cookies.keys()], ['session'])

  const app = await buildApp({ secret, oldKey })
  const after = new Browser(app)
  after.cookies.set('session', encodeURIComponent(before.cookies.get('session') ?? ''))
  t.same((await after.get('/me')).json(), { userId: 7, cart: ['apple'] })
  t.same([...after.cookies.keys()], ['typed-session'], 'the old cookie is gone, the new one is there')
  t.same((await after.get('/me')).json(), { userId: 7, cart: ['apple'] })

  const cookies = () => Object.fromEntries(after.cookies)
  const logout = await app.inject({ method: 'POST', url: '/logout', cookies: cookies() })
  t.match(logout.headers['set-cookie'], /^typed-session=; Max-Age=0/)
  after.cookies.clear()
  t.same((await after.get('/me')).json(), { userId: null, cart: [] })

  const cart = await app.inject({ method: 'POST', url: '/cart', payload: { item: 'pear' } })
  const login = await app.inject({ method: 'POST', url: '/login', cookies: { 'typed-session': cart.cookies[0]?.value ?? '' } })
  after.cookies.set('typed-session', login.cookies[0]?.value ?? '')
  t.same((await after.get('/me')).json(), { userId: 12345, cart: ['pear'] }, 'a new login is one of the new kind')
})

t.test('who has neither cookie has an empty session and gets none', async (t) => {
  const { buildApp } = await import(example) as { buildApp: (options: object) => Promise<FastifyInstance> }
  const reply = await (await buildApp({ secret, oldKey: randomBytes(32) })).inject('/me')
  t.same(reply.json(), { userId: null, cart: [] })
  t.equal(reply.headers['set-cookie'], undefined)
})
