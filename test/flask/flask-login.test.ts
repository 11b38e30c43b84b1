import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { createFlaskLogin, type FlaskLogin, type FlaskLoginOptions } from '../../lib/flask.ts'
import fastifyTypedSession, { type Session, type TypedSessionOptions } from '../../lib/index.ts'
import { otherSecret, secret, setCookies } from '../support/app.ts'

type Do = (login: FlaskLogin, request: FastifyRequest, reply: FastifyReply) => unknown

const now = () => Date.UTC(2026, 8, 24, 12)

/** An app, and one browser that sends the cookies which it was given. */
async function makeSite (options: Partial<FlaskLoginOptions> = {}, plugin: Partial<TypedSessionOptions> = {}) {
  const app: FastifyInstance = Fastify()
  const schema = z.object({ cart: z.array(z.string()).default([]) })
  await app.register(fastifyTypedSession, { schema, secret, format: 'flask', now, ...plugin })
  const login = createFlaskLogin({ secret, now, ...options })
  let act: Do = () => {}
  app.get('/', async (request, reply) => ({ result: await act(login, request, reply) ?? null }))
  app.get('/hijacked', async (request, reply) => {
    reply.hijack()
    await act(login, request, reply)
    await reply.commitSession()
    reply.raw.end('{"result":null}')
  })
  const cookies: Record<string, string> = {}
  return {
    cookies,
    async visit (does: Do, headers: Record<string, string> = {}, url = '/') {
      act = does
      // As they came: `inject` would encode them.
      const cookie = Object.entries(cookies).map((pair) => pair.join('=')).join('; ')
      const response = await app.inject({ url, headers: { ...headers, ...(cookie !== '' && { cookie }) } })
      for (const line of setCookies(response)) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') delete cookies[name]
        else cookies[name] = value
      }
      return { status: response.statusCode, result: response.json().result, setCookies: setCookies(response), body: response.body, headers: response.headers }
    }
  }
}

const sessionOf = (request: FastifyRequest) => request.getDecorator<Session<z.ZodObject>>('session')
const known: Do = ({ currentUserId, isLoginFresh }, request) => [currentUserId(request) ?? null, isLoginFresh(request)]

t.test('nobody is logged in, and to ask changes nothing', async (t) => {
  const { visit } = await makeSite()
  const { result, setCookies } = await visit(known)
  t.same(result, [null, false])
  t.same(setCookies, [])
})

t.test('a login leaves what Flask-Login leaves, and the rest of the session', async (t) => {
  const { visit, cookies } = await makeSite()
  await visit((_login, request) => { sessionOf(request).cart = ['apple'] })
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7'), { 'user-agent': 'Firefox' })
  const { result } = await visit((_login, request) => sessionOf(request).data())
  t.same(result, {
    cart: ['apple'],
    _user_id: '7',
    _fresh: true,
    // hashlib.sha512(b"b'127.0.0.1'|b'Firefox'").hexdigest()
    _id: 'ad4300f62164ab71c0db6a29cf250e2ba69936f4be2a2b90078d1fa3d82664f7b754b92f894a709be39e3212e1449ba12fe54c455c89571c745dddbbc06197e8'
  })
  t.strictSame(Object.keys(cookies), ['session'])
})

t.test('a logout leaves the rest of the session', async (t) => {
  const { visit } = await makeSite()
  await visit(({ loginUser }, request, reply) => {
    sessionOf(request).cart = ['apple']
    loginUser(request, reply, '7')
  })
  await visit(({ logoutUser }, request, reply) => logoutUser(request, reply))
  t.same((await visit((_login, request) => sessionOf(request).data())).result, { cart: ['apple'] })
  t.same((await visit(known)).result, [null, false])
})

t.test('the remember cookie has Flask-Login\'s attributes, unless others are set', async (t) => {
  const login: Do = ({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true })
  const [, cookie] = (await (await makeSite()).visit(login)).setCookies.sort().reverse()
  t.match(cookie, /^remember_token=7\|[\da-f]{128}; Max-Age=31536000; Path=\/; Expires=Fri, 24 Sep 2027 12:00:00 GMT; HttpOnly$/)
  const { visit } = await makeSite({ cookieName: 'remember', duration: 60, cookie: { path: '/app', domain: 'example.com', secure: true, httpOnly: false, sameSite: 'strict' } })
  const { setCookies } = await visit(login)
  t.match(setCookies.find((line) => line.startsWith('remember=')), /Max-Age=60; Domain=example\.com; Path=\/app; Expires=.*; Secure; SameSite=Strict$/)
})

t.test('a duration is kept for Flask, and forgotten at the next login without one', async (t) => {
  const { visit } = await makeSite()
  const kept: Do = (_login, request) => sessionOf(request).get('_remember_seconds')
  const { setCookies } = await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true, duration: 60 }))
  t.match(setCookies.find((line) => line.startsWith('remember')), 'Max-Age=60')
  t.equal((await visit(kept)).result, 60)
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }))
  t.equal((await visit(kept)).result, null)
  t.match(await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true, duration: 0 })), { status: 500, body: /`duration`/ })
})

t.test('one Set-Cookie of the remember cookie goes out, the last, beside others', async (t) => {
  const { visit, cookies } = await makeSite()
  const both: Do = ({ loginUser, logoutUser }, request, reply) => {
    reply.header('set-cookie', 'a=1')
    reply.header('set-cookie', 'b=2')
    loginUser(request, reply, '7', { remember: true })
    logoutUser(request, reply)
  }
  const { setCookies } = await visit(both)
  t.strictSame(setCookies.map((line) => line.split('=')[0]), ['a', 'b', 'remember_token', 'session'])
  t.notOk('remember_token' in cookies)
})

t.test('a login that changes nothing is written too, so that no cache keeps its cookies', async (t) => {
  const { visit } = await makeSite()
  for (const time of ['first', 'second']) {
    const { setCookies, headers } = await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }))
    t.equal(setCookies.length, 2, time)
    t.equal(headers['cache-control'], 'private')
  }
})

t.test('a logout of nobody sends no cookie', async (t) => {
  const { visit } = await makeSite()
  t.same((await visit(({ logoutUser }, request, reply) => logoutUser(request, reply))).setCookies, [])
})

t.test('a hijacked reply carries the remember cookie after `commitSession()`', async (t) => {
  const { visit, cookies } = await makeSite()
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }), {}, '/hijacked')
  t.strictSame(Object.keys(cookies).sort(), ['remember_token', 'session'])
})

t.test('a user is remembered without a session, and not after a logout', async (t) => {
  const { visit, cookies } = await makeSite()
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, 'Zoë; "7"', { remember: true }))
  const { remember_token: token = '' } = cookies
  t.match(token, /^"Zo\\303\\253\\073\\040\\0427\\042\|/)
  delete cookies.session
  t.same((await visit(known)).result, ['Zoë; "7"', false])
  await visit(({ logoutUser }, request, reply) => logoutUser(request, reply))
  t.same((await visit((_login, request) => sessionOf(request).data())).result, { cart: [], _remember: 'clear' })
  cookies.remember_token = token
  t.same((await visit(known)).result, [null, false])
})

t.test('a login with a remember cookie ends the mark of a logout, one without does not', async (t) => {
  const { visit } = await makeSite()
  const mark: Do = (_login, request) => sessionOf(request).get('_remember')
  for (const remember of [false, true]) {
    await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }))
    await visit(({ logoutUser }, request, reply) => logoutUser(request, reply))
    await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember }))
    t.equal((await visit(mark)).result, remember ? null : 'clear')
  }
})

t.test('Flask clears a remember cookie with a path that did not come with the logout', async (t) => {
  const { visit } = await makeSite({ cookie: { path: '/app' } })
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7'))
  await visit(({ logoutUser }, request, reply) => logoutUser(request, reply))
  t.equal((await visit((_login, request) => sessionOf(request).get('_remember'))).result, 'clear')
})

t.test('a remember cookie that no secret signed remembers nobody', async (t) => {
  const { visit, cookies } = await makeSite()
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }))
  const { remember_token: good = '' } = cookies
  delete cookies.session
  for (const bad of [good.replace('7', '8'), good.toUpperCase(), good.slice(0, -1), `${good}0`, good.slice(2), good.replace('|', ''), '|', '', '"', '""', '\\', '"\\"', 'é|é']) {
    cookies.remember_token = bad
    t.same((await visit(known)).result, [null, false], bad)
  }
  const elsewhere = await makeSite({ secret: otherSecret })
  Object.assign(elsewhere.cookies, { remember_token: good })
  t.same((await elsewhere.visit(known)).result, [null, false])
})

t.test('of several secrets the first signs and all verify', async (t) => {
  const old = await makeSite()
  await old.visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }))
  const { remember_token: oldToken = '' } = old.cookies
  const { visit, cookies } = await makeSite({ secret: [otherSecret, secret] })
  cookies.remember_token = oldToken
  t.same((await visit(known)).result, ['7', false])
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { remember: true }))
  t.not(cookies.remember_token, oldToken)
})

t.test('a login from another browser is stale with basic, and refused with strong', async (t) => {
  const cases: Array<[FlaskLoginOptions['sessionProtection'], boolean, unknown]> = [
    [undefined, false, ['7', false]], ['basic', false, ['7', false]], ['none', false, ['7', true]], ['strong', false, [null, false]], ['strong', true, ['7', false]]
  ]
  for (const [sessionProtection, permanent, expected] of cases) {
    const { visit } = await makeSite({ sessionProtection })
    await visit(({ loginUser }, request, reply) => {
      sessionOf(request).permanent = permanent
      loginUser(request, reply, '7', { remember: true })
    }, { 'user-agent': 'Firefox' })
    t.same((await visit(known, { 'user-agent': 'Firefox' })).result, ['7', true])
    t.same((await visit(known, { 'user-agent': 'thief' })).result, expected, `${sessionProtection}, ${permanent}`)
  }
})

t.test('`remoteAddress` says where a request comes from', async (t) => {
  const { visit } = await makeSite({ remoteAddress: (request) => request.headers['x-real-ip']?.toString() })
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7'), { 'x-real-ip': '203.0.113.9' })
  t.same((await visit(known, { 'x-real-ip': '203.0.113.9', 'x-forwarded-for': '203.0.113.10' })).result, ['7', true])
  t.same((await visit(known)).result, ['7', false])
})

t.test('a login is confirmed, and one that is not fresh is not', async (t) => {
  const { visit } = await makeSite()
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7', { fresh: false }))
  t.same((await visit(known)).result, ['7', false])
  await visit(({ confirmLogin }, request) => confirmLogin(request))
  t.same((await visit(known)).result, ['7', true])
})

t.test('an id that Flask wrote as a number or None is read', async (t) => {
  const { visit, cookies } = await makeSite()
  for (const [value, expected] of [[7, '7'], [2n ** 64n, '18446744073709551616'], [null, null]]) {
    await visit((_login, request) => sessionOf(request).set('_user_id', value))
    t.same((await visit(known)).result, [expected, false])
  }
  t.strictSame(Object.keys(cookies), ['session'])
})

t.test('an id that is not one is refused, and nobody is logged in', async (t) => {
  for (const id of ['', undefined, null, 7]) {
    const { visit, cookies } = await makeSite()
    t.match(await visit(({ loginUser }, request, reply) => loginUser(request, reply, id as string)), { status: 500, body: /FST_TYPED_SESSION_INVALID_DATA/ })
    t.same(cookies, {})
  }
})

t.test('a session under another name is the one that is used', async (t) => {
  const { visit } = await makeSite({ session: 'user' }, { name: 'user' })
  await visit(({ loginUser }, request, reply) => loginUser(request, reply, '7'))
  t.same((await visit(known)).result, ['7', true])
})

t.test('wrong options are told when the functions are made', async (t) => {
  const wrong: Array<[object, string]> = [
    [{ secret: undefined }, 'FST_TYPED_SESSION_INVALID_SECRET'], [{ secret: '' }, 'FST_TYPED_SESSION_INVALID_SECRET'], [{ secret: [] }, 'FST_TYPED_SESSION_INVALID_SECRET'],
    [{ secret: '日本' }, 'FST_TYPED_SESSION_INVALID_SECRET'], [{ cookieName: 'a b' }, 'FST_TYPED_SESSION_INVALID_COOKIE'],
    [{ cookie: { path: 'app' } }, 'FST_TYPED_SESSION_INVALID_COOKIE'], [{ cookie: { maxAge: 1 } }, 'FST_TYPED_SESSION_INVALID_COOKIE'],
    [{ cookieName: '__Host-remember' }, 'FST_TYPED_SESSION_INVALID_COOKIE'], [{ duration: 0 }, 'FST_TYPED_SESSION_INVALID_OPTION'], [{ duration: 2 ** 40 }, 'FST_TYPED_SESSION_INVALID_OPTION'],
    [{ sessionProtection: 'weak' }, 'FST_TYPED_SESSION_INVALID_OPTION'], [{ session: '' }, 'FST_TYPED_SESSION_INVALID_OPTION'],
    [{ remoteAddress: '127.0.0.1' }, 'FST_TYPED_SESSION_INVALID_OPTION'], [{ now: 1 }, 'FST_TYPED_SESSION_INVALID_OPTION']
  ]
  for (const [options, code] of wrong) t.throws(() => createFlaskLogin({ secret, ...options }), { code }, JSON.stringify(options))
  t.doesNotThrow(() => createFlaskLogin({ secret: Buffer.from('日本') }))
})
