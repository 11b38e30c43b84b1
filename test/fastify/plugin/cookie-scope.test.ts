import t from 'tap'
import type { CookieAttributes, TypedSessionOptions } from '../../../lib/index.ts'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Clock, cookieOf, makeApp, sessionOf, setCookies } from '../../support/app.ts'
import { JarBrowser } from '../../support/jar.ts'

const site = 'https://www.example.org'
const pages = `${site}/app`

/** An app that answers under /app what it answers under /. */
async function deploy (cookie: TypedSessionOptions['cookie'], options: Partial<TypedSessionOptions> = {}) {
  const app = await makeApp({ ...options, cookie, fastify: { trustProxy: true, rewriteUrl: ({ url = '/' }) => url.replace(/^\/app(?=\/)/, '') } })
  app.get('/issued', async (request) => ({ issuedAt: sessionOf(request).issuedAt, reason: sessionOf(request).reason }))
  return app
}

const scopes: Record<string, CookieAttributes> = {
  'the defaults': {},
  'a domain': { domain: 'example.org' },
  'another domain': { domain: '.WWW.example.org' },
  'a path': { path: '/app' },
  'a partition': { partitioned: true, secure: true },
  'all three': { partitioned: true, secure: true, path: '/app', domain: 'example.org' }
}

const modes: Record<string, () => Partial<TypedSessionOptions>> = {
  signed: () => ({}),
  encrypted: () => ({ encrypt: true }),
  'in a store': () => ({ store: new MemoryStore() }),
  revocable: () => ({ revocation: { store: new MemoryStore() } })
}

const deploys = Object.keys(scopes).flatMap((from) => Object.keys(scopes).filter((to) => to !== from).map((to) => [from, to] as const))

for (const [mode, options] of Object.entries(modes)) {
  t.test(`a deploy that changes the cookie's scope logs nobody out or in (${mode})`, async (t) => {
    for (const [from, to] of deploys) {
      const clock = new Clock()
      const shared = { now: clock.now, ...options() }
      const [before, after] = [await deploy(scopes[from], shared), await deploy(scopes[to], shared)]
      const browser = new JarBrowser()
      const user = async () => (await browser.get(after, `${pages}/read`)).json<{ userId?: number, reason?: string }>()
      const how = `from ${from} to ${to}`

      for (const login of ['login', 'remember']) {
        clock.pass(5)
        await browser.get(before, `${pages}/${login}`)
        t.match(await user(), { userId: 7, reason: undefined }, `${how}: a session goes on`)
        t.equal(browser.cookies(`${pages}/`).length, 1, 'also by a refresh, there is one cookie')
        await browser.get(after, `${pages}/push`)
        t.match(await user(), { userId: 7, cart: ['apple'] }, 'a change is saved')
        t.equal(browser.cookies(`${pages}/`).length, 1, 'and makes no second cookie')
        await browser.get(after, `${pages}/logout`)
        t.match(await user(), { userId: undefined, reason: 'absent' }, 'a logout is one')
      }

      clock.pass(5)
      await browser.get(before, `${pages}/remember`)
      await browser.get(after, `${pages}/logout`)
      t.match(await user(), { userId: undefined, reason: 'absent' }, `${how}: also as the first request`)

      clock.pass(5)
      await browser.get(before, `${pages}/remember`)
      await browser.get(after, `${site}/push`)
      t.equal((await user()).reason, undefined, `${how}: a session that began without the old cookie takes its place`)
      t.equal(browser.cookies(`${pages}/`).length, 1)
      await browser.get(after, `${pages}/logout`)
      t.match(await user(), { userId: undefined, reason: 'absent' })
    }
  })
}

t.test('in Flask\'s format, a new domain or partition makes no second cookie', async (t) => {
  for (const to of ['a domain', 'a partition']) {
    const clock = new Clock()
    const [before, after] = [{}, scopes[to]].map((cookie) => deploy(cookie, { format: 'flask', now: clock.now }))
    const browser = new JarBrowser()
    for (const url of ['untouched', 'push', 'logout']) {
      clock.pass(5)
      await browser.get(await before!, `${site}/remember`)
      await browser.get(await after!, `${site}/${url}`)
      t.equal(browser.cookies(site).length, url === 'logout' ? 0 : 1, `${to}, ${url}`)
    }
  }
})

t.test('of two good cookies with equal data or id the newer counts, else neither', async (t) => {
  for (const [mode, options] of Object.entries({ ...modes, flask: () => ({ format: 'flask' as const }) })) {
    const clock = new Clock()
    const app = await deploy({}, { now: clock.now, refreshAfter: 0, ...options() })
    const first = cookieOf(await app.inject('/remember'))
    clock.pass(5)
    const second = cookieOf(await app.inject({ url: '/untouched', cookies: { session: first } }))
    const issuedAt = (tokens: string[]) => app.inject({ url: '/issued', headers: { cookie: tokens.map((token) => `session=${token}`).join('; ') } })
    for (const tokens of [[first, second], [second, first]]) {
      const reply = await issuedAt(tokens)
      t.same(reply.json(), { issuedAt: new Date(clock.now()).toISOString() }, mode)
    }
    const planted = cookieOf(await app.inject('/push'))
    t.same((await issuedAt([second, planted, first])).json(), { reason: 'ambiguous' }, mode)
    t.same((await issuedAt([planted, second])).json(), { reason: 'ambiguous' }, mode)
  }
})

t.test('a cookie that a subdomain planted does not replace the user\'s', async (t) => {
  const app = await deploy({})
  const [browser, attacker] = [new JarBrowser(), new JarBrowser()]
  await browser.get(app, `${site}/remember`)
  const reply = await attacker.get(app, `${site}/push`)
  browser.take(`session=${cookieOf(reply)}; Domain=example.org; Path=/`, 'https://evil.example.org')
  t.equal(browser.cookies(site).length, 2)
  t.match((await browser.get(app, `${site}/read`)).json(), { userId: undefined, cart: [], reason: 'ambiguous' })
})

t.test('a login ends what a deploy left behind, though it could not tell whose it was', async (t) => {
  const app = await deploy({ path: '/app' })
  const left = await Promise.all([{}, { domain: 'example.org' }].map(async (cookie) => await deploy(cookie)))
  const browser = new JarBrowser()
  await browser.get(left[0]!, `${site}/login`)
  await new JarBrowser().get(left[1]!, `${site}/push`).then((reply) => browser.take(setCookies(reply)[0] ?? '', site))
  t.equal((await browser.get(app, `${pages}/read`)).json().reason, 'ambiguous')
  await browser.get(app, `${pages}/login`)
  t.same((await browser.get(app, `${pages}/read`)).json(), { userId: 7, cart: [] })
  t.equal(browser.cookies(`${pages}/`).length, 1)
})

t.test('attributes can depend on the request: a domain per tenant, with its own logout', async (t) => {
  const asked: string[] = []
  const app = await deploy(({ hostname }) => {
    asked.push(hostname)
    return hostname === 'www.example.org' ? undefined : { domain: hostname.replace(/^www\./, ''), secure: true }
  })
  for (const [origin, other, attributes] of [
    ['https://www.tenant.example', 'https://tenant.example', 'Domain=tenant.example; Path=/; HttpOnly; Secure; SameSite=Lax'],
    ['https://www.other.example', 'https://shop.other.example', 'Domain=other.example; Path=/; HttpOnly; Secure; SameSite=Lax'],
    ['https://www.example.org', undefined, 'Path=/; HttpOnly; Secure; SameSite=Lax']
  ] as const) {
    const browser = new JarBrowser()
    t.equal(setCookies(await browser.get(app, `${origin}/login`))[0]?.split('; ').slice(1).join('; '), attributes)
    asked.length = 0
    t.equal((await browser.get(app, `${other ?? origin}/read`)).json().userId, 7)
    t.same(asked, [], 'they are asked for only if there is a cookie to set')
    await browser.get(app, `${origin}/logout`)
    t.equal(asked.length, 1, 'and once a request')
    t.same(browser.cookies(origin), [])
  }
})

t.test('attributes for a request that no browser would take are a coded error', async (t) => {
  for (const [cookie, message] of [
    [() => ({ domain: 'https://example.org' }), /cookie domain is invalid/],
    [() => ({ maxAge: 5 }), /and not maxAge/],
    [async () => ({ domain: 'example.org' }), /`cookie` must be an object of attributes, or a function that returns one/],
    [() => null, /`cookie` must be an object/]
  ] as const) {
    const app = await deploy(cookie as TypedSessionOptions['cookie'])
    t.match((await app.inject('/login')).json(), { statusCode: 500, code: /^FST_TYPED_SESSION_INVALID_(COOKIE|OPTION)$/, message })
    t.match((await app.inject('/read')).json(), { reason: 'absent' })
  }
  await t.rejects(deploy(() => ({}), { cookieName: 'a b' }), { code: 'FST_TYPED_SESSION_INVALID_COOKIE', message: /`cookieName` must be a token/ })
})

t.test('options() is checked beside the attributes of the request', async (t) => {
  const app = await deploy(({ hostname }) => ({ secure: hostname !== 'insecure.example' }))
  app.get('/none', async (request) => { sessionOf(request).options({ sameSite: 'none' }) })
  t.equal((await app.inject({ url: '/none', headers: { host: 'example.org' } })).statusCode, 200)
  t.match((await app.inject({ url: '/none', headers: { host: 'insecure.example' } })).json(), { code: 'FST_TYPED_SESSION_INVALID_COOKIE' })
})

t.test('a logout also deletes the cookie from before a domain or partition was set', async (t) => {
  const attributes = 'Max-Age=0; {}Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure'
  for (const [cookie, expected] of [
    [{}, ['Path=/; ']],
    [{ domain: 'example.org' }, ['Path=/; ', 'Domain=example.org; Path=/; ']],
    [{ partitioned: true }, ['Path=/; ', 'Path=/; P']],
    [{ domain: 'example.org', partitioned: true }, ['Path=/; P', 'Domain=example.org; Path=/; ', 'Path=/; ', 'Domain=example.org; Path=/; P']]
  ] as const) {
    const app = await deploy({ ...cookie, secure: true, sameSite: false })
    const reply = await app.inject({ url: '/logout', cookies: { session: cookieOf(await app.inject('/login')) } })
    t.same(setCookies(reply), expected.map((scope) => {
      const partitioned = scope.endsWith('P')
      return `session=; ${attributes.replace('{}', scope.replace(/P$/, ''))}${partitioned ? '; Partitioned' : ''}`
    }), JSON.stringify(cookie))
    t.same(setCookies(await app.inject('/logout')), [], 'without a cookie there is nothing to delete')
  }
})

t.test('a foreign cookie of the same name does not have ours sent again', async (t) => {
  const app = await deploy({ domain: 'example.org', secure: true }, { format: 'flask' })
  const session = cookieOf(await app.inject('/login'))
  const headers = { cookie: `session=e30.foreign.signature; session=${session}` }
  t.same(setCookies(await app.inject({ url: '/read', headers })), [])
})
