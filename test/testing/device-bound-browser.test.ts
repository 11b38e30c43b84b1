import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t from 'tap'
import { DeviceBoundBrowser } from '../../lib/testing/device-bound-browser.ts'
import { Clock } from '../support/app.ts'

interface Server {
  app: FastifyInstance
  clock: Clock
  browser: DeviceBoundBrowser
  /** The requests that came, with what they said of sessions. */
  seen: string[]
  /** Answers the next requests to refresh, each once, in place of the server. */
  answers: ((reply: FastifyReply) => unknown)[]
}

/** A server that speaks the protocol with one device, and checks its signatures. */
function makeServer (): Server {
  const app = Fastify()
  const clock = new Clock()
  const seen: string[] = []
  const answers: Server['answers'] = []
  let key: KeyObject
  const proof = 'proof=p; Max-Age=600; Path=/'

  const answersChallenge = (request: FastifyRequest, challenge: string) => {
    const jwt = String(request.headers['secure-session-response'])
    const [header = '', payload = '', signature = ''] = jwt.split('.')
    const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { jwk?: JsonWebKey }
    if (jwk !== undefined) key = createPublicKey({ format: 'jwk', key: jwk })
    t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), { jti: challenge })
    t.ok(verify('sha256', Buffer.from(`${header}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
  }

  app.addHook('onRequest', async ({ method, url, headers }) => {
    seen.push([`${method} ${url}`, headers.cookie, headers['secure-session-skipped']].filter(Boolean).join(' | '))
  })
  app.get('/login', async (_request, reply) => reply
    .headers({ 'set-cookie': ['session=s; Path=/', 'other=o; Path=/other/'], 'secure-session-registration': '(ES256 RS256);path="/start";challenge="first"' }).send('in'))
  app.get('/logout', async (_request, reply) => reply.header('set-cookie', 'session=; Max-Age=0').send('out'))
  app.get('/refused', async (_request, reply) => reply.header('secure-session-registration', '(ES256);path="/none";challenge="first"').send('in'))
  app.get('/quiet', async (_request, reply) => reply.header('secure-session-registration', '(ES256);path="/start-quietly";challenge="first"').send('in'))
  app.get('/*', async () => 'ok')
  app.post('/start-quietly', async ({ headers: { 'secure-session-response': signed } }, reply) => signed === undefined
    ? reply.code(403).send()
    : reply.header('set-cookie', 'quiet=q').send({ session_identifier: 'two', credentials: [{ type: 'cookie', name: 'quiet-proof' }] }))
  app.post('/start', async (request, reply) => {
    answersChallenge(request, 'first')
    return reply.headers({ 'set-cookie': [proof, 'key=k; Path=/refresh'], 'secure-session-challenge': '"second";id="one"' }).send({
      session_identifier: 'one', refresh_url: '/refresh', scope: { include_site: false }, credentials: [{ type: 'cookie', name: 'proof', attributes: 'Path=/' }]
    })
  })
  app.post('/refresh', async (request, reply) => {
    const answer = answers.shift()
    if (answer !== undefined) return answer(reply)
    answersChallenge(request, 'second')
    t.equal(request.headers['sec-secure-session-id'], 'one')
    return reply.header('set-cookie', proof).send()
  })
  return { app, clock, browser: new DeviceBoundBrowser(app, clock.now), seen, answers }
}

t.test('a browser registers where a response offers it', async (t) => {
  const { browser, seen } = makeServer()
  t.equal(browser.isBound, false)
  t.equal((await browser.inject('/login')).body, 'in')
  t.equal(browser.isBound, true)
  await browser.inject({ url: '/page' })
  t.strictSame(seen, ['GET /login', 'POST /start | session=s', 'GET /page | session=s; proof=p'])
})

t.test('a registration that is refused leaves the session unbound', async (t) => {
  const { browser } = makeServer()
  await browser.inject('/refused')
  t.equal(browser.isBound, false)
})

t.test('a proof that has expired or is missing is refreshed before the next request', async (t) => {
  const { browser, clock, seen } = makeServer()
  await browser.inject('/login')
  clock.pass(600)
  await browser.inject('/page')
  browser.cookies.delete('proof')
  await browser.inject('/other/page')
  t.strictSame(seen.slice(2), [
    'POST /refresh | session=s; key=k', 'GET /page | session=s; proof=p',
    'POST /refresh | session=s; key=k', 'GET /other/page | session=s; other=o; proof=p'
  ])
})

t.test('a 403 with a challenge is answered, and one without ends the session', async (t) => {
  const { browser, answers, seen } = makeServer()
  await browser.inject('/login')
  browser.cookies.delete('proof')
  answers.push((reply) => reply.code(403).header('secure-session-challenge', '"second";id="one"').send())
  await browser.inject('/page')
  t.equal(seen.filter((each) => each.startsWith('POST /refresh')).length, 2)
  t.equal(browser.isBound, true)

  browser.cookies.delete('proof')
  answers.push((reply) => reply.code(403).send())
  await browser.inject('/page')
  t.equal(browser.isBound, false)
  t.equal(seen.at(-1), 'GET /page | session=s')
})

t.test('a browser that gets challenge after challenge gives up', async (t) => {
  const { browser, answers, seen } = makeServer()
  await browser.inject('/login')
  browser.cookies.delete('proof')
  for (let n = 0; n < 9; n++) answers.push((reply) => reply.code(403).header('secure-session-challenge', '"more";id="one"').send())
  await browser.inject('/page')
  t.equal(seen.filter((each) => each.startsWith('POST /refresh')).length, 5)
  t.equal(browser.isBound, false)
})

t.test('a 4xx ends the session, and after a 5xx the request says it was not refreshed', async (t) => {
  const { browser, answers, seen } = makeServer()
  await browser.inject('/login')
  browser.cookies.delete('proof')
  answers.push((reply) => reply.code(503).send())
  await browser.inject('/page')
  t.equal(seen.at(-1), 'GET /page | session=s | server_error;session_identifier="one"')
  await browser.inject('/page')
  t.equal(seen.at(-1), 'GET /page | session=s; proof=p')

  browser.cookies.delete('proof')
  answers.push((reply) => reply.code(404).send())
  await browser.inject('/page')
  t.equal(browser.isBound, false)
})

t.test('a cookie is dropped when the response says so', async (t) => {
  const { browser } = makeServer()
  await browser.inject('/login')
  await browser.inject('/logout')
  t.equal(browser.cookies.has('session'), false)
  t.match(browser.cookies.get('proof'), { value: 'p', path: '/' })
})

t.test('a browser without a challenge gets one by an unsigned refresh', async (t) => {
  const { browser, seen } = makeServer()
  await browser.inject('/quiet')
  await browser.inject('/page')
  t.strictSame(seen, ['GET /quiet', 'POST /start-quietly', 'POST /start-quietly | quiet=q', 'GET /page | quiet=q'])
  t.equal(browser.isBound, false)
})

t.test('a challenge without registration is ignored, and so is one of another session', async (t) => {
  const { app, browser, answers } = makeServer()
  app.get('/challenge', async (_request, reply) => reply.header('secure-session-challenge', '"third";id="two"').send())
  await browser.inject('/challenge')
  await browser.inject('/login')
  await browser.inject('/challenge')
  browser.cookies.delete('proof')
  await browser.inject('/page')
  t.equal(answers.length, 0)
  t.equal(browser.isBound, true)
})
