import t from 'tap'
import { createSessionManager } from '../../lib/index.ts'
import { sessionAfter, sessionCookies } from '../../lib/testing/session-cookies.ts'
import { makeApp, schema, secret } from '../support/app.ts'

const codec = createSessionManager({ schema, secret })

t.test('cookies made of data are those of a session', async (t) => {
  const app = await makeApp()
  const response = await app.inject({ url: '/read', cookies: sessionCookies(codec, { userId: 7 }, { permanent: true }) })
  t.match(response.json(), { userId: 7, cart: [] })
  t.match(sessionAfter(codec, response), { ok: true, data: { userId: 7 }, permanent: true }, 'it was refreshed')
})

t.test('a response that says nothing of the session leaves it as it is', async (t) => {
  const app = await makeApp()
  t.equal(sessionAfter(codec, await app.inject({ url: '/read', cookies: sessionCookies(codec, { userId: 7 }) })), undefined)
  t.equal(sessionAfter(codec, { headers: { 'set-cookie': ['sessions=1', 'other=session='] } }), undefined)
})

t.test('a response that deletes the session leaves none', async (t) => {
  const app = await makeApp()
  const response = await app.inject({ url: '/logout', cookies: sessionCookies(codec, { userId: 7 }) })
  t.same(sessionAfter(codec, response), { ok: false, reason: 'absent' })
})

t.test('a response that also deletes an older cookie leaves the session that it sets', async (t) => {
  const app = await makeApp({ cookie: { path: '/app' } })
  const response = await app.inject({ url: '/push', cookies: sessionCookies(codec, { userId: 7 }) })
  t.equal(response.cookies.length, 2)
  t.match(sessionAfter(codec, response), { ok: true, data: { userId: 7, cart: ['apple'] } })
})

t.test('the Response of fetch is read as that of inject is', async (t) => {
  const headers = new Headers([['set-cookie', 'theme=dark'], ['set-cookie', `session=${codec.seal({ userId: 7 })}; Path=/; HttpOnly`]])
  t.match(sessionAfter(codec, new Response(null, { headers })), { ok: true, data: { userId: 7 } })
  t.equal(sessionAfter(codec, new Response()), undefined)
})
