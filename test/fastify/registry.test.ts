import { cpSync } from 'node:fs'
import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import fastifyTypedSession, { createSessionManager, type Sessions } from '../../lib/index.ts'

const secret = 'a secret of the tests, 32 bytes or more'
const userSchema = z.object({ userId: z.number().optional() })
const adminSchema = z.object({ admin: z.string().optional() })

function namesOf (sessions: object): string[] {
  const names = []
  for (const name in sessions) names.push(name)
  return names
}

t.test('app.sessions has a codec for each session, which opens and seals its cookies', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema: userSchema, secret: [secret] })
  await app.register(fastifyTypedSession, { schema: adminSchema, secret, name: 'admin' })
  app.get('/', async (request) => request.getDecorator<object>('session'))

  const { session, admin } = app.getDecorator<Sessions<{ session: typeof userSchema, admin: typeof adminSchema }>>('sessions')
  const token = session.seal({ userId: 7 })
  const response = await app.inject({ url: '/', cookies: { [session.cookieName]: token } })
  t.same(response.json(), { userId: 7 })
  t.same(session.acceptedBySecret, [1])
  t.match(session.open(`session=${token}`), { ok: true, data: { userId: 7 } })
  t.same(admin.open(token), { ok: false, reason: 'signature' })
  t.match(createSessionManager({ schema: userSchema, secret }).open(token), { ok: true, data: { userId: 7 } })
})

t.test('what a child context adds to sessions, its parents and siblings do not see', async (t) => {
  const app = Fastify()
  const seen: Record<string, string[]> = {}
  await app.register(async (child) => {
    await child.register(fastifyTypedSession, { schema: adminSchema, secret, name: 'admin' })
    await child.register(async (grandchild) => { seen.grandchild = namesOf(grandchild.sessions) })
    seen.child = namesOf(child.sessions)
  })
  await app.register(fastifyTypedSession, { schema: userSchema, secret })
  await app.register(async (sibling) => { seen.sibling = namesOf(sibling.sessions) })
  t.same(namesOf(app.sessions), ['session'])
  t.same(seen, { child: ['admin'], grandchild: ['admin'], sibling: ['session'] })
})

t.test('two sessions of one context have different names and cookies', async (t) => {
  const second = (options: object) => async () => {
    const app = Fastify()
    await app.register(fastifyTypedSession, { schema: userSchema, secret })
    await app.register(fastifyTypedSession, { schema: adminSchema, secret, ...options })
  }
  const code = 'FST_TYPED_SESSION_INVALID_OPTION'
  await t.rejects(second({ cookieName: 'admin' }), { code, message: /session named session already/ })
  await t.rejects(second({ name: 'admin', cookieName: 'session' }), { code, message: /session has a cookie named session/ })
})

for (const name of ['headers', 'id', 'params', 'ip', 'log', 'server', 'cookies', 'getDecorator', 'toString', '__proto__', 'user']) {
  t.test(`a session named ${name} would hide what the request has under that name`, async (t) => {
    const app = Fastify()
    app.decorateRequest('user', { getter: () => 'mine' })
    await t.rejects(async () => await app.register(fastifyTypedSession, { schema: userSchema, secret, name }), {
      code: 'FST_TYPED_SESSION_INVALID_OPTION', message: `a request has something named ${name} already: give the session another \`name\``
    })
  })
}

t.test('a child context may have a session under the name of its parent\'s', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema: userSchema, secret })
  await app.register(async (child) => {
    await child.register(fastifyTypedSession, { schema: adminSchema, secret, cookieName: 'admin' })
    child.get('/', async (request) => request.getDecorator<object>('session'))
  })
  const cookies = { admin: createSessionManager({ schema: adminSchema, secret, cookieName: 'admin' }).seal({ admin: 'Zoë' }) }
  t.same((await app.inject({ url: '/', cookies })).json(), { admin: 'Zoë' })
})

t.test('an app that has sessions of its own is told so', async (t) => {
  const app = Fastify()
  app.decorate('sessions' as 'version', 'mine' as never)
  await t.rejects(async () => await app.register(fastifyTypedSession, { schema: userSchema, secret }), { code: 'FST_ERR_DEC_ALREADY_PRESENT' })
})

t.test('two copies of the package share an app', async (t) => {
  const folder = t.testdir()
  cpSync(new URL('../../lib', import.meta.url), `${folder}/lib`, { recursive: true })
  const { default: copy } = await import(`${folder}/lib/index.ts`) as { default: typeof fastifyTypedSession }
  t.not(copy, fastifyTypedSession)
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema: userSchema, secret })
  await app.register(copy, { schema: adminSchema, secret, name: 'admin' })
  await app.register(async (child) => {
    await child.register(copy, { schema: userSchema, secret, name: 'inner' })
    t.same(namesOf(child.sessions), ['inner', 'session', 'admin'])
    child.get('/', async (request, reply) => {
      Object.assign(request.getDecorator<object>('session'), { userId: 1 })
      Object.assign(request.getDecorator<object>('admin'), { admin: 'Zoë' })
      Object.assign(request.getDecorator<object>('inner'), { userId: 2 })
      reply.hijack()
      await reply.commitSession()
      reply.raw.end()
    })
  })
  t.same(namesOf(app.sessions), ['session', 'admin'])
  t.same((await app.inject('/')).cookies.map(({ name }) => name).sort(), ['admin', 'inner', 'session'])
  await t.rejects(async () => await Fastify().register(fastifyTypedSession, { schema: userSchema, secret }).register(copy, { schema: userSchema, secret }),
    { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /there is a session named session already/ })
})
