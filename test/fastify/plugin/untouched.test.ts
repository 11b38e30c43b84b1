import { deflateSync } from 'node:zlib'
import t from 'tap'
import { deriveSigningKeys } from '../../../lib/token/keys.ts'
import { sign } from '../../../lib/token/signer.ts'
import { cookieOf, makeApp, otherSecret, secret, setCookies, Clock } from '../../support/app.ts'

/** How many cookies an app verified for a route that leaves the session alone, and whether it sent one. */
async function leaveAlone (options: Parameters<typeof makeApp>[0], cookie: string) {
  const app = await makeApp(options)
  const response = await app.inject({ url: '/untouched', headers: { cookie } })
  const sessions = app.getDecorator<{ session: { acceptedBySecret: number[] } }>('sessions')
  return { verified: sessions.session.acceptedBySecret.reduce((sum, each) => sum + each), sent: setCookies(response).length }
}

t.test('a route that leaves the session alone has nothing verified where nothing can be due', async (t) => {
  const app = await makeApp()
  const passing = cookieOf(await app.inject('/login'))
  const permanent = cookieOf(await app.inject('/remember'))
  t.same(await leaveAlone({}, `session=${passing}`), { verified: 0, sent: 0 }, 'a session that ends with the browser')
  t.same(await leaveAlone({ refreshEachRequest: false }, `session=${permanent}`), { verified: 0, sent: 0 }, 'no refresh asked for')
})

t.test('a permanent session is refreshed all the same, be it compressed, encrypted or behind another cookie', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now })
  const passing = cookieOf(await app.inject('/login'))
  const permanent = cookieOf(await app.inject('/remember'))
  const encrypted = cookieOf(await (await makeApp({ encrypt: true, now: clock.now })).inject('/remember'))
  const compressed = sign(
    `.${deflateSync('{"userId":7,"_permanent":true}').toString('base64url')}`, clock.now() / 1000,
    deriveSigningKeys([secret], 'fastify-typed-session/session', 'hmac', 'sha256'))
  const refreshed = { verified: 1, sent: 1 }
  t.same(await leaveAlone({ now: clock.now }, `session=${permanent}`), refreshed, 'as it comes')
  t.same(await leaveAlone({ now: clock.now }, `session=${compressed}`), refreshed, 'compressed')
  t.same(await leaveAlone({ now: clock.now, encrypt: true }, `session=${encrypted}`), refreshed, 'encrypted')
  t.same(await leaveAlone({ now: clock.now }, `session=${passing}x; session=${permanent}`), refreshed, 'behind a bad one')
})

t.test('a cookie of an older secret, or one to be encrypted, is sealed anew all the same', async (t) => {
  const passing = cookieOf(await (await makeApp()).inject('/login'))
  const sealed = { verified: 1, sent: 1 }
  t.same(await leaveAlone({ secret: [otherSecret, secret] }, `session=${passing}`), sealed)
  t.same(await leaveAlone({ encrypt: true, acceptSigned: true }, `session=${passing}`), sealed)
})

t.test('what claims to be permanent and is forged gains nothing', async (t) => {
  const passing = cookieOf(await (await makeApp()).inject('/login'))
  const forged = passing.replace(/^[^.]+/, Buffer.from('{"_permanent":true}').toString('base64url'))
  t.same(await leaveAlone({}, `session=${forged}`), { verified: 0, sent: 0 })
})
