import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { z } from 'zod'
import fastifyTypedSession, { type Session } from '../../lib/index.ts'
import { secret } from '../support/app.ts'
import { serve } from '../support/client.ts'
import { blocks, root } from '../support/pages.ts'
import { freePort, missing } from '../support/redis.ts'

const { code: location = '' } = blocks.find(({ page, language }) => page === 'docs/deployment.md' && language === 'nginx') ?? {}
const pem = join(root, 'test/support/localhost.pem')

/** Serves an app by HTTPS as docs/deployment.md says, and returns what sends requests there. */
async function startNginx (t: Test, origin: string, location: string) {
  const port = await freePort()
  const folder = t.testdir({})
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid; events {}
http { access_log off; ${temporary}
server { listen 127.0.0.1:${port} ssl; ssl_certificate ${pem}; ssl_certificate_key ${pem};
${location.replace('http://127.0.0.1:3000', origin)}
} }`)
  const child = spawn('nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
  t.teardown(async () => {
    if (child.kill()) await once(child, 'exit')
  })
  const host = `localhost:${port}`
  const send = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const sent = request({ host: '127.0.0.1', port, method, path, rejectUnauthorized: false, agent: false, headers: { host, ...headers } })
    const [response] = await once(sent.end(), 'response')
    return { status: response.statusCode, cookie: String(response.headers['set-cookie']), body: await text(response) }
  }
  for (let tries = 0; tries < 100; tries++) {
    try {
      await send('GET', '/')
      break
    } catch {
      await sleep(50)
    }
  }
  return { host, send }
}

t.test('behind nginx as the guide sets it up', { skip: missing('nginx', 'nginx') }, async (t) => {
  const schema = z.object({ text: z.string().optional() })
  const app = Fastify({ trustProxy: '127.0.0.1' })
  await app.register(fastifyTypedSession, { schema, secret, crossOriginProtection: true })
  app.get('/', async () => 'here')
  app.get<{ Querystring: { bytes: number } }>('/write', async (request) => {
    request.getDecorator<Session<typeof schema>>('session').text = randomBytes(Number(request.query.bytes)).toString('base64url')
    return `${request.protocol} from ${request.ip}`
  })
  app.post('/post', async () => 'posted')
  const { origin } = await serve(t, app)

  await t.test('the cookie is Secure, and the app knows the address of the browser', async (t) => {
    const { send } = await startNginx(t, origin, location)
    const { cookie, body } = await send('GET', '/write?bytes=9', { 'x-forwarded-for': '192.0.2.1' })
    t.match(cookie, /^session=.*; Secure/)
    t.equal(body, 'https from 127.0.0.1', 'nobody can claim another one')
  })

  await t.test('a page of the app may post, and one of another origin may not', async (t) => {
    const { send, host } = await startNginx(t, origin, location)
    t.equal((await send('POST', '/post', { origin: `https://${host}` })).status, 200)
    t.equal((await send('POST', '/post', { origin: 'https://evil.example' })).status, 403)
  })

  await t.test('a session of nearly 4 KB arrives, and needs proxy_buffer_size for that', async (t) => {
    const large = '/write?bytes=2200'
    const { send } = await startNginx(t, origin, location)
    const { status, cookie } = await send('GET', large)
    t.equal(status, 200)
    t.ok(cookie.length > 3900)
    const without = await startNginx(t, origin, location.replace(/^.*proxy_buffer.*\n/gm, ''))
    t.equal((await without.send('GET', large)).status, 502)
  })
})
