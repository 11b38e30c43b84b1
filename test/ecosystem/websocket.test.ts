import { once } from 'node:events'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import WebSocket from 'ws'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf, type TestSession } from '../support/app.ts'
import { serve } from '../support/client.ts'

/** Talks to a handler over a websocket, as a user that is logged in; gives what it says first, and the log's warnings. */
async function talk (t: Test, handler: (session: TestSession) => string) {
  const warnings: string[] = []
  const stream = { write: (line: string) => { warnings.push(JSON.parse(line).msg) } }
  const app = Fastify({ logger: { level: 'warn', stream } })
  await app.register(websocket)
  await app.register(fastifyTypedSession, { schema, secret })
  app.get('/login', async (request) => { sessionOf(request).userId = 7 })
  app.get('/socket', { websocket: true }, (socket, request) => { socket.send(handler(sessionOf(request))) })
  const client = await serve(t, app)
  await client.get('/login')

  const socket = new WebSocket(`${client.origin}/socket`, { headers: { cookie: client.cookieHeader } })
  const [[upgrade], [message]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'message')])
  socket.close()
  await once(socket, 'close')
  await app.close()
  return { setCookie: upgrade.headers['set-cookie'], message: String(message), warnings }
}

t.test('a @fastify/websocket handler reads the session, and the handshake sets no cookie', async (t) => {
  t.same(await talk(t, (session) => String(session.userId)), { setCookie: undefined, message: '7', warnings: [] })
})

t.test('a change through the controls in a websocket\'s handler is a coded error', async (t) => {
  const { message } = await talk(t, (session) => {
    try {
      session.set('userId', 8)
      return 'changed'
    } catch (error) {
      return (error as { code: string }).code
    }
  })
  t.equal(message, 'FST_TYPED_SESSION_HEADERS_SENT')
})

t.test('an assignment in a websocket\'s handler is warned about when the socket closes', async (t) => {
  const { warnings } = await talk(t, (session) => {
    session.userId = 8
    return 'assigned'
  })
  t.match(warnings, [/a change of the session is lost/])
})
