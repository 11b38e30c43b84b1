// The proxy before a Flask app that takes over one route after the other. The browser sees one site and one session.
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import fastifyTypedSession from 'fastify-typed-session'
import { z } from 'zod'

const schema = z.object({
  user: z.string().optional(),
  cart: z.array(z.string()).default([])
})

export async function buildApp ({ secret, flask }) {
  const app = Fastify()
  await app.register(ownRoutes, { secret })
  // All else is Flask's still.
  await app.register(httpProxy, { upstream: flask })
  return app
}

// The plugin is registered with the routes that it serves, and not for the whole app: two sides that answered one
// request with a session cookie each would undo each other's changes.
async function ownRoutes (app, { secret }) {
  await app.register(fastifyTypedSession, { schema, secret, format: 'flask' })

  app.get('/api/me', async (request) => ({ user: request.session.user ?? null, cart: request.session.cart }))
  app.post('/api/cart/:item', async (request, reply) => {
    if (request.session.user === undefined) return reply.code(401).send()
    request.session.cart.push(request.params.item)
    return { cart: request.session.cart }
  })
}
