import t from 'tap'
import { z } from 'zod'
import { Browser, Clock, makeApp, setCookies, type TestSession } from '../../support/app.ts'

type Loose = TestSession & Record<string, unknown>

t.test('get and set reach the data by key', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.equal(session.get('userId'), undefined)
    session.set('userId', 7)
    t.equal(session.get('userId'), 7)
    t.equal(session.userId, 7)
    session.set('userId', undefined)
    t.notOk('userId' in session)
    session.set('cart', ['apple'])
    session.set('cart', undefined)
    session.cart.push('pear')
    t.same(session.cart, ['pear'], 'a key has its default again at once')
    session.set('cart', undefined)
    t.same(session.get('cart'), [])
    for (const inherited of ['toString', 'constructor', 'permanent', 'get', '__proto__']) {
      t.equal(session.get(inherited), undefined, `${inherited} is no data`)
    }
  })
})

t.test('set validates at once, and names the path and not the value', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    t.throws(() => session.set('userId', 'hunter2' as never), {
      code: 'FST_TYPED_SESSION_INVALID_DATA', message: 'The session\'s data do not fit the schema: userId (invalid_type)'
    })
    t.throws(() => session.set('cart', ['a', 1] as never), { message: /: cart\.1 \(invalid_type\)$/ })
    t.throws(() => session.set('__proto__', { admin: true }), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.same(session.data(), { cart: [] })
  })
})

t.test('keys that the schema does not know pass through, for the plugins that write them', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    session.set('passport', { user: 7 });
    (session as Loose).grant = { provider: 'x' }
  })
  await browser.visit((session) => {
    t.same(session.get('passport'), { user: 7 })
    t.same((session as Loose).grant, { provider: 'x' })
  })
})

t.test('a strict schema refuses them, by name', async (t) => {
  const browser = new Browser(await makeApp({ schema: z.strictObject({ userId: z.number().optional() }) }))
  await browser.visit((session) => {
    t.throws(() => session.set('passport', 'hunter2'), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /passport/ })
  })
  const reply = await browser.visit((session) => { (session as Loose).passport = 'hunter2' })
  t.equal(reply.json().code, 'FST_TYPED_SESSION_INVALID_DATA')
  t.match(reply.body, /passport/)
  t.notMatch(reply.body, /hunter2/)
})

t.test('data under a name of the session\'s own are reached by get and set', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    session.set('options', ['dark'])
    session.set('constructor', 'Eiffel')
    session.set('toString', 1)
  })
  await browser.visit((session) => {
    t.same(session.get('options'), ['dark'])
    t.equal(session.get('constructor'), 'Eiffel')
    t.equal(session.get('toString'), 1)
    t.equal(typeof session.options, 'function', 'and do not hide the control')
    t.same(session.data(), { cart: [], options: ['dark'], constructor: 'Eiffel', toString: 1 })
    session.set('options', undefined)
    session.set('constructor', undefined)
    session.set('toString', undefined)
  })
  t.equal(browser.cookies.size, 0)
})

t.test('a control cannot be overwritten', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.visit((session) => {
    for (const key of ['get', 'set', 'data', 'touch', 'delete', 'regenerate', 'options', 'new', 'reason', 'modified',
      'changed', 'deleted', 'constructor']) {
      t.throws(() => { (session as Loose)[key] = 'x' }, TypeError, key)
    }
    t.throws(() => { Reflect.set(session, '__proto__', { admin: true }, session) }, { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.throws(() => Object.assign(session, JSON.parse('{"__proto__": {"admin": true}}')), { code: 'FST_TYPED_SESSION_INVALID_DATA' })
    t.equal((session as Loose).admin, undefined)
    t.equal(Reflect.get(session, '__proto__'), Object.getPrototypeOf(session))
  })
})

for (const mark of ['_permanent', '_typed']) {
  t.test(`${mark} is the plugin's own: no data merged into a session can change metadata`, async (t) => {
    const clock = new Clock()
    const browser = new Browser(await makeApp({ now: clock.now }))
    await browser.visit((session) => {
      t.throws(() => session.set(mark, { lifetime: 9 }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: new RegExp(mark) })
    })
    const reply = await browser.visit((session) => {
      Object.assign(session, JSON.parse(`{ "userId": 7, "${mark}": { "lifetime": 9, "login": 9 } }`))
    })
    t.equal(reply.statusCode, 500)
    t.match(reply.json(), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: new RegExp(mark) })
    t.same(setCookies(reply), [])
  })
}
