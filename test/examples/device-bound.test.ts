import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { DeviceBoundBrowser } from '../../lib/testing.ts'
import { Clock, secret } from '../support/app.ts'

const example = '../../examples/device-bound/app.js'

t.test('a copy of the session is refused, and one with its proof after ten minutes', async (t) => {
  const { buildApp } = await import(example) as { buildApp: (options: object) => Promise<FastifyInstance> }
  const clock = new Clock()
  const app = await buildApp({ secret, now: clock.now })
  const browser = new DeviceBoundBrowser(app, clock.now)
  t.match((await browser.inject('/')).body, '<button')

  await browser.inject({ method: 'POST', url: '/login/ada' })
  t.same((await browser.inject('/me')).json(), { user: 'ada', bound: true })
  const known = { user: 'ada', bound: true }
  const refused = { bound: false, reason: 'unproven' }
  t.same((await browser.inject('/replay')).json(), { 'the session alone': refused, 'with its proof, for ten minutes': known })

  const copied = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ')
  clock.pass(601)
  t.same((await app.inject({ url: '/replay', headers: { cookie: copied } })).json()['with its proof, for ten minutes'], refused)
  t.same((await browser.inject('/me')).json(), known)

  await browser.inject({ method: 'POST', url: '/logout' })
  t.same((await browser.inject('/me')).json(), { bound: false, reason: 'absent' })
})
