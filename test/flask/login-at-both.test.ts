import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { createFlaskLogin, createFlaskWtf, type FlaskLoginOptions } from '../../lib/flask.ts'
import { sessionIdentifier, defaultRemoteAddress } from '../../lib/flask/session-identifier.ts'
import fastifyTypedSession from '../../lib/index.ts'
import { needs } from '../support/peer.ts'
import { Jar, pythonWithLogin, startFlask } from './flask.ts'

const secret = 'a secret with an é, the-secret-of-2026'
const epoch = 1_790_000_000
const withLogin = needs('a Python with Flask-Login and Flask-WTF', pythonWithLogin)
const userIds = ['7', 'Zoë', 'a b;c,"d"|e\\f', '%41', '日本']

type User = { userId: string | null, fresh: boolean }

/** A Flask app and a Fastify app with the same routes, their clocks in step, and one browser. */
async function sideBySide (t: Test, options: Partial<FlaskLoginOptions> = {}, config: object = {}) {
  const clock = { now: epoch }
  const flask = await startFlask(t)
  const control = async (options: object) => { await new Jar().send(`${flask}/control`, options) }
  await control({ now: epoch, secrets: [secret] })
  await control({ config })
  const fastify = await startFastify(t, clock, options)
  return {
    sides: [flask, fastify] as const,
    jar: new Jar(),
    async setClock (now: number) {
      clock.now = now
      await control({ now })
    }
  }
}

async function startFastify (t: Test, clock: { now: number }, options: Partial<FlaskLoginOptions>): Promise<string> {
  const now = () => clock.now * 1000
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema: z.object({ cart: z.array(z.string()).optional() }), secret, format: 'flask', now })
  const login = createFlaskLogin({ secret, now, ...options })
  const wtf = createFlaskWtf({ secret, now })
  app.post<{ Body: { userId: string, remember?: boolean, duration?: number, fresh?: boolean } }>('/login-user', async (request, reply) => {
    const { userId, ...how } = request.body
    login.loginUser(request, reply, userId, how)
    return {}
  })
  app.post('/logout-user', async (request, reply) => {
    login.logoutUser(request, reply)
    return {}
  })
  app.post('/confirm-login', async (request) => {
    login.confirmLogin(request)
    return {}
  })
  app.get('/user', async (request) => ({ userId: login.currentUserId(request) ?? null, fresh: login.isLoginFresh(request) }))
  app.get('/fresh', async (request, reply) => await reply.code(login.isLoginFresh(request) ? 200 : 401).send({}))
  app.get('/identifier', async (request) => ({ identifier: sessionIdentifier(request, defaultRemoteAddress) }))
  app.get('/csrf', async (request) => ({ token: wtf.generateCsrf(request) }))
  app.post<{ Body: { token: unknown } }>('/csrf', async (request) => {
    try {
      wtf.validateCsrf(request, request.body.token)
      return { error: null }
    } catch (error) {
      return { error: (error as Error).message }
    }
  })
  app.post('/protected', async (request) => {
    wtf.validateCsrf(request, request.headers['x-csrftoken'])
    return {}
  })
  t.teardown(() => app.close())
  return await app.listen({ host: '127.0.0.1', port: 0 })
}

async function userAt (jar: Jar, side: string): Promise<User> {
  return (await jar.send(`${side}/user`)).json as User
}

t.test('a user who logs in at either app is known and fresh at both', withLogin, async (t) => {
  for (const protection of ['basic', 'strong'] as const) {
    const { jar, sides } = await sideBySide(t, { sessionProtection: protection }, { SESSION_PROTECTION: protection })
    for (const login of sides) {
      for (const userId of userIds) {
        await jar.send(`${login}/login-user`, { userId })
        for (const side of [...sides, ...sides]) t.same(await userAt(jar, side), { userId, fresh: true })
        for (const side of sides) t.equal(await jar.status(`${side}/fresh`), 200)
        jar.cookies.clear()
      }
    }
  }
})

t.test('a logout at either app is one at both, and no remember cookie undoes it', withLogin, async (t) => {
  const { jar, sides } = await sideBySide(t)
  for (const login of sides) {
    for (const logout of sides) {
      for (const after of sides) {
        await jar.send(`${login}/login-user`, { userId: '7', remember: true })
        t.ok(jar.cookies.has('remember_token'))
        const kept = jar.cookies.get('remember_token') ?? ''
        await jar.send(`${logout}/logout-user`, {})
        t.notOk(jar.cookies.has('remember_token'))
        for (const side of [after, ...sides]) t.same(await userAt(jar, side), { userId: null, fresh: false })

        // The same if the browser kept the cookie, because its attributes are not those that were given here.
        await jar.send(`${login}/login-user`, { userId: '7', remember: true })
        await jar.send(`${logout}/logout-user`, {})
        jar.cookies.set('remember_token', kept)
        if (logout === sides[1]) t.same(await userAt(jar, after), { userId: null, fresh: false })
        jar.cookies.clear()
      }
    }
  }
})

t.test('a remember cookie of either app is accepted at both, and is not fresh', withLogin, async (t) => {
  const { jar, sides } = await sideBySide(t)
  for (const login of sides) {
    for (const userId of userIds) {
      await jar.send(`${login}/login-user`, { userId, remember: true })
      for (const side of sides) {
        jar.cookie = undefined
        t.same(await userAt(jar, side), { userId, fresh: false }, `${userId} of ${login} at ${side}`)
        t.equal(await jar.status(`${side}/fresh`), 401)
      }
      jar.cookies.clear()
    }
  }
})

t.test('both apps write the same remember cookie, which lives as long', withLogin, async (t) => {
  const { jar, sides: [flask, fastify] } = await sideBySide(t)
  for (const userId of userIds) {
    for (const duration of [undefined, 3600]) {
      const lines = []
      for (const side of [flask, fastify]) {
        const before = Date.now()
        const { setCookie } = await jar.send(`${side}/login-user`, { userId, remember: true, duration })
        const line = setCookie.find((each) => each.startsWith('remember_token=')) ?? ''
        // Flask-Login counts from the real time.
        const expires = Date.parse(/expires=([^;]+)/i.exec(line)?.[1] ?? '')
        const lifetime = side === flask ? (expires - before) / 1000 : expires / 1000 - epoch
        t.ok(Math.abs(lifetime - (duration ?? 365 * 86_400)) < 60)
        const [value = '', ...attributes] = line.split('; ')
        lines.push([value, ...attributes.filter((each) => !/^(expires|max-age)=/i.test(each)).sort()])
      }
      const [theirs, ours] = lines
      if (/^[\w"]/.test(userId) && !userId.includes(' ')) t.same(ours, theirs)
      jar.cookies.clear()
    }
  }
})

t.test('a login from another browser is stale, and none at all with strong protection', withLogin, async (t) => {
  for (const protection of ['basic', 'strong'] as const) {
    const { jar, sides } = await sideBySide(t, { sessionProtection: protection }, { SESSION_PROTECTION: protection })
    for (const login of sides) {
      for (const side of sides) {
        jar.headers = { 'user-agent': 'Firefox' }
        await jar.send(`${login}/login-user`, { userId: '7' })
        jar.headers = { 'user-agent': 'thief' }
        t.same(await userAt(jar, side), { userId: protection === 'strong' ? null : '7', fresh: false })
        jar.cookies.clear()
      }
    }
  }
})

t.test('a login confirmed at either app is fresh at both', withLogin, async (t) => {
  const { jar, sides } = await sideBySide(t)
  for (const confirm of sides) {
    await jar.send(`${sides[0]}/login-user`, { userId: '7', fresh: false })
    for (const side of sides) t.same(await userAt(jar, side), { userId: '7', fresh: false })
    await jar.send(`${confirm}/confirm-login`, {})
    for (const side of sides) t.same(await userAt(jar, side), { userId: '7', fresh: true })
  }
})

t.test('the duration of a remembered login is Flask\'s when Flask refreshes the cookie', withLogin, async (t) => {
  const { jar, sides: [flask, fastify] } = await sideBySide(t, {}, { REMEMBER_COOKIE_REFRESH_EACH_REQUEST: true })
  await jar.send(`${fastify}/login-user`, { userId: '7', remember: true, duration: 3600 })
  const { setCookie } = await jar.send(`${flask}/user`)
  const expires = Date.parse(/^remember_token=.*expires=([^;]+)/mi.exec(setCookie.join('\n'))?.[1] ?? '')
  t.ok(Math.abs(expires - Date.now() - 3_600_000) < 60_000)
})

t.test('the identifier of a browser is the same at both apps', withLogin, async (t) => {
  const { jar, sides: [flask, fastify] } = await sideBySide(t)
  const agents = ['Mozilla/5.0 (X11; Linux x86_64)', '', 'it\'s', '"quoted"', 'it\'s "both"', 'back\\slash', 'caf\xe9 \x80\xff', 'tab\there', '\\x41\\\'']
  const addresses = [{}, { 'x-forwarded-for': '203.0.113.9' }, { 'x-forwarded-for': '203.0.113.9 , 10.0.0.1' }, { 'x-forwarded-for': '' }, { 'x-forwarded-for': '2001:db8::1' }]
  for (const agent of agents) {
    for (const address of addresses) {
      jar.headers = { 'user-agent': agent, ...address }
      t.same((await jar.send(`${fastify}/identifier`)).json, (await jar.send(`${flask}/identifier`)).json, JSON.stringify(jar.headers))
    }
  }
})

t.test('a form token of either app is accepted at both, for the same time', withLogin, async (t) => {
  const { jar, sides, setClock } = await sideBySide(t)
  for (const first of sides) {
    for (const maker of sides) {
      await setClock(epoch)
      await jar.send(`${first}/csrf`)
      const { token } = (await jar.send(`${maker}/csrf`)).json as { token: string }
      for (const side of sides) {
        jar.headers = { 'x-csrftoken': token }
        t.equal(await jar.status(`${side}/protected`, {}), 200)
        const errors: Array<[number, string, RegExp | null]> = [
          [epoch + 3600, token, null], [epoch + 3601, token, /has expired/], [epoch - 1, token, /has expired|is missing/],
          [epoch, '', /is missing/], [epoch, `${token}x`, /is invalid/], [epoch, 'nonsense', /is invalid/]
        ]
        for (const [now, token, error] of errors) {
          await setClock(now)
          t.match((await jar.send(`${side}/csrf`, { token })).json, { error }, `${token} at ${now - epoch}`)
        }
        await setClock(epoch)
        jar.headers = {}
        t.match((await new Jar().send(`${side}/csrf`, { token })).json, { error: /missing/ }, 'without the session')
        const other = new Jar()
        await other.send(`${maker}/csrf`)
        t.match((await other.send(`${side}/csrf`, { token })).json, { error: /match/ }, 'in another session')
      }
      jar.cookies.clear()
    }
  }
})
