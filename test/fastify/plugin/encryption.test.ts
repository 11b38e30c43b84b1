import t from 'tap'
import { cookieOf, makeApp, otherSecret, secret, setCookies, Clock } from '../../support/app.ts'

t.test('an encrypted session is known again, and its cookie shows nothing', async (t) => {
  const app = await makeApp({ encrypt: true })
  const session = cookieOf(await app.inject('/login'))
  t.equal((await app.inject({ url: '/read', cookies: { session } })).json().userId, 7)
  t.notOk(session.split('.').some((part) => Buffer.from(part, 'base64url').includes('userId')))
})

t.test('an app that encrypts refuses a cookie that is only signed', async (t) => {
  const session = cookieOf(await (await makeApp()).inject('/login'))
  const app = await makeApp({ encrypt: true })
  t.equal((await app.inject({ url: '/read', cookies: { session } })).json().reason, 'malformed')
})

t.test('an app that signs refuses an encrypted cookie', async (t) => {
  const session = cookieOf(await (await makeApp({ encrypt: true })).inject('/login'))
  t.equal((await (await makeApp()).inject({ url: '/read', cookies: { session } })).json().reason, 'malformed')
})

t.test('acceptSigned without encrypt has no meaning, and is refused', async (t) => {
  await t.rejects(makeApp({ acceptSigned: true }), {
    code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /`acceptSigned` requires `encrypt`/
  })
})

t.test('with acceptSigned, a signed cookie is encrypted next, and keeps its age', async (t) => {
  const clock = new Clock()
  const session = cookieOf(await (await makeApp({ now: clock.now })).inject('/login'))
  clock.pass(100)
  const app = await makeApp({ now: clock.now, encrypt: true, acceptSigned: true, lifetime: 120 })
  const encrypted = cookieOf(await app.inject({ url: '/untouched', cookies: { session } }))
  t.equal(encrypted.split('.').length, 2)

  const strict = await makeApp({ now: clock.now, encrypt: true, lifetime: 120 })
  t.equal((await strict.inject({ url: '/read', cookies: { session: encrypted } })).json().userId, 7)
  clock.pass(21)
  t.equal((await strict.inject({ url: '/read', cookies: { session: encrypted } })).json().reason, 'expired')
})

t.test('with acceptSigned, forged cookies of both kinds are still refused', async (t) => {
  const app = await makeApp({ encrypt: true, acceptSigned: true })
  const foreign = { secret: otherSecret }
  for (const maker of [await makeApp(foreign), await makeApp({ ...foreign, encrypt: true })]) {
    const session = cookieOf(await maker.inject('/login'))
    t.equal((await app.inject({ url: '/read', cookies: { session } })).json().reason, 'signature')
  }
})

t.test('a rotated secret still decrypts, and the next response uses the first secret', async (t) => {
  const session = cookieOf(await (await makeApp({ encrypt: true, secret: otherSecret })).inject('/login'))
  const rotated = await makeApp({ encrypt: true, secret: [secret, otherSecret] })
  const anew = cookieOf(await rotated.inject({ url: '/read', cookies: { session } }))
  const alone = await makeApp({ encrypt: true })
  t.equal((await alone.inject({ url: '/read', cookies: { session: anew } })).json().userId, 7)
})

t.test('a permanent encrypted session slides, unread', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ encrypt: true, now: clock.now, lifetime: 60 })
  let session = cookieOf(await app.inject('/remember'))
  for (let i = 0; i < 3; i++) {
    clock.pass(60)
    session = cookieOf(await app.inject({ url: '/untouched', cookies: { session } }))
  }
  const reply = await app.inject({ url: '/read', cookies: { session } })
  t.equal(reply.json().userId, 7)
  t.match(setCookies(reply), [/Max-Age=60/])
})

t.test('one cookie\'s encrypted token is none of another\'s', async (t) => {
  const session = cookieOf(await (await makeApp({ encrypt: true, cookieName: 'admin' })).inject('/login'), 'admin')
  const app = await makeApp({ encrypt: true })
  t.equal((await app.inject({ url: '/read', cookies: { session } })).json().reason, 'signature')
})
