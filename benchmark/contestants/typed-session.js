import fastifyTypedSession from '../../dist/index.js'
import { secret } from '../data.js'
import { schema } from '../schema.js'

/** This plugin, as its README sets it up. */
export default contestant(fastifyTypedSession)

export function contestant (plugin, options = {}) {
  return {
    hasPermanent: true,
    register: (app) => app.register(plugin, { schema, secret, ...options }),
    login ({ session }, reply, data, permanent) {
      Object.assign(session, data)
      session.permanent = permanent
    },
    read: ({ session }) => session.name,
    write: ({ session }) => ++session.visits
  }
}
