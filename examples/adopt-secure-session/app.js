// Moves an app from @fastify/secure-session to fastify-typed-session, and nobody is logged out.
import fastifySecureSession from '@fastify/secure-session'
import Fastify from 'fastify'
import fastifyTypedSession from 'fastify-typed-session'
import { z } from 'zod'

const schema = z.object({
  userId: z.number().int().optional(),
  cart: z.array(z.string()).default([])
})

export async function buildApp ({ secret, oldKey }) {
  const app = Fastify()

  // As it was, but no longer `request.session`. Drop it when its sessions have run out.
  await app.register(fastifySecureSession, { sessionName: 'oldSession', cookieName: 'session', key: oldKey, cookie: { path: '/' } })

  await app.register(fastifyTypedSession, { schema, secret, cookieName: 'typed-session', adopt: adoptOld })

  app.post('/login', async (request) => {
    await request.session.regenerate(['cart'])
    request.session.permanent = true
    request.session.userId = 12345
  })
  app.get('/me', async (request) => ({ userId: request.session.userId ?? null, cart: request.session.cart }))
  app.post('/cart', async (request) => { request.session.cart.push(request.body.item) })
  app.post('/logout', async (request) => { request.session.delete() })
  return app
}

// Asked where a request has no acceptable cookie of the new kind. The old cookie goes in the same step: left alone, it
// would log the user in again after the logout.
function adoptOld (request) {
  const data = request.oldSession.data()
  if (Object.keys(data).length === 0) return undefined
  request.oldSession.delete()
  return data
}
