import { deflateSync } from 'node:zlib'
import t from 'tap'
import { Browser, Clock, cookieOf, makeApp, otherSecret, schema, setCookies } from '../../support/app.ts'
import { z } from 'zod'
import fastifyTypedSession, { type Session } from '../../../lib/index.ts'

async function readWith (cookie: string, options = {}) {
  const lines: string[] = []
  const app = await makeApp({
    ...options, fastify: { logger: { level: 'debug', stream: { write: (line: string) => { lines.push(line) } } } }
  })
  return { reply: await app.inject({ url: '/read', headers: { cookie } }), log: lines.join('') }
}

t.test('a bad cookie gives an empty session, its reason, and a debug log without values', async (t) => {
  const clock = new Clock()
  const token = cookieOf(await (await makeApp({ now: clock.now })).inject('/login'))
  const [payload = '', time = '', signature = ''] = token.split('.')
  const from = async (options: object) => cookieOf(await (await makeApp({ now: clock.now, ...options })).inject('/login'))
  const old = new Clock()
  old.pass(-2_678_401)
  const future = new Clock()
  future.pass(61)

  for (const [what, value, reason] of [
    ['nothing', '', 'malformed'],
    ['junk', 'hunter2', 'malformed'],
    ['a truncated signature', token.slice(0, -1), 'signature'],
    ['a token without its signature', `${payload}.${time}`, 'malformed'],
    ['a tampered payload', `${payload.slice(0, -1)}A.${time}.${signature}`, 'signature'],
    ['a tampered time', `${payload}.A${time.slice(1)}.${signature}`, 'signature'],
    ['a token in quotes', `"${token}"`, 'malformed'],
    ['an encoded token', token.replace('.', '%2E'), 'malformed'],
    ['another secret\'s token', await from({ secret: otherSecret }), 'signature'],
    ['another name\'s token', cookieOf(await (await makeApp({ now: clock.now, cookieName: 'other' })).inject('/login'), 'other'), 'signature'],
    ['another salt\'s token', await from({ salt: 'other' }), 'signature'],
    ['another digest\'s token', await from({ digest: 'sha512' }), 'signature'],
    ['an expired token', await from({ now: old.now }), 'expired'],
    ['a token from the future', await from({ now: future.now }), 'future'],
    ['more than 4,096 bytes', 'A'.repeat(4090), 'oversize']
  ] as const) {
    const { reply, log } = await readWith(`session=${value}`, { now: clock.now })
    t.equal(reply.statusCode, 200, what)
    t.same(reply.json(), { cart: [], reason }, what)
    t.same(setCookies(reply), [], 'and sends no cookie')
    const lines = log.split('\n').filter((line) => line.includes('fastify-typed-session'))
    t.equal(lines.length, 1, 'one line in the log')
    t.match(JSON.parse(lines[0] ?? ''), { level: 20, reason, cookieName: 'session' })
    if (value.length > 5) t.notOk(log.includes(value.slice(0, 20)), 'no value in it')
    t.notOk(log.includes(otherSecret) || log.includes('Vq3nTq0s'), 'nor a secret')
  }
})

t.test('no cookie is no line in the log', async (t) => {
  const { reply, log } = await readWith('other=1; sessions=2; xsession=3')
  t.same(reply.json(), { cart: [], reason: 'absent' })
  t.notMatch(log, 'not accepted')
})

t.test('a good session leaves no value, secret or data in the log', async (t) => {
  const lines: string[] = []
  const app = await makeApp({ fastify: { logger: { level: 'trace', stream: { write: (line: string) => { lines.push(line) } } } } })
  const browser = new Browser(app)
  await browser.visit((session) => { session.name = 'hunter2' })
  await browser.visit((session) => { session.cart.push('hunter3') })
  const reply = await browser.visit((session) => { session.set('userId', 'hunter4' as never) })
  t.equal(reply.statusCode, 500)
  const log = lines.join('')
  t.ok(log.length > 0)
  t.notMatch(log, /hunter|Vq3nTq0s/)
  t.notOk(log.includes(browser.cookies.get('session')?.slice(0, 20) ?? ''))
})

t.test('data that the schema refuses give an empty session with the reason schema', async (t) => {
  const clock = new Clock()
  const token = cookieOf(await (await makeApp({ now: clock.now })).inject('/login'))
  const changed = schema.extend({ userId: z.string().optional() })
  const { reply, log } = await readWith(`session=${token}`, { schema: changed, now: clock.now })
  t.same(reply.json(), { cart: [], reason: 'schema' })
  t.match(log, '"reason":"schema"')
})

t.test('of two cookies of one name, the good one counts, wherever it stands', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now })
  const token = cookieOf(await app.inject('/login'))
  for (const cookie of [`session=junk; session=${token}`, `session=${token}; session=junk`,
    `session=${token}; session=${token}`, `a=1;session=junk;b=2;session=${token};c=3`]) {
    t.equal((await app.inject({ url: '/read', headers: { cookie } })).json().userId, 7, cookie.replaceAll(token, '…'))
  }
})

t.test('of two good cookies of one name, neither counts', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now })
  const [one, two] = [cookieOf(await app.inject('/login')), cookieOf(await app.inject('/push'))]
  const reply = await app.inject({ url: '/read', headers: { cookie: `session=${one}; session=${two}` } })
  t.same(reply.json(), { cart: [], reason: 'ambiguous' })
})

t.test('a bomb of zlib, well signed, is a payload that is none', async (t) => {
  const app = await makeApp()
  const bomb = `.${deflateSync(Buffer.alloc(1_000_000, ' ')).toString('base64url')}`
  t.ok(bomb.length < 4000)
  t.equal((await app.inject({ url: '/read', cookies: { session: `${bomb}.AA.AA` } })).json().reason, 'signature')
})

t.test('an invalid session is a 500 that names the path, and the old cookie stays', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/login')
  const before = browser.cookies.get('session')
  const reply = await browser.visit((session) => {
    Object.assign(session, { userId: 'hunter2' })
    session.prefs = { theme: 5 as never }
  })
  t.equal(reply.statusCode, 500)
  t.match(reply.json(), {
    code: 'FST_TYPED_SESSION_INVALID_DATA',
    message: 'The session\'s data do not fit the schema: userId (invalid_type), prefs.theme (invalid_type)'
  })
  t.notMatch(reply.body, /hunter2/)
  t.same(setCookies(reply), [])
  t.equal(reply.headers.vary, 'Cookie')
  t.equal(browser.cookies.get('session'), before)
  t.equal((await browser.get('/read')).json().userId, 7)
})

t.test('what JSON cannot carry is a 500 with a code, and the old cookie stays', async (t) => {
  const browser = new Browser(await makeApp())
  const endless: Record<string, unknown> = {}
  endless.self = { list: [endless] }
  for (const value of [1n, new Map(), Symbol('x'), () => {}, NaN, new Date(NaN), endless]) {
    const reply = await browser.visit((session) => session.set('other', value))
    t.equal(reply.json().code, 'FST_TYPED_SESSION_UNSERIALIZABLE')
    t.match(reply.json().message, 'other')
    t.same(setCookies(reply), [])
  }
})

t.test('a session too large is an error that names its size and its largest keys', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/login')
  const reply = await browser.visit((session) => {
    session.name = 'x'.repeat(3000)
    session.cart.push('y'.repeat(200))
    session.set('small', 's')
    session.set('medium', 'm'.repeat(100))
  })
  t.equal(reply.statusCode, 500)
  t.equal(reply.json().code, 'FST_TYPED_SESSION_TOO_LARGE')
  t.match(reply.json().message, /would take 4\d{3} bytes of the 4096 .* name \(\d+ bytes\), cart \(\d+ bytes\), medium \(\d+ bytes\)\. Keep less/)
  t.same(setCookies(reply), [])
  t.equal((await browser.get('/read')).json().userId, 7)
})

t.test('4,096 bytes of name and value are sent and taken, one more are neither', async (t) => {
  const browser = new Browser(await makeApp())
  let sent = 0
  for (let length = 2990; length < 3010; length++) {
    const reply = await browser.visit((session) => { session.name = 'x'.repeat(length) })
    if (reply.statusCode !== 200) break
    const size = 'session'.length + cookieOf(reply).length
    t.ok(size <= 4096)
    sent = size
    t.equal((await browser.get('/read')).json().name.length, length)
  }
  t.ok(sent >= 4093, `${sent} bytes were sent`)
})

t.test('a cookie of another session under the same secret is none of this one\'s', async (t) => {
  const app = await makeApp()
  const admin = z.object({ userId: z.number().optional() })
  await app.register(fastifyTypedSession, { schema: admin, secret: otherSecret, name: 'admin', cookieName: 'admin_session' })
  app.get('/admin', async (request) => request.getDecorator<Session<typeof admin>>('admin'))
  const token = cookieOf(await app.inject('/login'))
  t.same((await app.inject({ url: '/admin', cookies: { admin_session: token } })).json(), {})
})
