import { createClient } from 'redis'
import fastifyTypedSession from '../../dist/index.js'
import { RedisStore } from '../../dist/stores.js'
import { contestant } from './typed-session.js'

/** This plugin with its data in Redis, and each session listed under its user. */
export default inRedis((store, subject) => ({ store, subject }))

/** `options` makes the plugin's options of a store and what tells whose a session is. */
export function inRedis (options) {
  return {
    ...contestant(fastifyTypedSession),
    async register (app) {
      const client = await createClient({ url: process.env.REDIS_URL }).connect()
      const subject = ({ userId }) => userId?.toString()
      await contestant(fastifyTypedSession, options(new RedisStore(client, { prefix: 'typed-session:' }), subject)).register(app)
    }
  }
}
