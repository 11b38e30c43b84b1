import t from 'tap'
import { createSessionManager } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores.ts'
import { sessionAfter, sessionCookies } from '../../lib/testing/session-cookies.ts'
import { makeApp, schema, secret } from '../support/app.ts'

const codec = createSessionManager({ schema, secret })

t.test('cookies made of data are those of a session', async (t) => {
  const app = await makeApp()
  const response = await app.inject({ url: '/read', cookies: await sessionCookies(codec, { userId: 7 }, { permanent: true }) })
  t.match(response.json(), { userId: 7, cart: [] })
  t.match(await sessionAfter(codec, response), { ok: true, data: { userId: 7 }, permanent: true }, 'it was refreshed')
})

t.test('a response that says nothing of the session leaves it as it is', async (t) => {
  const app = await makeApp()
  t.equal(await sessionAfter(codec, await app.inject({ url: '/read', cookies: await sessionCookies(codec, { userId: 7 }) })), undefined)
  t.equal(await sessionAfter(codec, { headers: { 'set-cookie': ['sessions=1', 'other=session='] } }), undefined)
})

t.test('a response that deletes the session leaves none', async (t) => {
  const app = await makeApp()
  const response = await app.inject({ url: '/logout', cookies: await sessionCookies(codec, { userId: 7 }) })
  t.same(await sessionAfter(codec, response), { ok: false, reason: 'absent' })
})

t.test('a response that also deletes an older cookie leaves the session that it sets', async (t) => {
  const app = await makeApp({ cookie: { path: '/app' } })
  const response = await app.inject({ url: '/push', cookies: await sessionCookies(codec, { userId: 7 }) })
  t.equal(response.cookies.length, 2)
  t.match(await sessionAfter(codec, response), { ok: true, data: { userId: 7, cart: ['apple'] } })
})

t.test('the Response of fetch is read as that of inject is', async (t) => {
  const headers = new Headers([['set-cookie', 'theme=dark'], ['set-cookie', `session=${codec.seal({ userId: 7 })}; Path=/; HttpOnly`]])
  t.match(await sessionAfter(codec, new Response(null, { headers })), { ok: true, data: { userId: 7 } })
  t.equal(await sessionAfter(codec, new Response()), undefined)
})

for (const [mode, options] of [['store', { store: new MemoryStore() }], ['revocation', { revocation: { store: new MemoryStore() } }]] as const) {
  t.test(`with \`${mode}\`, the cookies are those of a session that the store knows`, async (t) => {
    const app = await makeApp({ ...options, cookie: { path: '/app' } })
    const manager = createSessionManager({ schema, secret, ...options, cookie: { path: '/app' } })
    const cookies = await sessionCookies(manager, { userId: 7 }, { permanent: true, lifetime: 60 })
    t.match(await manager.load(cookies.session), { ok: true, data: { userId: 7 }, permanent: true, lifetime: 60 })

    const response = await app.inject({ url: '/push', cookies })
    t.match(await sessionAfter(manager, response), { ok: true, data: { userId: 7, cart: ['apple'] } })
    const logout = await app.inject({ url: '/logout', cookies })
    t.same(await sessionAfter(manager, logout), { ok: false, reason: 'absent' })
    t.match((await app.inject({ url: '/read', cookies })).json(), { userId: null }, 'the logout ends the session')
  })

  t.test(`with \`${mode}\`, data that do not fit the schema are an error`, async (t) => {
    const manager = createSessionManager({ schema, secret, ...options, cookie: () => ({}) })
    await t.rejects(sessionCookies(manager, { userId: 'seven' as never }), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.same(await sessionCookies(manager, {}), {}, 'a visitor has no cookie')
  })
}
