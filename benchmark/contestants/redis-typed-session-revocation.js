import { inRedis } from './redis-typed-session.js'

/** This plugin with its data in the cookie, and a record of each session in Redis. */
export default inRedis((store, subject) => ({ revocation: { store, subject } }))
