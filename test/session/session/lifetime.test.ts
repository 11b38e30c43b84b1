import t from 'tap'
import { Browser, Clock, makeApp, setCookies } from '../../support/app.ts'

t.test('permanent is true or false, and undefined is its default', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.equal(session.permanent, false)
    session.permanent = true
    session.userId = 7
  })
  await browser.visit((session) => t.equal(session.permanent, true))
  await browser.visit((session) => { session.permanent = undefined as unknown as boolean })
  await browser.visit((session) => t.equal(session.permanent, false))
})

t.test('anything else is an error, so that no form makes a session permanent by mistake', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => { session.userId = 7 })
  for (const permanent of ['false', 'on', '', 0, 1, null, {}]) {
    const reply = await browser.visit((session) => { session.permanent = permanent as unknown as boolean })
    t.match(reply.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_INVALID_OPTION', message: '`session.permanent` must be true or false' })
    t.same(setCookies(reply), [])
    await browser.visit((session) => t.equal(session.permanent, false))
  }
})

t.test('a session\'s own lifetime is signed and holds from then on', async (t) => {
  const clock = new Clock()
  const browser = new Browser(await makeApp({ now: clock.now, lifetime: 3600 }))
  const login = await browser.visit((session) => {
    t.equal(session.lifetime, 3600)
    session.lifetime = 60
    session.permanent = true
    session.userId = 7
  })
  t.equal(login.cookies[0]?.maxAge, 60)
  clock.pass(60)
  const read = await browser.visit((session) => {
    t.equal(session.lifetime, 60)
    t.equal(session.userId, 7)
  })
  t.equal(read.cookies[0]?.maxAge, 60, 'a refresh keeps it')
  clock.pass(61)
  await browser.visit((session) => t.equal(session.reason, 'expired'))
})

t.test('a session\'s own lifetime is never longer than the option, even if lowered since', async (t) => {
  const clock = new Clock()
  const before = new Browser(await makeApp({ now: clock.now, lifetime: 3600 }))
  await before.visit((session) => {
    session.lifetime = 1800
    session.permanent = true
    session.userId = 7
  })
  const after = new Browser(await makeApp({ now: clock.now, lifetime: 600 }))
  after.cookies.set('session', before.cookies.get('session') ?? '')
  const reply = await after.visit((session) => {
    t.equal(session.lifetime, 600)
    session.lifetime = Math.min(session.lifetime, 900)
  })
  t.equal(reply.cookies[0]?.maxAge, 600)
  clock.pass(601)
  await after.visit((session) => t.equal(session.reason, 'expired'))
})

for (const wrong of [0, -1, 1.5, NaN, Infinity, 3601, '60', null, new Date(), 2 ** 53]) {
  t.test(`${String(wrong)} is no lifetime, and says so`, async (t) => {
    const browser = new Browser(await makeApp({ lifetime: 3600 }))
    const reply = await browser.visit((session) => { session.lifetime = wrong as number })
    t.equal(reply.statusCode, 500)
    t.match(reply.json(), { code: 'FST_TYPED_SESSION_INVALID_LIFETIME', message: /`session.lifetime` must be .* 1 to 3600,/ })
    t.same(setCookies(reply), [])
  })
}
