import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { cookieOf, makeApp, setCookies } from '../../support/app.ts'
import { backendApp, modes } from '../../support/backend-app.ts'
import { FaultyStore } from '../../support/faulty-store.ts'

const planted = (many: number) => Array.from({ length: many }, (_, index) => `session=planted.${index}.x`)

for (const mode of ['store', 'revocation'] as const) {
  t.test(`${mode}: a logout or login ends its session behind many look-alikes`, async (t) => {
    for (const url of ['/logout', '/login']) {
      for (const many of [8, 9, 100, 179]) {
        const { app, browser, read, sessions } = await backendApp({}, mode)
        await browser.get('/login')
        const copy = browser.cookies.get('session')
        const cookie = [...planted(many), `session=${copy}`].join('; ')
        t.match((await app.inject({ url: '/read', headers: { cookie } })).json(), { reason: 'ambiguous' })
        const reply = await app.inject({ url, headers: { cookie } })
        t.equal(reply.statusCode, 200)
        t.equal(setCookies(reply).length, 1)
        t.match(await read(copy), { reason: 'revoked' }, `${url} behind ${many}`)
        t.equal((await sessions.listSubject('7')).length, url === '/login' ? 1 : 0)
      }
    }
  })

  t.test(`${mode}: a logout behind look-alikes whose store fails is a 503`, async (t) => {
    for (const onStoreError of ['error', 'anonymous'] as const) {
      const store = new FaultyStore()
      const app = await makeApp({ ...modes[mode](store), onStoreError })
      const login = cookieOf(await app.inject('/login'))
      store.next('get', 'fail')
      const reply = await app.inject({ url: '/logout', headers: { cookie: [...planted(9), `session=${login}`].join('; ') } })
      t.equal(reply.statusCode, 503)
      t.same(setCookies(reply), [])
    }
  })

  t.test(`${mode}: a response that expires another session's cookie ends that session`, async (t) => {
    const store = new FaultyStore()
    const older = await makeApp({ ...modes[mode](store), cookie: { path: '/shop' } })
    const app = await makeApp({ ...modes[mode](store), cookie: { path: '/' } })
    const read = async (session: string) => (await app.inject({ url: '/read', cookies: { session } })).json()
    const [twin, own] = [cookieOf(await older.inject('/login')), cookieOf(await app.inject('/push'))]
    const both = { url: '/untouched', headers: { cookie: `session=${twin}; session=${own}` } }

    store.next('delete', 'fail')
    const failed = await app.inject(both)
    t.same([failed.statusCode, setCookies(failed)], [200, []], 'a store that fails costs no request, and the cookie stays')
    t.match(await read(twin), { userId: 7 })

    const reply = await app.inject(both)
    t.match(setCookies(reply), [/Path=\/shop;.*Max-Age=0|Max-Age=0;.*Path=\/shop/, /Path=\/;|Path=\/$/])
    t.match(await read(twin), { reason: 'revoked' })
    t.match(await read(own), { cart: ['apple'] })
  })
}

t.test('two cookies of one session in two scopes are one session', async (t) => {
  const store = new MemoryStore()
  const older = await makeApp({ ...modes.revocation(store), cookie: { path: '/shop' } })
  const app = await makeApp({ ...modes.revocation(store), cookie: { path: '/' } })
  const twin = cookieOf(await older.inject('/login'))
  const own = String((await app.inject({ url: '/push', cookies: { session: twin } })).cookies.at(-1)?.value)
  const reply = await app.inject({ url: '/read', headers: { cookie: `session=${twin}; session=${own}` } })
  t.match(reply.json(), { userId: 7, cart: ['apple'] })
  t.match((await app.inject({ url: '/read', cookies: { session: own } })).json(), { userId: 7 })
})
