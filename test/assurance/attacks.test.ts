// One test for each attack that a signed cookie meets, by the attack's name. What needs a store is tested with the stores.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import t from 'tap'
import { z } from 'zod'
import { openToken, sealToken } from '../../lib/token/token.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { deriveKey } from '../../lib/token/keys.ts'
import { resolveOptions, type Settings } from '../../lib/options/options.ts'
import { sign } from '../../lib/token/signer.ts'
import { Clock, cookieOf, makeApp, otherSecret, secret, sessionOf, setCookies } from '../support/app.ts'

const now = 1_790_000_000
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function settings (options: Partial<TypedSessionOptions> = {}): Settings {
  return resolveOptions({ schema: z.object({}), secret, ...options }, () => '')
}

/** A token that the holder of the secret made of any bytes, as no app would. */
function signed (bytes: string | Uint8Array, prefix = '', signedAt = now): string {
  return sign(prefix + encodeBase64url(bytes), signedAt, settings().signingKeys)
}

/** What an app that is sent a cookie answers, and whether it stayed calm. */
async function read (cookie: string, options: Parameters<typeof makeApp>[0] = {}) {
  const reply = await (await makeApp({ now: () => now * 1000, ...options })).inject({ url: '/read', headers: { cookie } })
  return { status: reply.statusCode, ...reply.json() }
}

t.test('base64 by another spelling: of all last characters of a signature, one is good', async (t) => {
  const token = sealToken(encodeBase64url('{"userId":7}'), settings(), now)
  const good = [...alphabet].filter((last) => openToken(token.slice(0, -1) + last, settings(), now).ok)
  t.same(good, [token.at(-1)])
})

t.test('base64 by another alphabet, with padding or white space is refused', async (t) => {
  const token = sealToken(encodeBase64url('{"name":"???>>>~~~"}'), settings(), now)
  for (const alias of [token.replaceAll('-', '+').replaceAll('_', '/'), `${token}=`, token.replace('.', '=.'), ` ${token}`, `${token}\n`]) {
    if (alias !== token) t.equal(openToken(alias, settings(), now).ok, false, JSON.stringify(alias))
  }
})

t.test('percent-encoding and quotes give a cookie no second spelling', async (t) => {
  const session = cookieOf(await (await makeApp({ now: () => now * 1000 })).inject('/login'))
  t.equal((await read(`session=${session}`)).userId, 7)
  for (const alias of [`"${session}"`, session.replace('.', '%2E'), `%65${session.slice(1)}`]) {
    t.match(await read(`session=${alias}`), { status: 200, userId: undefined, reason: 'malformed' })
  }
})

t.test('algorithm confusion: a token names none, and "none" and MD5 cannot be configured', async (t) => {
  const unsigned = `${encodeBase64url('{"userId":7}')}.${encodeBase64url(Buffer.from('6ab13b80', 'hex'))}`
  for (const token of [`${unsigned}.`, unsigned, `${encodeBase64url('{"alg":"none"}')}.${unsigned}`]) {
    t.equal(openToken(token, settings(), now).ok, false)
  }
  for (const digest of ['none', 'md5', 'MD5', 'sha224']) {
    t.throws(() => settings({ digest: digest as 'sha256' }), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
  }
  const weak = sealToken(encodeBase64url('{}'), settings({ digest: 'sha1' }), now)
  t.same(openToken(weak, settings(), now), { ok: false, reason: 'signature' }, 'the configuration alone chooses the digest')
})

t.test('a cookie of another name or app under the same secret is refused', async (t) => {
  const login = async (options: object) => {
    const { cookieName = 'session' } = options as { cookieName?: string }
    return cookieOf(await (await makeApp({ now: () => now * 1000, ...options })).inject('/login'), cookieName)
  }
  t.equal((await read(`session=${await login({ cookieName: 'admin' })}`)).reason, 'signature')
  t.equal((await read(`session=${await login({ salt: 'another-app' })}`)).reason, 'signature')
})

t.test('a timestamp in the future is refused beyond the tolerance, and not within it', async (t) => {
  t.equal((await read(`session=${signed('{}', '', now + 60)}`)).reason, undefined)
  t.equal((await read(`session=${signed('{}', '', now + 61)}`)).reason, 'future')
})

t.test('a timestamp that is huge or has another spelling is refused, though it is signed', async (t) => {
  const body = encodeBase64url('{"userId":7}')
  const key = deriveKey(Buffer.from(secret), 'fastify-typed-session/session', 'hmac', 'sha256')
  const signAs = (value: string) => `${value}.${createHmac('sha256', key).update(value).digest('base64url')}`
  t.equal(openToken(signAs(`${body}.${encodeBase64url(Buffer.from('6ab13b80', 'hex'))}`), settings(), now).ok, true)
  for (const bytes of ['00', '006ab13b80', 'ffffffffffffffff', '20000000000000', 'ff'.repeat(300)]) {
    const token = signAs(`${body}.${encodeBase64url(Buffer.from(bytes, 'hex'))}`)
    t.same(openToken(token, settings(), now), { ok: false, reason: 'malformed' })
  }
  for (const spelling of ['arE7gB', 'arE7gA=', 'arE7g']) {
    t.equal(openToken(signAs(`${body}.${spelling}`), settings(), now).ok, false)
  }
  t.equal(openToken(sign(body, Number.MAX_SAFE_INTEGER, settings().signingKeys), settings(), now).ok, false)
})

t.test('a well-signed but broken payload gives an empty session with reason payload', async (t) => {
  const nested = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  const payloads = {
    'not JSON': '{"userId":7',
    empty: ' ',
    'a list': '[1]',
    'a number': '7',
    null: 'null',
    text: '"x"',
    'not UTF-8': Uint8Array.of(0x7b, 0xff, 0x7d),
    'two documents': '{}{}',
    'JSON too deep': nested(33),
    'JSON very deep': nested(400),
    'a list very deep': `{"a":${'['.repeat(1200)}${']'.repeat(1200)}}`,
    'a date that is none': '{"a":{" d":"yesterday"}}',
    'a UUID that is none': '{"a":{" u":"x"}}',
    'bytes that are none': '{"a":{" b":"*"}}'
  }
  for (const [what, payload] of Object.entries(payloads)) {
    t.same(await read(`session=${signed(payload)}`), { status: 200, cart: [], reason: 'payload' }, what)
  }
  for (const [what, bytes] of [['zlib that is none', 'x'], ['zlib cut short', deflateSync('{"userId":7}').subarray(0, -6)]] as const) {
    t.same(await read(`session=${signed(bytes, '.')}`), { status: 200, cart: [], reason: 'payload' }, what)
  }
  t.equal((await read(`session=${signed(nested(31).replace('"a"', '"b"'))}`)).reason, undefined, '31 levels are no attack')
})

t.test('a zlib bomb inflates to 64 KiB at most', async (t) => {
  const json = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`
  t.equal(openToken(signed(deflateSync(json(65_536)), '.'), settings(), now).ok, true)
  t.same(openToken(signed(deflateSync(json(65_537)), '.'), settings(), now), { ok: false, reason: 'payload' })
  const bomb = signed(deflateSync(json(2_500_000), { level: 9 }), '.')
  t.ok(bomb.length < 4000, 'small enough to be sent')
  t.same(openToken(bomb, settings(), now), { ok: false, reason: 'payload' })
})

t.test('__proto__ and constructor.prototype in a payload are refused', async (t) => {
  for (const payload of [
    '{"__proto__":{"admin":true}}', '{"a":{"__proto__":{"admin":true}}}', '{"a":[{"__proto__":[]}]}',
    '{"constructor":{"prototype":{"admin":true}}}', '{"a":{"\\u005f_proto__":{"admin":true}}}'
  ]) {
    t.equal((await read(`session=${signed(payload)}`)).reason, 'payload', payload)
  }
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

t.test('a bad cookie hides no good one, and two good ones that differ are both refused', async (t) => {
  const app = await makeApp({ now: () => now * 1000 })
  const [one, two] = [cookieOf(await app.inject('/login')), cookieOf(await app.inject('/remember'))]
  t.equal((await read(`session=planted; session=${one}`)).userId, 7)
  t.equal((await read(`session=${one}; session=planted`)).userId, 7)
  t.equal((await read(`session=${one}; session=${one}`)).userId, 7)
  t.same(await read(`session=${one}; session=${two}`), { status: 200, cart: [], reason: 'ambiguous' })
})

t.test('a cookie over 4,096 bytes is refused before any cryptography', async (t) => {
  const long = signed(`{"a":"${'x'.repeat(3_050)}"}`)
  t.ok(long.length > 4_096)
  t.same(openToken(long, settings(), now), { ok: false, reason: 'oversize' })
  t.same(openToken('é'.repeat(5_000), { ...settings(), signingKeys: undefined as never }, now), { ok: false, reason: 'oversize' })
})

t.test('a session over 4,096 bytes is an error that names the size and the largest keys', async (t) => {
  const app = await makeApp()
  app.get('/grow', async (request) => {
    Object.assign(sessionOf(request), { name: 'short', cart: ['x'.repeat(4_000)] })
  })
  const reply = await app.inject('/grow')
  t.equal(reply.statusCode, 500)
  t.match(reply.json(), { code: 'FST_TYPED_SESSION_TOO_LARGE', message: /\d{4} bytes of the 4096 .*cart \(\d+ bytes\), name/ })
  t.same(setCookies(reply), [])
})

t.test('control characters and bad paths and domains fail when the plugin registers', async (t) => {
  for (const cookie of [{ path: '/\0' }, { path: '/\r\nSet-Cookie: a=b' }, { path: 'x' }, { path: '/;Domain=evil' }, { domain: 'a\nb' },
    { domain: 'a b' }, { domain: 'a;b' }]) {
    await t.rejects(makeApp({ cookie }), { code: 'FST_TYPED_SESSION_INVALID_COOKIE' }, JSON.stringify(cookie))
  }
  for (const cookieName of ['a b', 'a;', 'a=b', 'a\r\n', 'ä', 'a"']) {
    await t.rejects(makeApp({ cookieName }), { code: 'FST_TYPED_SESSION_INVALID_COOKIE' }, JSON.stringify(cookieName))
  }
})

t.test('weak secrets fail when the plugin registers: each entry, as text and as bytes', async (t) => {
  for (const weak of ['', 'a', 'x'.repeat(31), 'x'.repeat(64), Buffer.alloc(32), Buffer.alloc(31, 'abc'),
    'complex_password_at_least_32_characters_long', 'a secret with minimum length of 32 characters']) {
    for (const given of [weak, [weak], [secret, weak]]) {
      await t.rejects(makeApp({ secret: given }), { code: 'FST_TYPED_SESSION_INVALID_SECRET' }, JSON.stringify(given))
    }
  }
})

t.test('rotation: the first secret signs, and no cookie is ever signed with an older one', async (t) => {
  const rotating = await makeApp({ secret: [secret, otherSecret] })
  const session = cookieOf(await rotating.inject('/login'))
  for (const [only, userId] of [[secret, 7], [otherSecret, undefined]] as const) {
    t.equal((await (await makeApp({ secret: only })).inject({ url: '/read', cookies: { session } })).json().userId, userId)
  }
})

t.test('downgrade: the encrypted mode takes no cookie that is only signed', async (t) => {
  const session = cookieOf(await (await makeApp()).inject('/login'))
  for (const form of [session, session.split('.').slice(0, 2).join('.'), session.replace(/\.[^.]+$/, '')]) {
    t.equal((await (await makeApp({ encrypt: true })).inject({ url: '/read', cookies: { session: form } })).json().userId, undefined)
  }
})

t.test('the server refuses a replay after the lifetime, whatever Max-Age says', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 600 })
  const session = cookieOf(await app.inject('/remember'))
  clock.pass(601)
  t.same((await app.inject({ url: '/read', cookies: { session } })).json(), { cart: [], reason: 'expired' })
})

t.test('without a store, a replay after logout works until expiry, as SECURITY.md says', async (t) => {
  const app = await makeApp()
  const session = cookieOf(await app.inject('/login'))
  await app.inject({ url: '/logout', cookies: { session } })
  t.equal((await app.inject({ url: '/read', cookies: { session } })).json().userId, 7)
  t.match(readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8'), /replay/i)
})

t.test('fixation: regenerate() at login leaves nothing of what was planted', async (t) => {
  const app = await makeApp()
  app.get('/secure-login', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).userId = 7
  })
  const planted = cookieOf(await app.inject('/push'))
  const session = cookieOf(await app.inject({ url: '/secure-login', cookies: { session: planted } }))
  t.same((await app.inject({ url: '/read', cookies: { session } })).json(), { userId: 7, cart: [] })
})

t.test('a response varies if it read the session, and is private if it sets the cookie', async (t) => {
  const app = await makeApp()
  app.get('/public', async (request, reply) => {
    reply.header('cache-control', 'public, max-age=600, s-maxage=600').header('cdn-cache-control', 'max-age=600')
    return sessionOf(request).userId ?? 'nobody'
  })
  const session = cookieOf(await app.inject('/remember'))
  const [visitor, user] = [await app.inject('/public'), await app.inject({ url: '/public', cookies: { session } })]
  t.match(visitor.headers, { vary: 'Cookie', 'cache-control': 'public, max-age=600, s-maxage=600', 'set-cookie': undefined })
  t.match(user.headers, { vary: 'Cookie', 'cache-control': 'private, max-age=600', 'cdn-cache-control': 'no-store' })
})

t.test('timing: signatures are compared in constant time', async (t) => {
  const signer = readFileSync(new URL('../../lib/token/signer.ts', import.meta.url), 'utf8')
  t.match(signer, /timingSafeEqual\(/)
  t.notMatch(signer, /given === [^u]|=== given/, 'and in no other way')
})
