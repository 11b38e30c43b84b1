// SESSION_SECRET=… KEY=key.pem CERT=cert.pem node server.js: browsers bind sessions over HTTPS only, also on localhost.
import { readFileSync } from 'node:fs'
import { buildApp } from './app.js'

const { SESSION_SECRET: secret, KEY: key, CERT: cert, PORT: port = '3000' } = process.env
const app = await buildApp({ secret, https: { key: readFileSync(key), cert: readFileSync(cert) } })
console.log(await app.listen({ host: '127.0.0.1', port: Number(port) }))
