import t from 'tap'
import { z } from 'zod'
import { cookieOf, makeApp, sessionOf, setCookies } from '../../support/app.ts'
import type { TypedSessionOptions } from '../../../lib/index.ts'

const schema = z.object({ userId: z.string().optional(), visits: z.number().default(0) })

async function oldCookie (): Promise<string> {
  return cookieOf(await (await makeApp()).inject('/login'))
}

async function read (options: Partial<TypedSessionOptions>, cookie?: string) {
  const app = await makeApp({ schema, ...options })
  app.get('/modified', async (request) => ({ ...sessionOf(request).data(), modified: sessionOf(request).modified }))
  return app.inject({ url: '/modified', cookies: { session: cookie ?? await oldCookie() } })
}

t.test('migrate gets data that the schema refuses, and its result is written at once', async (t) => {
  const calls: unknown[] = []
  const migrate: TypedSessionOptions['migrate'] = (data, issues) => {
    calls.push({ data: structuredClone(data), paths: issues.map(({ path }) => path) })
    return { ...data, userId: String(data.userId) }
  }
  const reply = await read({ migrate })
  t.same(reply.json(), { modified: true, userId: '7', visits: 0, cart: [] })
  t.same(calls, [{ data: { userId: 7, cart: [] }, paths: [['userId']] }])

  const again = await read({ migrate }, cookieOf(reply))
  t.same(again.json(), { modified: false, userId: '7', visits: 0, cart: [] })
  t.equal(calls.length, 1, 'and it is not asked again')
})

t.test('without migrate, or if it returns nothing valid, the reason is schema', async (t) => {
  for (const migrate of [undefined, () => undefined, () => 'text', () => null, (data: Record<string, unknown>) => data]) {
    const app = await makeApp({ schema, migrate })
    const reply = await app.inject({ url: '/read', cookies: { session: await oldCookie() } })
    t.same(reply.json(), { visits: 0, reason: 'schema' })
    t.same(setCookies(reply), [])
  }
})

t.test('a migrate that throws costs no 5xx: an empty session, and a log of the error', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => { lines.push(line) } }
  const app = await makeApp({
    schema, migrate: () => { throw new Error('no such column') }, fastify: { logger: { level: 'debug', stream } }
  })
  const reply = await app.inject({ url: '/read', cookies: { session: await oldCookie() } })
  t.same(reply.json(), { visits: 0, reason: 'schema' })
  t.match(lines.map((line) => JSON.parse(line)), new Set([{ level: 50, err: { message: 'no such column' }, msg: /migrate/ }]))
})
