import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Writable } from 'node:stream'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import fastifyTypedSession from '../../../lib/index.ts'
import { signAssertion } from '../../../lib/testing/device-bound-browser.ts'
import { withoutUndefined } from '../../../lib/util/objects.ts'
import { cookieOf, Gate, schema, secret, sessionOf, type TestSession } from '../../support/app.ts'
import { challengeOf, endpoint, makeBoundApp, makeDevice, Thief } from '../../support/device.ts'

/** A browser's registration, step by step. */
async function setup (options: Parameters<typeof makeBoundApp>[0] & object = {}) {
  const { app, clock, browser } = await makeBoundApp(options)
  const device = makeDevice()
  const login = await app.inject('/enter')
  const session = cookieOf(login)
  const post = async (headers: Record<string, string | undefined>, cookies: Record<string, string> = {}) =>
    await app.inject({ method: 'POST', url: endpoint, headers: withoutUndefined(headers) as Record<string, string>, cookies })
  const register = async (assertion = device.register(challengeOf(login)), cookies: Record<string, string> = { session }) =>
    await post({ 'secure-session-response': assertion }, cookies)
  return { app, clock, browser, device, login, session, post, register }
}

/** The same, registered. */
async function bound () {
  const made = await setup()
  const registration = await made.register()
  const { session_identifier: id } = registration.json<{ session_identifier: string }>()
  const cookies = { 'session-key': cookieOf(registration, 'session-key'), session: cookieOf(registration) }
  const refresh = async (assertion: string | undefined, sent: Record<string, string> = cookies) =>
    await made.post({ 'sec-secure-session-id': id, 'secure-session-response': assertion }, sent)
  return { ...made, registration, id, cookies, refresh }
}

t.test('a registration answers with what the browser needs, and the three cookies', async (t) => {
  const { registration, id } = await bound()
  t.equal(registration.statusCode, 200)
  t.equal(registration.headers['cache-control'], 'no-store')
  t.match(registration.headers['secure-session-challenge'], new RegExp(`^"[\\w.-]+";id="${id}"$`))
  t.strictSame(registration.json(), {
    session_identifier: id,
    refresh_url: endpoint,
    scope: { include_site: false },
    credentials: [{ type: 'cookie', name: 'session-proof', attributes: 'Path=/; HttpOnly; Secure; SameSite=Lax' }],
    allowed_refresh_initiators: ['*']
  })
  t.match(registration.cookies, [
    { name: 'session', path: '/', httpOnly: true, secure: true, sameSite: 'Lax' },
    { name: 'session-proof', path: '/', maxAge: 600, httpOnly: true, secure: true, sameSite: 'Lax' },
    { name: 'session-key', path: endpoint, httpOnly: true, secure: true, sameSite: 'None' }
  ])
})

t.test('a registration needs no session cookie, as after a login at another site', async (t) => {
  const { app, register, session } = await setup()
  const registration = await register(undefined, {})
  t.strictSame(registration.cookies.map(({ name }) => name), ['session-proof', 'session-key'])
  const next = await app.inject({ url: '/me', cookies: { session, 'session-proof': cookieOf(registration, 'session-proof') } })
  t.match(next.json(), { bound: true })
  t.equal((await app.inject({ url: '/me', cookies: { session: cookieOf(next) } })).json().reason, 'unproven')
})

t.test('a registration does not set back a session that another response replaced', async (t) => {
  const { app, register, session } = await setup()
  await app.inject({ url: '/push', cookies: { session } })
  t.strictSame((await register()).cookies.map(({ name }) => name), ['session-proof', 'session-key'])
})

t.test('a response under way does not refresh the cookie that a registration marked', async (t) => {
  const { app, register, session } = await setup()
  await register()
  t.strictSame((await app.inject({ url: '/untouched', cookies: { session } })).cookies, [])
})

t.test('a change under way does not take the mark away that a registration set', async (t) => {
  for (const needsCookie of [true, false]) {
    const gate = new Gate()
    const { app, register, session } = await setup({
      before: (app) => app.get('/slow', async (request) => {
        await gate.wait()
        sessionOf(request).name = 'late'
      })
    })
    const slow = app.inject({ url: '/slow', cookies: { session } })
    await gate.reached
    const registration = await register(undefined, needsCookie ? { session } : {})
    gate.open()
    const late = cookieOf(await slow)
    t.match((await app.inject({ url: '/me', cookies: { session: late } })).json(), { reason: 'unproven' })
    const proof = cookieOf(registration, 'session-proof')
    t.match((await app.inject({ url: '/me', cookies: { session: late, 'session-proof': proof } })).json(), { userId: 7, bound: true })
  }
})

t.test('the offer of an earlier login is refused: its key would replace the session\'s', async (t) => {
  const { app, register, session } = await setup()
  const later = cookieOf(await app.inject({ url: '/enter', cookies: { session } }))
  const refused = await register(undefined, { session: later })
  t.equal(refused.statusCode, 400)
  t.strictSame(refused.cookies, [])
})

t.test('an unsigned refresh gets a challenge, and a signed one a new proof', async (t) => {
  const { clock, device, refresh } = await bound()
  clock.pass(601)
  const asked = await refresh(undefined)
  t.equal(asked.statusCode, 403)
  t.strictSame(asked.cookies, [])
  const proven = await refresh(device.prove(challengeOf(asked)))
  t.equal(proven.statusCode, 200)
  t.strictSame(proven.cookies.map(({ name }) => name), ['session-proof', 'session-key'])
})

t.test('a refresh without the key cookie is a 404, which ends the session in the browser', async (t) => {
  const { device, registration, refresh, post, cookies } = await bound()
  const assertion = device.prove(challengeOf(registration))
  for (const response of [await refresh(assertion, {}), await refresh(assertion, { session: cookies.session }), await post({ 'sec-secure-session-id': 'x' }, cookies)]) {
    t.equal(response.statusCode, 404)
    t.equal(response.headers['secure-session-challenge'], undefined)
  }
})

t.test('a refresh needs no session cookie, as after a link from another site', async (t) => {
  const { device, registration, refresh, cookies } = await bound()
  t.equal((await refresh(device.prove(challengeOf(registration)), { 'session-key': cookies['session-key'] })).statusCode, 200)
})

t.test('bad input to a registration is a 400 that sets nothing', async (t) => {
  const { device, login, register, post, clock } = await setup()
  const offer = challengeOf(login)
  const thief = makeDevice()
  for (const [name, assertion] of Object.entries({
    'no JWT': 'x',
    'another type': device.register(offer, { typ: 'JWT' }),
    'alg none': device.register(offer, { alg: 'none' }),
    HS256: device.register(offer, { alg: 'HS256' }),
    'a foreign key': signAssertion({ jwk: makeDevice().privateKey.export({ format: 'jwk' }) }, offer, thief.privateKey),
    'no challenge of ours': device.register('x.y.z'),
    '100 KB': 'x'.repeat(100_000)
  })) {
    const response = await register(assertion)
    t.equal(response.statusCode, 400, name)
    t.strictSame(response.cookies, [], name)
    t.match(response.json(), { statusCode: 400, error: 'Bad Request', message: /JWT/ }, name)
  }
  t.equal((await post({})).statusCode, 400)
  clock.pass(301)
  t.equal((await register()).statusCode, 400, 'an old challenge')
})

t.test('bad input to a refresh is a 403 with a challenge, and the browser loses nothing', async (t) => {
  const { app, device, registration, refresh, cookies, clock, id } = await bound()
  const challenge = challengeOf(registration)
  const thief = makeDevice()
  for (const [name, assertion] of Object.entries({
    'no JWT': 'x',
    'alg none': signAssertion({ alg: 'none' }, challenge, device.privateKey),
    RS256: signAssertion({ alg: 'RS256' }, challenge, device.privateKey),
    'a foreign key': thief.prove(challenge),
    'a new key': thief.register(challenge),
    'no challenge of ours': device.prove('x.y.z'),
    '100 KB': 'x'.repeat(100_000)
  })) {
    const response = await refresh(assertion)
    t.equal(response.statusCode, 403, name)
    t.strictSame(response.cookies, [], name)
    t.match(response.headers['secure-session-challenge'], `;id="${id}"`, name)
  }
  clock.pass(721)
  t.equal((await refresh(device.prove(challenge))).statusCode, 403, 'an old challenge')
  t.equal((await app.inject({ url: endpoint, cookies })).statusCode, 404, 'a GET is not for the endpoint')
})

t.test('an algorithm that was not offered is refused', async (t) => {
  const { login, register } = await setup({ deviceBound: { algorithms: ['ES256'] } })
  t.match(login.headers['secure-session-registration'], /^\(ES256\);/)
  t.match((await register(makeDevice().register(challengeOf(login), { alg: 'RS256' }))).json(), { message: /algorithm/ })
})

t.test('a thief with every cookie neither renews the proof nor registers a key', async (t) => {
  const { app, browser, clock } = await makeBoundApp()
  await browser.inject('/enter')
  const all = new Thief(app, browser)
  const id = /"device":"([\w-]+)"/.exec(Buffer.from(String(all.cookies.session?.split('.')[0]), 'base64url').toString())?.[1]
  const { prove, register } = makeDevice()
  const challenge = challengeOf(await all.post(endpoint, { 'sec-secure-session-id': id }))
  t.match(challenge, /^[\w.-]+$/, 'he gets a challenge')
  for (const headers of [
    { 'sec-secure-session-id': id, 'secure-session-response': prove(challenge) }, { 'sec-secure-session-id': id, 'secure-session-response': register(challenge) },
    { 'secure-session-response': register(challenge) }, { 'secure-session-response': register(String(all.cookies['session-proof'])) }
  ]) {
    const response = await all.post(endpoint, headers)
    t.match(response.statusCode, /^40[03]$/)
    t.strictSame(response.cookies, [])
  }
  clock.pass(601)
  t.equal((await all.get('/me')).json().reason, 'unproven')
})

t.test('redirects to a login page, and CSRF checks, do not reach the endpoint', async (t) => {
  const { app, browser } = await makeBoundApp()
  app.addHook('onRequest', async (request, reply) => {
    if (request.url !== '/enter' && sessionOf(request).userId === undefined) return await reply.redirect('/enter')
  })
  app.addHook('preHandler', async ({ method }) => { if (method === 'POST') throw new Error('CSRF') })
  t.equal((await app.inject('/me')).statusCode, 302)
  t.equal((await app.inject({ method: 'POST', url: '/me' })).statusCode, 302)
  await browser.inject('/enter')
  browser.cookies.delete('session-proof')
  t.match((await browser.inject('/me')).json(), { bound: true })
})

for (const order of ['before', 'after']) {
  t.test(`@fastify/rate-limit, registered ${order} the plugin, does not reach the endpoint`, async (t) => {
    const limit = async (app: FastifyInstance) => { await app.register(rateLimit, { max: 3 }) }
    const { app, browser } = await makeBoundApp(order === 'before' ? { before: limit } : {})
    if (order === 'after') await limit(app)
    app.get('/limited', async () => 'ok')
    await browser.inject('/enter')
    for (let times = 0; times < 5; times++) {
      browser.cookies.delete('session-proof')
      await browser.inject('/limited')
    }
    t.equal((await browser.inject('/limited')).statusCode, 429)
    t.equal(browser.isBound, true)
  })
}

t.test('the endpoint refreshes no session, neither its own nor another of the app', async (t) => {
  const { app, browser } = await makeBoundApp({ name: 'other', cookieName: 'other', deviceBound: false })
  await app.register(fastifyTypedSession, { schema, secret, cookie: { secure: true }, deviceBound: true })
  app.get('/both', async (request) => {
    const other = request.getDecorator<TestSession>('other')
    other.permanent = sessionOf(request).permanent = true
    await sessionOf(request).regenerate()
    other.userId = sessionOf(request).userId = 7
  })
  await browser.inject('/both')
  t.equal(browser.isBound, true)
  t.strictSame((await new Thief(app, browser).post(endpoint, { 'sec-secure-session-id': 'nobody-here' })).cookies, [])
  t.strictSame((await new Thief(app, browser).get('/untouched')).cookies.map(({ name }) => name), ['other', 'session'])
})

t.test('what happens to devices is published, and a refusal logged without values', async (t) => {
  const lines: string[] = []
  const stream = new Writable({ write (chunk, _encoding, done) { lines.push(String(chunk)); done() } })
  const messages = listen(t)
  const { app, browser } = await makeBoundApp({ fastify: { logger: { level: 'debug', stream } } })
  await browser.inject('/enter')
  browser.cookies.delete('session-proof')
  await browser.inject('/me')
  await app.inject({ method: 'POST', url: endpoint, headers: { 'secure-session-response': 'nonsense' } })
  const about = { name: 'session', cookieName: 'session' }
  t.strictSame(messages, [['bound', about], ['proven', about], ['refused', { ...about, reason: 'malformed' }]])
  const line = lines.find((each) => each.includes('a device was refused'))
  t.match(JSON.parse(String(line)), { level: 20, reason: 'malformed', cookieName: 'session' })
  t.notMatch(lines.join(''), /nonsense/)
})

function listen (t: Test): Array<[string, unknown]> {
  const messages: Array<[string, unknown]> = []
  for (const name of ['bound', 'proven', 'refused']) {
    const note = (message: unknown) => { messages.push([name, message]) }
    subscribe(`fastify-typed-session.${name}`, note)
    t.teardown(() => unsubscribe(`fastify-typed-session.${name}`, note))
  }
  return messages
}
