import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { z } from 'zod'
import fastifyTypedSession, { type Secret, type Session } from '../../lib/index.ts'
import { needs } from '../support/peer.ts'
import { Random } from '../support/random.ts'
import { Jar, python, startFlask } from './flask.ts'
import { randomValue, valueOf, type Noted } from './notation.ts'

const schema = z.object({ user_id: z.number().int().optional(), list: z.array(z.unknown()).optional() })
const secrets = ['the-secret-of-2026-the-secret-of-2026', 'the-secret-of-2025-the-secret-of-2025']
const epoch = 1_790_000_000
const withFlask = needs('a Python with Flask', python)

/** A Flask app and a Fastify app on loopback, their clocks in step, and one browser. */
async function sideBySide (t: Test) {
  const clock = { now: epoch }
  const flask = await startFlask(t)
  const jar = new Jar()
  let fastify = await startFastify(t, secrets, clock)
  const both = {
    jar,
    get sides () { return [flask, fastify] as const },
    async setClock (now: number) {
      clock.now = now
      await new Jar().send(`${flask}/control`, { now })
    },
    async rotateFlask (secrets: string[]) { await new Jar().send(`${flask}/control`, { secrets }) },
    async rotateFastify (secrets: string[]) { fastify = await startFastify(t, secrets, clock) }
  }
  await new Jar().send(`${flask}/control`, { now: epoch, lifetime: 60, secrets })
  return both
}

async function startFastify (t: Test, secret: readonly Secret[], clock: { now: number }): Promise<string> {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret, format: 'flask', lifetime: 60, now: () => clock.now * 1000 })
  const sessionOf = (request: { getDecorator: <T>(name: string) => T }) => request.getDecorator<Session<typeof schema>>('session')
  app.post<{ Body: { permanent: boolean, user_id: number } }>('/login', async (request) => {
    Object.assign(sessionOf(request), request.body)
    return {}
  })
  app.get('/me', async (request) => ({ user_id: sessionOf(request).user_id ?? null }))
  app.post('/logout', async (request) => {
    sessionOf(request).delete()
    return {}
  })
  app.post<{ Body: Record<string, Noted> }>('/change', async (request) => {
    for (const [key, value] of Object.entries(request.body)) {
      sessionOf(request).set(key, value === null ? undefined : valueOf(value, 'written'))
    }
    return {}
  })
  app.post<{ Body: { item: Noted } }>('/append', async (request) => {
    const session = sessionOf(request)
    session.list ??= []
    session.list.push(valueOf(request.body.item, 'written'))
    return {}
  })
  app.post<{ Body: { expected: Record<string, Noted> } }>('/check', async (request) => {
    t.strictSame(sessionOf(request).data(), valueOf(request.body.expected, 'read'), 'Fastify reads every value')
    return {}
  })
  app.get('/flash', async (request) => {
    const [first, ...others] = sessionOf(request).get('_flashes') as unknown[]
    sessionOf(request).set('_flashes', others)
    return { first }
  })
  t.teardown(() => app.close())
  return await app.listen({ host: '127.0.0.1', port: 0 })
}

t.test('a login at either app is known at both, and so is a logout', withFlask, async (t) => {
  const { jar, sides } = await sideBySide(t)
  for (const login of sides) {
    for (const logout of sides) {
      for (const permanent of [true, false]) {
        await jar.send(`${login}/login`, { permanent, user_id: 7 })
        for (const side of sides) t.same((await jar.send(`${side}/me`)).json, { user_id: 7 })
        await jar.send(`${logout}/logout`, {})
        t.equal(jar.cookie, undefined)
        for (const side of sides) t.same((await jar.send(`${side}/me`)).json, { user_id: null })
      }
    }
  }
})

t.test('50 random rounds of changes on either side lose nothing', withFlask, async (t) => {
  const { jar, sides } = await sideBySide(t)
  const [flask, fastify] = sides
  const seed = Date.now() % 1e9
  t.comment(`seed ${seed}`)
  const random = new Random(seed)
  let expected: Record<string, Noted> = { user_id: { $int: '7' } }
  await jar.send(`${flask}/login`, { permanent: true, user_id: 7 })

  for (let round = 0; round < 50; round++) {
    const side = random.pick(sides)
    const value = randomValue(random, side === flask)
    if (random.below(3) === 0) {
      await jar.send(`${side}/append`, { item: value })
      const list = expected.list as Noted[] | undefined ?? []
      expected = { ...expected, list: [...list, value].slice(-50) }
    } else {
      const key = `key ${random.below(6)}`
      const change = { [key]: random.below(5) === 0 ? null : value }
      await jar.send(`${side}/change`, change)
      expected = Object.fromEntries(Object.entries({ ...expected, ...change }).filter(([, value]) => value !== null))
    }
    t.strictSame((await jar.send(`${flask}/session`)).json, { _permanent: true, ...expected }, `round ${round}: Flask reads every type`)
    await jar.send(`${fastify}/check`, { expected })
    if ((jar.cookie?.length ?? 0) > 3000) await jar.send(`${side}/change`, { list: null }).then(() => { delete expected.list })
  }
})

t.test('a session expires at both apps in the same second, whichever signed it', withFlask, async (t) => {
  const { jar, sides, setClock } = await sideBySide(t)
  for (const permanent of [true, false]) {
    for (const login of sides) {
      await setClock(epoch)
      await jar.send(`${login}/login`, { permanent, user_id: 7 })
      const cookie = jar.cookie
      for (const [now, userId] of [[epoch + 60, 7], [epoch + 61, null], [epoch - 1, null]]) {
        await setClock(now as number)
        for (const side of sides) {
          jar.cookie = cookie
          t.same((await jar.send(`${side}/me`)).json, { user_id: userId }, `${(now as number) - epoch} seconds later`)
        }
      }
    }
  }
})

t.test('both apps refresh a permanent session, whichever wrote it, and no other', withFlask, async (t) => {
  const { jar, sides, setClock } = await sideBySide(t)
  for (const permanent of [true, false]) {
    for (const login of sides) {
      for (const side of sides) {
        await setClock(epoch)
        const first = await jar.send(`${login}/login`, { permanent, user_id: 7 })
        t.equal(/expires=/i.test(String(first.setCookie)), permanent)
        await setClock(epoch + 1)
        const { setCookie } = await jar.send(`${side}/me`)
        t.equal(setCookie.length, permanent ? 1 : 0)
        t.equal(/expires=/i.test(String(setCookie)), permanent)
      }
    }
  }
})

t.test('the secret can be rotated in one app after the other without a logout', withFlask, async (t) => {
  const both = await sideBySide(t)
  const [, older] = secrets as [string, string]
  const newer = 'the-secret-of-2027-the-secret-of-2027'
  await both.jar.send(`${both.sides[0]}/login`, { permanent: true, user_id: 7 })
  const everyoneKnows = async (when: string) => {
    for (const side of [...both.sides, ...both.sides]) t.same((await both.jar.send(`${side}/me`)).json, { user_id: 7 }, when)
  }
  // First both must know the new secret, then each may sign with it, then the old one can go.
  const steps: Array<[string, string[]]> = [['knows', [...secrets, newer]], ['signs', [newer, ...secrets]], ['forgets', [newer]]]
  for (const [step, list] of steps) {
    await both.rotateFastify(list)
    await everyoneKnows(`Fastify ${step}`)
    await both.rotateFlask(list)
    await everyoneKnows(`Flask ${step}`)
  }
  both.jar.cookie = undefined
  await both.rotateFlask([older])
  await both.jar.send(`${both.sides[0]}/login`, { permanent: true, user_id: 7 })
  t.same((await both.jar.send(`${both.sides[1]}/me`)).json, { user_id: null }, 'the old secret is good for nothing now')
})

t.test('a flash that Fastify takes off leaves the others to Flask as they were', withFlask, async (t) => {
  const { jar, sides: [flask, fastify] } = await sideBySide(t)
  for (const message of ['one', 'two', 'three']) await jar.send(`${flask}/flash`, { message, category: 'info' })
  t.same((await jar.send(`${fastify}/flash`)).json, { first: ['info', 'one'] })
  t.same((await jar.send(`${flask}/flashes`)).json, { flashes: [{ $tuple: ['info', 'two'] }, { $tuple: ['info', 'three'] }] })
})
