import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { sessionOf } from '../../support/app.ts'
import { challengeOf, endpoint, makeBoundApp, makeDevice, Thief } from '../../support/device.ts'

const names = ['session', 'session-proof', 'session-key'] as const
const routes = ['/me', '/push', '/renew', '/again', '/touch', '/short', '/logout', '/fail', '/enter-anew']

/** Routes with which a thief may try to turn what he has into something that lasts. All go on with the user they find. */
function addTemptations (app: FastifyInstance): void {
  app.get('/renew', async (request) => await sessionOf(request).regenerate(['userId']))
  app.get('/again', async (request) => {
    const { userId } = sessionOf(request)
    sessionOf(request).delete()
    if (userId !== undefined) sessionOf(request).userId = userId
  })
  app.get('/enter-anew', async (request) => {
    const { userId } = sessionOf(request)
    sessionOf(request).delete()
    await sessionOf(request).regenerate()
    if (userId !== undefined) sessionOf(request).userId = userId
    sessionOf(request).delete()
    if (userId !== undefined) sessionOf(request).userId = userId
  })
  app.get('/touch', async (request) => sessionOf(request).touch())
  app.get('/short', async (request) => {
    sessionOf(request).permanent = !sessionOf(request).permanent
    sessionOf(request).lifetime = 5000
  })
  app.get('/fail', async (request) => {
    await sessionOf(request).regenerate(['userId'])
    throw new Error('after a change')
  })
}

t.test('whatever a thief does with all the cookies, nothing outlives the proof', async (t) => {
  const step = fc.record({
    picks: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
    act: fc.oneof(fc.constantFrom(...routes), fc.constantFrom('ask', 'prove', 'register')),
    challenge: fc.nat(),
    names: fc.boolean(),
    pass: fc.nat(120)
  })
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
    const { app, clock, browser } = await makeBoundApp({ lifetime: 100_000 })
    addTemptations(app)
    await browser.inject('/enter')
    const start = clock.milliseconds
    const { cookies } = new Thief(app, browser)
    const id = /"device":"([\w-]+)"/.exec(Buffer.from(String(cookies.session?.split('.')[0]), 'base64url').toString())?.[1] ?? ''
    // For each name, what he has ever seen; and nothing.
    const loot = new Map<string, string[]>(names.map((name) => [name, [cookies[name] ?? '', '']]))
    const challenges = ['x.y.z']
    const key = makeDevice()
    const pick = (list: readonly string[], index: number) => list[index % list.length] ?? ''
    for (const { picks, act, challenge, names: namesId, pass } of steps) {
      const jar = Object.fromEntries(names.map((name, index) => [name, pick(loot.get(name) ?? [], picks[index] ?? 0)]).filter(([, value]) => value !== ''))
      const signed = act === 'prove' ? key.prove(pick(challenges, challenge)) : act === 'register' ? key.register(pick(challenges, challenge)) : undefined
      const response = await app.inject(act.startsWith('/')
        ? { url: act, cookies: jar }
        : { method: 'POST', url: endpoint, cookies: jar, headers: { ...(namesId && { 'sec-secure-session-id': id }), ...(signed !== undefined && { 'secure-session-response': signed }) } })
      for (const { name, value } of response.cookies) if (value !== '') loot.get(name)?.push(value)
      if (challengeOf(response) !== '') challenges.push(challengeOf(response))
      clock.pass(pass)
    }
    clock.milliseconds = Math.max(clock.milliseconds, start + 601_000)
    for (const session of loot.get('session') ?? []) {
      for (const proof of loot.get('session-proof') ?? []) {
        const { userId } = (await app.inject({ url: '/me', cookies: { session, 'session-proof': proof } })).json()
        if (userId !== undefined) throw new Error(`logged in with ${session} and ${proof}`)
      }
    }
    await app.close()
  }), { numRuns: 150 })
  t.pass('in 150 attempts')
})
