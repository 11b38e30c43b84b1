import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import { Clock, cookieOf, makeApp, otherSecret, secret } from '../support/app.ts'

const events = ['accepted', 'rejected', 'written', 'refreshed', 'deleted']

t.test('each event of a session is published on its channel, without values', async (t) => {
  const heard: unknown[] = []
  for (const event of events) {
    const listen = (message: unknown) => { heard.push([event, message]) }
    subscribe(`fastify-typed-session.${event}`, listen)
    t.teardown(() => unsubscribe(`fastify-typed-session.${event}`, listen))
  }
  const clock = new Clock()
  const old = cookieOf(await (await makeApp({ now: clock.now, secret: otherSecret })).inject('/remember'))
  const app = await makeApp({ now: clock.now, secret: [secret, otherSecret], cookieName: 'session' })
  const about = { name: 'session', cookieName: 'session' }
  heard.length = 0

  await app.inject('/read')
  t.same(heard, [], 'a stranger who only reads')

  await app.inject({ url: '/untouched', cookies: { session: old } })
  t.same(heard.splice(0), [['accepted', { ...about, secretIndex: 1 }], ['refreshed', about]])

  const session = cookieOf(await app.inject('/login'))
  t.same(heard.splice(0), [['written', about]])

  await app.inject({ url: '/logout', cookies: { session } })
  t.same(heard.splice(0), [['accepted', { ...about, secretIndex: 0 }], ['deleted', about]])

  await app.inject({ url: '/read', cookies: { session: `${session}x` } })
  t.same(heard.splice(0), [['rejected', { ...about, reason: 'signature' }]])
})
