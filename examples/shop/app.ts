import { readFile } from 'node:fs/promises'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import fastifyTypedSession from 'fastify-typed-session'
import { html } from './html.ts'
import { page, sendPage } from './pages.ts'
import { accountRoutes } from './routes/account.ts'
import { adminRoutes } from './routes/admin.ts'
import { shopRoutes } from './routes/shop.ts'
import { adminSession, shopSession, type SessionSettings } from './sessions.ts'
import type { Users } from './users.ts'

export interface ShopOptions extends SessionSettings {
  users: Users
}

/** The shop. Behind a proxy that ends TLS, set `trustProxy` too: it makes the cookies Secure. */
export async function buildApp ({ users, ...settings }: ShopOptions): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(fastifyTypedSession, shopSession(settings))
  await app.register(fastifyTypedSession, adminSession(settings))

  // Forms, and nothing else.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))))
  })
  app.addHook('preValidation', async (request) => { request.body ??= {} })

  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
  })

  // The session may be what failed, so these pages do not look at it.
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const { statusCode = 500 } = error
    if (statusCode >= 500) request.log.error(error)
    const words = statusCode >= 500 ? 'Something went wrong. Please try again.' : error.message
    return await sendPage(reply.code(statusCode), page('Sorry', html`<h1>Sorry</h1><p>${words}</p><p><a href="/">Back to the teas</a></p>`))
  })

  const style = await readFile(new URL('style.css', import.meta.url))
  app.get('/style.css', { config: { session: false, admin: false } }, async (_request, reply) =>
    await reply.header('cache-control', 'public, max-age=3600').type('text/css; charset=utf-8').send(style))

  await app.register(shopRoutes)
  await app.register(accountRoutes, { users })
  await app.register(adminRoutes, { users })
  return app
}
