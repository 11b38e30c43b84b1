import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { makeApp, sessionOf } from '../support/app.ts'
import { Browser, needsChromium } from '../support/chromium.ts'

async function listen (t: Test, app: FastifyInstance, host: string): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    // Chromium keeps some open for later, and has not closed yet.
    app.server.closeAllConnections()
    await app.close()
  })
  return `http://${host}:${(app.server.address() as AddressInfo).port}`
}

/** A bank without SameSite, as Flask's format is by default, and what it was asked to transfer by whom. */
async function makeBank (t: Test, crossOriginProtection: boolean) {
  const transfers: unknown[] = []
  const app = await makeApp({ crossOriginProtection, cookie: { sameSite: false } })
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) => { payload.resume().on('end', () => done(null)) })
  app.post('/transfer', async (request) => {
    transfers.push(sessionOf(request).userId)
    return 'done'
  })
  app.get('/form', async (_request, reply) => reply.type('text/html').send(form('/transfer')))
  return { origin: await listen(t, app, 'bank.localhost'), transfers }
}

const form = (action: string) => `<form method="post" action="${action}"><button>Win</button></form>`

async function makePage (t: Test, host: string, action: string): Promise<string> {
  const app = Fastify()
  app.get('/form', async (_request, reply) => reply.type('text/html').send(form(action)))
  return await listen(t, app, host)
}

t.test('a form of another site, a sibling or another port transfers nothing', needsChromium, async (t) => {
  for (const crossOriginProtection of [false, true]) {
    const { origin, transfers } = await makeBank(t, crossOriginProtection)
    const browser = new Browser(t)
    const page = await browser.open(`${origin}/login`)
    for (const host of ['attacker.test.localhost', 'other.bank.localhost', 'bank.localhost']) {
      await page.goto(`${await makePage(t, host, `${origin}/transfer`)}/form`)
      await page.getByRole('button').click()
      await page.waitForURL(/transfer/)
      t.match(await page.textContent('body'), crossOriginProtection ? 'FST_TYPED_SESSION_CROSS_ORIGIN' : 'done', host)
    }
    t.same(transfers, crossOriginProtection ? [] : [7, 7, 7])

    await page.goto(`${origin}/form`)
    await page.getByRole('button').click()
    await page.waitForURL(/transfer/)
    t.equal(await page.textContent('body'), 'done', 'the bank\'s own does')
  }
})
