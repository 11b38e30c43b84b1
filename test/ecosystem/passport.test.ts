import { Authenticator, Strategy } from '@fastify/passport'
import Fastify, { type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { z } from 'zod'
import fastifyTypedSession from '../../lib/index.ts'
import { serve } from '../support/client.ts'

const secret = 'Vq3nTq0sYx8Jd5RkWm7Bz2HfLc9GpAe4'
const schema = z.object({ cart: z.array(z.string()).default([]), seenAt: z.date().optional() })
const known = { ann: { id: 7, name: 'ann' } }

/** Logs in whom the body names. */
class NameStrategy extends Strategy {
  constructor () {
    super('name')
  }

  override authenticate (request: FastifyRequest): void {
    const { name } = request.body as { name: 'ann' }
    if (known[name] === undefined) this.fail({ message: `${name} is not known` })
    else this.success(known[name])
  }
}

async function makeClient (t: Test, options: object = {}, authenticatorOptions: object = {}) {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  const passport = new Authenticator(authenticatorOptions)
  await app.register(passport.initialize())
  await app.register(passport.secureSession())
  passport.use(new NameStrategy())
  passport.registerUserSerializer(async (user: { id: number }) => user.id)
  passport.registerUserDeserializer(async (id) => Object.values(known).find((user) => user.id === id))

  app.post('/login', { preValidation: passport.authenticate('name', { authInfo: false, ...options }) }, async (request) => request.user)
  app.get('/me', async (request) => ({ user: request.user ?? null, session: request.getDecorator('session') }))
  app.get('/fill', async (request) => {
    Object.assign(request.getDecorator<object>('session'), { cart: ['apple'], seenAt: new Date(0), returnTo: '/orders' })
  })
  app.post('/logout', async (request) => await request.logout())
  return await serve(t, app)
}

t.test('@fastify/passport logs in, knows the user on the next request, and logs out', async (t) => {
  const client = await makeClient(t)
  t.match((await client.get('/me')).json, { user: null })
  t.same((await client.post('/login', { name: 'ann' })).json, known.ann)
  t.match((await client.get('/me')).json, { user: known.ann, session: { passport: 7 } })
  await client.post('/logout')
  t.match((await client.get('/me')).json, { user: null })
})

t.test('a login clears what the session held before it', async (t) => {
  const client = await makeClient(t)
  await client.get('/fill')
  await client.post('/login', { name: 'ann' })
  t.same((await client.get('/me')).json, { user: known.ann, session: { cart: [], passport: 7 } })
})

t.test('keepSessionInfo keeps it, dates too', async (t) => {
  const client = await makeClient(t, { keepSessionInfo: true })
  await client.get('/fill')
  await client.post('/login', { name: 'ann' })
  t.match((await client.get('/me')).json, { user: known.ann, session: { cart: ['apple'], seenAt: new Date(0).toISOString() } })
})

t.test('clearSessionOnLogin: false keeps it', async (t) => {
  const client = await makeClient(t, {}, { clearSessionOnLogin: false })
  await client.get('/fill')
  await client.post('/login', { name: 'ann' })
  t.match((await client.get('/me')).json, { user: known.ann, session: { cart: ['apple'] } })
})

t.test('messages of failures are kept, and returnTo is followed', async (t) => {
  const client = await makeClient(t, {
    failureMessage: true, failureRedirect: '/me', successReturnToOrRedirect: '/', keepSessionInfo: true
  })
  t.equal((await client.post('/login', { name: 'bob' })).headers.get('location'), '/me')
  t.match((await client.get('/me')).json, { user: null, session: { messages: ['bob is not known'] } })
  await client.get('/fill')
  const login = await client.post('/login', { name: 'ann' })
  t.equal(login.headers.get('location'), '/orders')
  t.equal(login.headers.getSetCookie().length, 1)
  t.match((await client.get('/me')).json, { user: known.ann, session: { returnTo: undefined } })
})
