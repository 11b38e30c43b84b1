import { getIronSession } from 'iron-session'
import { secret } from '../data.js'

const options = { password: secret, cookieName: 'session', cookieOptions: { secure: false } }

/** A cookie sealed with AES and an HMAC, whose keys are derived from a password for each cookie. */
export default {
  slow: true,
  register () {},
  async login (request, reply, data) {
    const session = await getIronSession(request.raw, reply.raw, options)
    Object.assign(session, data)
    await session.save()
  },
  async read (request, reply) {
    const session = await getIronSession(request.raw, reply.raw, options)
    return session.name
  },
  async write (request, reply) {
    const session = await getIronSession(request.raw, reply.raw, options)
    session.visits++
    await session.save()
    return session.visits
  }
}
