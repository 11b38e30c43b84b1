import fastifyTypedSession from '../../dist/index.js'
import { secret } from '../data.js'
import { schema } from '../schema.js'

/** This plugin, as its README sets it up. */
export default {
  hasPermanent: true,
  register: (app) => app.register(fastifyTypedSession, { schema, secret }),
  login ({ session }, reply, data, permanent) {
    Object.assign(session, data)
    session.permanent = permanent
  },
  read: ({ session }) => session.name,
  write: ({ session }) => ++session.visits
}
