import { once } from 'node:events'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'
import { secret } from '../data.js'

/** express-session with connect-redis, on Express. */
export default {
  async start () {
    const client = await createClient({ url: process.env.REDIS_URL }).connect()
    const app = express()
    app.disable('x-powered-by').disable('etag')
    app.use(express.json())
    app.use(session({
      secret, name: 'session', resave: false, saveUninitialized: false, store: new RedisStore({ client, prefix: 'express-session:' })
    }))
    app.get('/untouched', (request, response) => { response.send('untouched') })
    app.get('/read', (request, response) => { response.send(request.session.name) })
    app.get('/write', (request, response) => { response.send(String(++request.session.visits)) })
    app.post('/login', (request, response) => {
      Object.assign(request.session, request.body.data)
      response.send('logged in')
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
}
