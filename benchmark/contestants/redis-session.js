import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { secret } from '../data.js'
import session from './session.js'

/** @fastify/session with connect-redis. */
export default {
  ...session,
  async register (app) {
    const client = await createClient({ url: process.env.REDIS_URL }).connect()
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      secret,
      cookieName: 'session',
      saveUninitialized: false,
      cookie: { secure: false, sameSite: 'lax' },
      store: new RedisStore({ client, prefix: 'fastify-session:' })
    })
  }
}
