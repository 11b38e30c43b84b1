import t from 'tap'
import { cookieOf, makeApp, sessionOf } from '../../support/app.ts'

t.test('Vary: Cookie is sent if the session was read, written, refreshed or deleted', async (t) => {
  const app = await makeApp()
  app.get('/in', async (request) => 'userId' in sessionOf(request))
  const plain = { session: cookieOf(await app.inject('/login')) }
  const permanent = { session: cookieOf(await app.inject('/remember')) }
  for (const [url, cookies, vary] of [
    ['/read', {}, 'Cookie'], ['/in', {}, 'Cookie'], ['/login', {}, 'Cookie'], ['/logout', plain, 'Cookie'],
    ['/untouched', permanent, 'Cookie'], ['/untouched', plain, undefined], ['/untouched', {}, undefined],
    ['/untouched', { session: 'junk' }, undefined]
  ] as const) {
    t.equal((await app.inject({ url, cookies })).headers.vary, vary, `${url} ${JSON.stringify(Object.keys(cookies))}`)
  }
})

t.test('Vary is merged with what is there, and says Cookie once', async (t) => {
  const app = await makeApp()
  app.get('/vary', async (request, reply) => {
    const { vary } = request.query as { vary: string[] | string }
    reply.header('vary', vary)
    return sessionOf(request).new
  })
  for (const [query, expected] of [
    ['vary=Accept', 'Accept, Cookie'], ['vary=Accept,%20cookie', 'Accept, cookie'], ['vary=*', '*'],
    ['vary=COOKIE', 'COOKIE'], ['vary=Accept-Encoding,Origin', 'Accept-Encoding, Origin, Cookie'],
    ['vary=X-Cookie', 'X-Cookie, Cookie']
  ] as const) {
    t.equal((await app.inject(`/vary?${query}`)).headers.vary, expected, query)
  }
})

t.test('a response with our Set-Cookie is never left publicly cacheable', async (t) => {
  const app = await makeApp()
  app.get('/cached', async (request, reply) => {
    const { value, write } = request.query as { value?: string, write?: string }
    if (value !== undefined) reply.header('cache-control', value)
    reply.header('cdn-cache-control', 'max-age=60').header('surrogate-control', 'max-age=60')
      .header('vercel-cdn-cache-control', 'max-age=60')
    if (write !== undefined) sessionOf(request).userId = 1
  })
  for (const [value, expected] of [
    [undefined, 'private'], ['public, max-age=60', 'private, max-age=60'], ['s-maxage=60', 'private'],
    ['no-store', 'no-store'], ['private, max-age=5', 'private, max-age=5'], ['max-age=60', 'private, max-age=60']
  ] as const) {
    const query = value === undefined ? '' : `&value=${encodeURIComponent(value)}`
    const { headers } = await app.inject(`/cached?write=1${query}`)
    t.equal(headers['cache-control'], expected, String(value))
    for (const name of ['cdn-cache-control', 'surrogate-control', 'vercel-cdn-cache-control']) t.equal(headers[name], 'no-store', name)
  }
  const { headers } = await app.inject('/cached?value=public')
  t.equal(headers['cache-control'], 'public', 'and others are left alone')
  t.equal(headers['cdn-cache-control'], 'max-age=60')
})

t.test('a deletion and a refresh are not left publicly cacheable either', async (t) => {
  const app = await makeApp({ before: (app) => app.addHook('onRequest', async (request, reply) => { reply.header('cache-control', 'public') }) })
  const cookies = { session: cookieOf(await app.inject('/remember')) }
  for (const url of ['/read', '/logout']) {
    t.equal((await app.inject({ url, cookies })).headers['cache-control'], 'private', url)
  }
})

t.test('a reply that fails to save the session varies by it, even after an error', async (t) => {
  const app = await makeApp({
    before: (app) => {
      app.get('/fails-twice', async (request) => {
        Object.assign(sessionOf(request), { userId: 'seven' })
        throw new Error('no such thing')
      })
    }
  })
  const reply = await app.inject('/fails-twice')
  t.equal(reply.statusCode, 500)
  t.equal(reply.headers.vary, 'Cookie')
})

t.test('the only Set-Cookie of a reply is a text, and several are a list', async (t) => {
  const app = await makeApp()
  app.get('/both', async (request, reply) => {
    reply.setCookie('theme', 'dark')
    sessionOf(request).userId = 7
  })
  t.type((await app.inject('/login')).headers['set-cookie'], 'string')
  t.equal((await app.inject('/both')).headers['set-cookie']?.length, 2)
})
