// SECRET_KEY=… FLASK=http://127.0.0.1:5000 node server.js
import { buildApp } from './app.js'

const { SECRET_KEY: secret, FLASK: flask = 'http://127.0.0.1:5000', PORT: port = '3000' } = process.env
const app = await buildApp({ secret, flask })
console.log(await app.listen({ host: '127.0.0.1', port: Number(port) }))
