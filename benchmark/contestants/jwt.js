import fastifyCookie from '@fastify/cookie'
import fastifyJwt from '@fastify/jwt'
import { secret } from '../data.js'

/** A JSON Web Token in a cookie, with the plugin's cache of verified tokens. */
export default {
  async register (app) {
    await app.register(fastifyCookie)
    await app.register(fastifyJwt, { secret, cookie: { cookieName: 'session', signed: false }, verify: { cache: true } })
  },
  login: (request, reply, data) => save(reply, data),
  async read (request) {
    const { name } = await request.jwtVerify()
    return name
  },
  async write (request, reply) {
    const { iat, ...data } = await request.jwtVerify()
    await save(reply, { ...data, visits: data.visits + 1 })
    return data.visits + 1
  }
}

async function save (reply, data) {
  reply.setCookie('session', await reply.jwtSign(data), { path: '/', httpOnly: true, sameSite: 'lax' })
}
