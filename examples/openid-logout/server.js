// SESSION_SECRET=… ISSUER=https://login.example.com CLIENT_ID=… JWKS_URL=https://login.example.com/jwks node server.js
import { buildApp } from './app.js'

const { SESSION_SECRET: secret, ISSUER: issuer, CLIENT_ID: clientId, JWKS_URL: jwksUrl, PORT: port = '3000' } = process.env
const app = await buildApp({ secret, issuer, clientId, jwksUrl })
console.log(await app.listen({ host: '127.0.0.1', port: Number(port) }))
