import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import * as everything from '../../../lib/index.ts'
import { cookieOf, makeApp } from '../../support/app.ts'

const schema = z.object({ userId: z.number().optional() })
const secret = 'a secret of this test, 32 bytes and more'

t.test('an attribute that the cookie does not have is an error, not ignored', async (t) => {
  for (const [attribute, value] of Object.entries({ maxAge: 60, expires: new Date(0), samesite: 'strict' })) {
    await t.rejects(
      async () => await Fastify().register(everything.fastifyTypedSession, { schema, secret, cookie: { [attribute]: value } }),
      { code: 'FST_TYPED_SESSION_INVALID_COOKIE', message: new RegExp(`not ${attribute}\\.`) }
    )
  }
})

t.test('a refresh that would never come in time is an error', async (t) => {
  for (const refreshAfter of [60, 61]) {
    await t.rejects(
      async () => await Fastify().register(everything.fastifyTypedSession, { schema, secret, lifetime: 60, refreshAfter }),
      { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`refreshAfter` must be less than `lifetime`/ }
    )
  }
  await t.resolves(async () => await Fastify().register(everything.fastifyTypedSession, { schema, secret, lifetime: 60, refreshAfter: 59 }))
})

t.test('what require() gives has every export, and can be registered as it is', async (t) => {
  const app = Fastify()
  await app.register(everything as never, { schema, secret })
  t.ok(app.hasRequestDecorator('session'))
  t.notOk('module.exports' in everything, 'an export of this name would hide the others from require()')
})

t.test('assigning the session is an error that says how to log out, in sloppy code too', async (t) => {
  for (const value of [null, undefined, {}]) {
    const app = await makeApp()
    // Reflect.set fails as sloppy code does: without a word, if there is no setter.
    app.get('/assign', async (request) => Reflect.set(request, 'session', value))
    const reply = await app.inject({ url: '/assign', cookies: { session: cookieOf(await app.inject('/login')) } })
    t.match(reply.json(), { statusCode: 500, code: 'FST_TYPED_SESSION_NOT_ASSIGNABLE', message: /`request\.session` cannot be assigned: call its `delete\(\)` to log out/ })
  }
})
