import t from 'tap'
import { z } from 'zod'
import { cookieOf, makeApp, secret, sessionOf, setCookies } from '../../support/app.ts'
import { vectors } from '../../support/flask-vectors.ts'

const flashes = vectors.find(({ name }) => name === 'flashes')
const now = () => (flashes?.signedAt ?? 0) * 1000
const flask = { format: 'flask', secret: flashes?.secret, now } as const

/** The JSON of a cookie that is not compressed. */
const jsonOf = (cookie: string) => Buffer.from(cookie.split('.')[0] ?? '', 'base64url').toString()

t.test('format: \'flask\' gives Flask\'s defaults for the name, SameSite and metadata', async (t) => {
  const app = await makeApp({ ...flask, name: 'session' })
  const reply = await app.inject('/remember')
  t.match(setCookies(reply)[0], /^session=[\w.-]+; Max-Age=2678400; Path=\/; Expires=[^;]+; HttpOnly$/)
  t.equal(jsonOf(cookieOf(reply)), '{"_permanent":true,"userId":7,"cart":[]}')
})

t.test('any secret that Flask takes is taken, and a weak one warned about once', async (t) => {
  for (const [given, warnings] of [['a', 1], [[secret, 'b'], 1], [Uint8Array.of(1), 1], [secret, 0], ['x'.repeat(32), 1]] as const) {
    const lines: string[] = []
    const app = await makeApp({ ...flask, secret: given, fastify: { logger: { level: 'warn', stream: { write: (line: string) => lines.push(line) } } } })
    await app.inject('/read')
    t.equal(lines.filter((line) => line.includes('can be guessed')).length, warnings, String(given))
  }
  await t.rejects(makeApp({ ...flask, secret: '' }), { code: 'FST_TYPED_SESSION_INVALID_SECRET' })
})

t.test('encrypt is refused, since Flask could not read it', async (t) => {
  await t.rejects(makeApp({ ...flask, encrypt: true }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /Flask cannot read encrypted/ })
})

t.test('a cookie of Flask\'s that is only touched returns to the byte', async (t) => {
  const app = await makeApp({ ...flask, schema: z.object({}) })
  app.get('/touch', async (request) => { sessionOf(request).touch() })
  for (const name of ['every tag', 'numbers', 'one number', 'compressed']) {
    const session = vectors.find((vector) => vector.name === name)?.cookie ?? ''
    t.equal(cookieOf(await app.inject({ url: '/touch', cookies: { session } })), session, name)
  }
})

t.test('a session that is permanent no more says so as Flask does', async (t) => {
  const app = await makeApp(flask)
  app.get('/forget', async (request) => { sessionOf(request).permanent = false })
  const first = await app.inject('/remember')
  t.equal(jsonOf(cookieOf(await app.inject({ url: '/forget', cookies: { session: cookieOf(first) } }))), '{"_permanent":false,"userId":7,"cart":[]}')
})

t.test('what delete() emptied brings no old type back', async (t) => {
  const app = await makeApp(flask)
  app.get('/anew', async (request) => {
    const session = sessionOf(request)
    const flashes = session.get('_flashes')
    session.delete()
    session.set('_flashes', flashes)
  })
  const reply = await app.inject({ url: '/anew', cookies: { session: flashes?.cookie ?? '' } })
  t.equal(jsonOf(cookieOf(reply)), '{"cart":[],"_flashes":[["message","Saved"],["error","No"]]}')
})

t.test('what migrate gave is written, and not what was there before', async (t) => {
  const before = await makeApp(flask)
  const session = cookieOf(await before.inject('/login'))
  const after = await makeApp({
    ...flask, schema: z.object({ userId: z.string().optional() }), migrate: ({ userId }) => ({ userId: String(userId) })
  })
  t.equal(jsonOf(cookieOf(await after.inject({ url: '/read', cookies: { session } }))), '{"userId":"7"}')
})
