// SESSION_SECRET=… node server.js; with REDIS_URL=redis://localhost the sessions are in Redis, for any number of servers.
import { buildApp } from './app.js'

const { SESSION_SECRET: secret, REDIS_URL: redisUrl, PORT: port = '3000' } = process.env
const app = await buildApp({ secret, redisUrl })
console.log(await app.listen({ host: '127.0.0.1', port: Number(port) }))
