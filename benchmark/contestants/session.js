import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { secret } from '../data.js'

/** Sessions on the server, in its memory store; the cookie holds a signed id. */
export default {
  async register (app) {
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      secret, cookieName: 'session', saveUninitialized: false, cookie: { secure: false, sameSite: 'lax' }
    })
  },
  login ({ session }, reply, data) {
    Object.assign(session, data)
  },
  read: ({ session }) => session.name,
  write: ({ session }) => ++session.visits
}
