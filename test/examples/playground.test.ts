import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { childEnv } from '../support/child.ts'
import { startPlayground } from '../support/playground.ts'

interface Answer {
  answer: string
  exchange: {
    row: string
    code: string
    rejection?: { reason: string, words: string }
    sent?: { payload: { means: unknown } }
    setCookie?: { header: string, attributes: { name: string, value: string }[] }
  }
}

/** A client that sends what it is told to, whatever Set-Cookie and Expires said: as curl does. */
class Client {
  readonly #url: string

  constructor (url: string) {
    this.#url = url
  }

  async send (method: string, path: string, { cookie, body }: { cookie?: string | undefined, body?: object } = {}): Promise<Response> {
    const headers = {
      ...(cookie !== undefined && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json' })
    }
    return await fetch(this.#url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  }

  async call (method: string, path: string, options: { cookie?: string | undefined, body?: object } = {}): Promise<Answer & { cookie: string | undefined }> {
    const response = await this.send(method, path, options)
    return { ...await response.json() as Answer, cookie: response.headers.getSetCookie()[0]?.split(';')[0] }
  }
}

const url = await startPlayground(t)
const client = new Client(url)

t.test('npm start serves the whole story over HTTP', async (t) => {
  const stranger = await client.call('GET', '/api/session')
  t.match(stranger, { answer: 'Not logged in', cookie: undefined, exchange: { row: 'none', rejection: { reason: 'absent' } } })

  const login = await client.call('POST', '/api/login', { body: { name: 'Ada', remember: true } })
  t.match(login, { answer: 'Logged in as Ada', exchange: { row: 'permanent' } })
  t.match(login.exchange.setCookie?.header, /^session=[\w.-]+; Max-Age=180; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Lax$/)

  await client.send('POST', '/clock', { body: { seconds: 60 } })
  const refreshed = await client.call('GET', '/api/ping', { cookie: login.cookie })
  t.match(refreshed.exchange, { row: 'refreshed', sent: { payload: { means: { user: 'Ada', _permanent: true } } } })
  t.not(refreshed.cookie, login.cookie)

  const replayed = await client.call('GET', '/api/session', { cookie: login.cookie })
  t.match(replayed, { answer: 'Logged in as Ada' }, 'the older cookie is good as long as its own time is')

  const tampered = await client.call('GET', '/api/session', { cookie: login.cookie?.replace('=e', '=f') })
  t.match(tampered, { answer: 'Not logged in', cookie: undefined, exchange: { row: 'none', rejection: { reason: 'signature' } } })

  await client.send('POST', '/clock', { body: { seconds: 121 } })
  const expired = await client.call('GET', '/api/session', { cookie: login.cookie })
  t.match(expired, { answer: 'Not logged in', exchange: { rejection: { reason: 'expired', words: /older than the lifetime of 180 seconds/ } } })
  t.match(await client.call('GET', '/api/session', { cookie: refreshed.cookie }), { answer: 'Logged in as Ada' })

  const logout = await client.call('POST', '/api/logout', { cookie: refreshed.cookie })
  t.match(logout, { answer: 'Logged out', cookie: 'session=', exchange: { row: 'deleted' } })
  t.match(logout.exchange.setCookie?.header, /Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT/)

  await client.send('POST', '/clock', { body: { seconds: 0 } })
  const early = await client.call('GET', '/api/session', { cookie: refreshed.cookie })
  t.match(early, { answer: 'Logged in as Ada' }, 'a minute ahead is within the tolerance')
})

t.test('requests that only read leave a temporary session alone, and a write renews it', async (t) => {
  const { cookie, exchange } = await client.call('POST', '/api/login', { body: { name: 'Grace' } })
  t.match(exchange, { row: 'temporary' })
  t.notMatch(exchange.setCookie?.header, /Max-Age|Expires/)
  for (const path of ['/api/session', '/api/ping']) {
    t.match(await client.call('GET', path, { cookie }), { cookie: undefined, exchange: { row: 'kept' } })
  }
  t.match(await client.call('POST', '/api/cart', { cookie }), { cookie: /^session=e/, exchange: { row: 'temporary' } })
})

t.test('with revocation, a copy of the cookie is refused after the logout', async (t) => {
  const { cookie } = await client.call('POST', '/api/revocation/login', { body: { name: 'Ada' } })
  t.match(await client.call('GET', '/api/revocation/session', { cookie }), { answer: 'Logged in as Ada' })
  t.match(await client.call('POST', '/api/revocation/logout', { cookie }), { exchange: { row: 'deleted', revocation: true } })
  t.match(await client.call('GET', '/api/revocation/session', { cookie }), { answer: 'Not logged in', exchange: { rejection: { reason: 'revoked' } } })
})

t.test('with encrypt, only the time of the cookie can be read', async (t) => {
  const { cookie, exchange } = await client.call('POST', '/api/encrypt/login', { body: { name: 'Ada' } })
  t.match(exchange.setCookie, { anatomy: { encrypted: true, signedAt: { means: Number } } })
  t.equal((await client.call('GET', '/api/encrypt/session', { cookie })).exchange.sent?.payload.means, undefined)
  const signed = await client.call('POST', '/api/login', { body: { name: 'Ada' } })
  const refused = await client.call('GET', '/api/encrypt/session', { cookie: signed.cookie })
  t.match(refused.exchange.rejection, { reason: 'malformed', words: /encrypted cookies only/ })
})

t.test('an answer brings the lines of its route, and how the plugin is registered', async (t) => {
  const { exchange } = await client.call('POST', '/api/encrypt/revocation/logout')
  t.equal(exchange.code, `await app.register(fastifyTypedSession, { schema, secret, lifetime: 180, encrypt: true, revocation: { store }, refreshAfter: 0 })

app.post('/logout', async ({ session }) => {
  session.delete()
  return { answer: 'Logged out' }
})`)
  for (const [method, path] of [['GET', '/session'], ['GET', '/ping'], ['POST', '/login'], ['POST', '/cart']] as const) {
    const { exchange } = await client.call(method, `/api${path}`, path === '/login' ? { body: { name: 'Ada' } } : {})
    t.match(exchange.code, new RegExp(`\\n\\napp\\.${method.toLowerCase()}.*'${path}'`))
  }
})

t.test('a thief replays the cookies of a bound session, and is refused', async (t) => {
  const told = await (await client.send('POST', '/device-bound')).json() as { code: string, steps: object[] }
  const [known, refused] = [{ user: 'Ada', bound: true }, { bound: false, reason: 'unproven' }]
  t.match(told.steps, [
    { who: 'browser', answer: known },
    { who: 'thief', does: /session cookie/, answer: refused },
    { who: 'thief', does: /and the proof/, answer: known },
    { who: 'thief', does: /ten minutes later/, answer: refused },
    { who: 'browser', answer: known }
  ])
  t.match(told.code, /^await app\.register.*deviceBound: true[^]*regenerate[^]*\}\)$/)
})

t.test('any text can be put into the browser as a cookie, but no attribute with it', async (t) => {
  const planted = await client.send('PUT', '/cookie', { body: { token: 'no.such-token' } })
  t.equal(planted.headers.get('set-cookie'), 'session=no.such-token; Path=/; HttpOnly; SameSite=Lax')
  t.equal((await client.send('PUT', '/cookie', { body: { token: 'a; Domain=example.org' } })).status, 400)
  const refused = await client.call('GET', '/api/session', { cookie: 'session=no.such-token' })
  t.match(refused, { answer: 'Not logged in', exchange: { rejection: { reason: 'malformed' } } })
})

t.test('a port that is taken is one friendly line', async (t) => {
  const port = new URL(url).port
  const env = { ...childEnv, PORT: port }
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/playground/server.ts'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.equal(said, `Port ${port} is taken. Choose another one: PORT=${Number(port) + 1} npm start\n`)
  t.equal(code, 1)
})

t.test('a request that fails says so', async (t) => {
  t.match(await client.call('POST', '/api/login', { body: { name: '' } }), { cookie: undefined, exchange: { row: 'failed' } })
})

t.test('the page may load nothing but its own files', async (t) => {
  for (const [path, type] of [['/', 'text/html'], ['/page.css', 'text/css'], ['/page.js', 'text/javascript']] as const) {
    const response = await client.send('GET', path)
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), type)
    t.match(response.headers.get('content-security-policy'), "default-src 'none'; script-src 'self'")
    t.equal(response.headers.get('set-cookie'), null)
  }
})
