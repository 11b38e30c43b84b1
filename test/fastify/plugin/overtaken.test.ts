import t from 'tap'
import { Clock, cookieOf, Gate, makeApp, sessionOf, setCookies } from '../../support/app.ts'

async function setup () {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 100 })
  const gates = new Map<string, Gate>()
  app.get('/touch', async (request) => sessionOf(request).touch())
  app.get('/asset', async (request, reply) => {
    if (request.headers['x-use'] !== undefined) sessionOf(request).get('userId')
    return reply.header('cache-control', request.headers['x-cache'] ?? '').send('asset')
  })
  app.get('/slow/:name', async (request, reply) => {
    const { name } = request.params as { name: string }
    const gate = gates.get(name)
    await gate?.wait()
    if (name === 'touched') return sessionOf(request).userId
    return reply.send(name)
  })
  const slow = async (name: string, session: string) => {
    const gate = new Gate()
    gates.set(name, gate)
    const response = app.inject({ url: `/slow/${name}`, cookies: { session } })
    await gate.reached
    return async () => {
      gate.open()
      return setCookies(await response)
    }
  }
  return { app, clock, slow, session: cookieOf(await app.inject('/remember')) }
}

t.test('a refresh does not undo a logout or a write that was answered first', async (t) => {
  for (const url of ['/logout', '/push']) {
    const { app, slow, session } = await setup()
    const untouched = await slow('untouched', session)
    const touched = await slow('touched', session)
    await app.inject({ url, cookies: { session } })
    t.same(await untouched(), [], url)
    t.same(await touched(), [], url)
  }
})

t.test('a session that has its old data again, within a second, is refreshed', async (t) => {
  const { app, session } = await setup()
  const again = cookieOf(await app.inject({ url: '/touch', cookies: { session } }))
  t.equal(again, session)
  t.equal(setCookies(await app.inject({ url: '/untouched', cookies: { session } })).length, 1)
})

t.test('a replaced cookie that comes back minutes later is refreshed', async (t) => {
  const { app, clock, session } = await setup()
  await app.inject({ url: '/push', cookies: { session } })
  t.same(setCookies(await app.inject({ url: '/untouched', cookies: { session } })), [])
  await app.close()
  const later = await makeApp({ now: clock.now, lifetime: 1000 })
  await later.inject({ url: '/push', cookies: { session } })
  clock.pass(120)
  t.equal(setCookies(await later.inject({ url: '/untouched', cookies: { session } })).length, 1)
})

t.test('a response slower than two seconds refreshes only past half of the lifetime', async (t) => {
  const { clock, slow, session } = await setup()
  const early = await slow('a', session)
  clock.pass(3)
  t.same(await early(), [])
  clock.pass(48)
  const late = await slow('b', session)
  clock.pass(3)
  t.equal((await late()).length, 1)
})

t.test('a public response is not refreshed unless the session was used', async (t) => {
  const { app, session } = await setup()
  const sent = async (headers: Record<string, string>) => setCookies(await app.inject({ url: '/asset', cookies: { session }, headers })).length
  for (const cache of ['public, max-age=60', 'max-age=60,immutable', 'PUBLIC']) {
    t.equal(await sent({ 'x-cache': cache }), 0, cache)
    t.equal(await sent({ 'x-cache': cache, 'x-use': '1' }), 1, cache)
  }
  for (const cache of ['private', 'no-cache', 'max-age=5', 'x-public-key=5']) t.equal(await sent({ 'x-cache': cache }), 1, cache)
})
