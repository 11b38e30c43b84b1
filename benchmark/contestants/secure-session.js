import fastifySecureSession from '@fastify/secure-session'
import { secret } from '../data.js'

/** A cookie sealed with libsodium's secretbox. */
export default {
  register: (app) => app.register(fastifySecureSession, {
    key: Buffer.from(secret).subarray(0, 32),
    cookie: { path: '/', httpOnly: true, sameSite: 'lax' }
  }),
  login ({ session }, reply, data) {
    for (const [key, value] of Object.entries(data)) session.set(key, value)
  },
  read: ({ session }) => session.get('name'),
  write ({ session }) {
    const visits = session.get('visits') + 1
    session.set('visits', visits)
    return visits
  }
}
