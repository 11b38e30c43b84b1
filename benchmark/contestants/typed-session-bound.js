import fastifyTypedSession from '../../dist/index.js'
import { contestant } from './typed-session.js'

const { login, ...others } = contestant(fastifyTypedSession, { cookie: { secure: true }, deviceBound: true })

/** This plugin with sessions that are bound to the browser's device: see device-bound.js. */
export default {
  ...others,
  async login (request, reply, data, permanent) {
    await request.session.regenerate()          // offers to bind it
    login(request, reply, data, permanent)
  }
}
