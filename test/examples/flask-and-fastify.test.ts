import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { python } from '../flask/flask.ts'
import { secret } from '../support/app.ts'
import { needs } from '../support/peer.ts'

const folder = 'examples/flask-and-fastify'

/** The example's Flask app on a free port; its address. */
async function startFlask (t: Test): Promise<string> {
  const env = { PATH: process.env.PATH, SECRET_KEY: secret, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(python ?? '', ['-m', 'flask', '--app', `${folder}/app.py`, 'run', '--port', '0'], { env, stdio: ['ignore', 'inherit', 'pipe'] })
  t.teardown(async () => {
    if (child.kill()) await once(child, 'exit')
  })
  for await (const line of createInterface(child.stderr)) {
    const address = /http:\S+:\d+/.exec(line)?.[0]
    if (address !== undefined) {
      child.stderr.resume()
      return address
    }
  }
  throw new Error('Flask ended before it listened')
}

t.test('Flask logs in, Fastify writes, Flask shows the change and logs out', needs('a Python with Flask', python), async (t) => {
  const { buildApp } = await import(`../../${folder}/app.js`) as { buildApp: (options: object) => Promise<FastifyInstance> }
  const app = await buildApp({ secret, flask: await startFlask(t) })
  const site = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  let cookie = ''
  const send = async (method: string, path: string, body?: URLSearchParams) => {
    const response = await fetch(site + path, { method, headers: { cookie }, ...(body && { body }) })
    const [sent, ...others] = response.headers.getSetCookie()
    t.same(others, [], 'one side sets the cookie')
    if (sent !== undefined) cookie = /^session=[^;]*/.exec(sent)?.[0] ?? ''
    return await response.text()
  }

  t.equal(await send('GET', '/'), '<h1>Not logged in</h1>')
  t.equal(await send('POST', '/api/cart/apple'), '')
  t.equal(await send('POST', '/login', new URLSearchParams({ user: 'Zoë' })), 'Logged in')
  t.same(JSON.parse(await send('GET', '/api/me')), { user: 'Zoë', cart: [] })
  t.same(JSON.parse(await send('POST', '/api/cart/apple')), { cart: ['apple'] })
  t.equal(await send('GET', '/'), '<p>Welcome</p><h1>Hello Zoë</h1><p>Cart: apple</p>')
  t.equal(await send('GET', '/'), '<h1>Hello Zoë</h1><p>Cart: apple</p>')
  t.equal(await send('POST', '/logout'), 'Logged out')
  t.same(JSON.parse(await send('GET', '/api/me')), { user: null, cart: [] })
})
