import t from 'tap'
import { cookieOf, makeApp, otherSecret, secret, sessionsOf, setCookies, Clock, type makeApp as MakeApp } from '../../support/app.ts'

type Options = Parameters<typeof MakeApp>[0]

/** How many cookies an app accepted on a route that leaves the session alone, and whether it sent one. */
async function leaveAlone (options: Options, cookie: string) {
  const app = await makeApp(options)
  const response = await app.inject({ url: '/untouched', headers: { cookie } })
  return { accepted: sessionsOf(app).acceptedBySecret.reduce((sum, each) => sum + each), sent: setCookies(response).length, vary: response.headers.vary }
}

const left = { accepted: 1, sent: 0, vary: undefined }
const sent = { accepted: 1, sent: 1, vary: 'Cookie' }

t.test('a cookie is verified on every route, and left alone if nothing is due', async (t) => {
  const app = await makeApp()
  const passing = cookieOf(await app.inject('/login'))
  const permanent = cookieOf(await app.inject('/remember'))
  t.same(await leaveAlone({}, `session=${passing}`), left, 'a session that ends with the browser')
  t.same(await leaveAlone({ refresh: 'none' }, `session=${permanent}`), left, 'no refresh asked for')
  t.same(await leaveAlone({}, `session=${permanent}x`), { ...left, accepted: 0 }, 'a bad cookie')
})

t.test('a bad cookie is logged on a route that leaves the session alone', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  const app = await makeApp({ fastify: { logger: { level: 'debug', stream } } })
  const cookie = cookieOf(await app.inject('/login'))
  lines.length = 0
  await app.inject({ url: '/untouched', cookies: { session: `${cookie}x` } })
  t.match(lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 20), [{ reason: 'signature', cookieName: 'session' }])
})

t.test('a cookie is judged by the time when its request arrived', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 10 })
  const session = cookieOf(await app.inject('/login'))
  const slow = await makeApp({ now: clock.now, lifetime: 10 })
  slow.addHook('preHandler', async () => { clock.pass(11) })
  t.match((await slow.inject({ url: '/read', cookies: { session } })).json(), { userId: 7 })
  t.match((await slow.inject({ url: '/read', cookies: { session } })).json(), { reason: 'expired' })
})

t.test('a permanent session is refreshed on a route that leaves it alone', async (t) => {
  const app = await makeApp()
  const passing = cookieOf(await app.inject('/login'))
  const permanent = cookieOf(await app.inject('/remember'))
  const encrypted = cookieOf(await (await makeApp({ encrypt: true })).inject('/remember'))
  t.same(await leaveAlone({}, `session=${permanent}`), sent)
  t.same(await leaveAlone({ encrypt: true }, `session=${encrypted}`), sent, 'encrypted')
  t.same(await leaveAlone({}, `session=${passing}x; session=${permanent}`), sent, 'behind a bad one')
})

t.test('a cookie under an older secret, or not encrypted yet, is sealed again', async (t) => {
  const passing = cookieOf(await (await makeApp()).inject('/login'))
  t.same(await leaveAlone({ secret: [otherSecret, secret] }, `session=${passing}`), sent)
  t.same(await leaveAlone({ encrypt: true, acceptSigned: true }, `session=${passing}`), sent)
})

t.test('a request that the plugin never saw gets no refresh', async (t) => {
  const app = await makeApp({ before: (app) => app.addHook('onRequest', async (request, reply) => request.url === '/untouched' ? reply.code(429).send() : undefined) })
  const session = cookieOf(await app.inject('/remember'))
  t.same(setCookies(await app.inject({ url: '/untouched', cookies: { session } })), [])
})
