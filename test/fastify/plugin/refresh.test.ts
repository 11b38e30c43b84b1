import t from 'tap'
import { MemoryStore } from '../../../lib/stores/memory.ts'
import { Browser, Clock, cookieOf, makeApp, sessionOf, setCookies } from '../../support/app.ts'

const minutes = 60

t.test('with refresh: all, only idleness ends a session that ends with the browser', async (t) => {
  for (const stored of [false, true]) {
    const clock = new Clock()
    const store = stored ? new MemoryStore({ now: clock.now }) : undefined
    const app = await makeApp({ now: clock.now, refresh: 'all', lifetime: 30 * minutes, store })
    const browser = new Browser(app)
    await browser.get('/login')
    for (let request = 0; request < 24; request++) {
      clock.pass(5 * minutes)
      const reply = await browser.get('/read')
      t.match(reply.json(), { userId: 7 })
      t.notMatch(setCookies(reply)[0], /Max-Age|Expires/)
    }
    clock.pass(30 * minutes + 1)
    t.match((await browser.get('/read')).json(), { reason: 'expired' })
  }
})

t.test('refreshAfter spares most responses the cookie, and absoluteLifetime holds', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, refresh: 'all', refreshAfter: 60, lifetime: 30 * minutes, absoluteLifetime: 60 * minutes })
  const browser = new Browser(app)
  await browser.get('/login')
  clock.pass(59)
  t.same(setCookies(await browser.get('/read')), [])
  clock.pass(1)
  t.equal(setCookies(await browser.get('/read')).length, 1)
  clock.pass(29 * minutes)
  await browser.get('/read')
  clock.pass(29 * minutes)
  t.match((await browser.get('/read')).json(), { userId: 7 })
  clock.pass(minutes + 1)
  t.match((await browser.get('/read')).json(), { reason: 'expired' })
})

t.test('what the browser fetches ahead does not prolong a session', async (t) => {
  for (const options of [{}, { store: new MemoryStore(), refreshAfter: 0 }]) {
    const app = await makeApp(options)
    const cookies = { session: cookieOf(await app.inject('/remember')) }
    for (const purpose of ['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip']) {
      const reply = await app.inject({ url: '/read', cookies, headers: { 'sec-purpose': purpose } })
      t.match(reply.json(), { userId: 7 })
      t.same(setCookies(reply), [], purpose)
    }
    for (const purpose of ['', 'other', 'not-prefetch']) {
      t.equal(setCookies(await app.inject({ url: '/read', cookies, headers: { 'sec-purpose': purpose } })).length, 1, purpose)
    }
    t.equal(setCookies(await app.inject({ url: '/push', cookies, headers: { 'sec-purpose': 'prefetch' } })).length, 1, 'a change is saved')
  }
})

t.test('expiresAt counts no refresh that the response does not make', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 100 })
  app.get('/end', async (request) => sessionOf(request).expiresAt.getTime())
  app.get('/poll', { config: { session: { refresh: false } } }, async (request) => sessionOf(request).expiresAt.getTime())
  const cookies = { session: cookieOf(await app.inject('/remember')) }
  const ends = clock.milliseconds + 100_000
  clock.pass(10)
  t.equal((await app.inject({ url: '/end', cookies })).json(), ends + 10_000)
  t.equal((await app.inject({ url: '/end', cookies, headers: { 'sec-purpose': 'prefetch' } })).json(), ends)
  t.equal((await app.inject({ url: '/poll', cookies })).json(), ends)
})
