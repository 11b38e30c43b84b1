// SESSION_SECRET=… OLD_KEY=… node server.js, where OLD_KEY is the old session's key in hexadecimal.
import { buildApp } from './app.js'

const { SESSION_SECRET: secret, OLD_KEY: oldKey = '', PORT: port = '3000' } = process.env
const app = await buildApp({ secret, oldKey: Buffer.from(oldKey, 'hex') })
console.log(await app.listen({ host: '127.0.0.1', port: Number(port) }))
