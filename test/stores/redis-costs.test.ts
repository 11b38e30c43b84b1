import { readFileSync } from 'node:fs'
import Fastify, { type FastifyRequest } from 'fastify'
import { Redis } from 'ioredis'
import t from 'tap'
import { z } from 'zod'
import fastifyTypedSession, { type Session } from '../../lib/index.ts'
import { RedisStore } from '../../lib/stores/redis.ts'
import { secret, sessionsOf } from '../support/app.ts'
import { noRedis, startRedis } from '../support/redis.ts'

const schema = z.object({ userId: z.string().optional(), cart: z.array(z.string()).default([]) })

/** The rows of the table in docs/stores.md, by their first cells. */
const costs = new Map(Array.from(readFileSync('docs/stores.md', 'utf8').matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm),
  ([, what = '', store = '', revocation = '']) => [what, { store, revocation }]))

for (const mode of ['store', 'revocation'] as const) {
  t.test(`what a session costs is what docs/stores.md says: ${mode}`, { skip: noRedis }, async (t) => {
    const redis = await startRedis()
    const [client, watcher] = [new Redis(redis.url), new Redis(redis.url)]
    const monitor = await watcher.monitor()
    t.teardown(async () => {
      for (const each of [client, watcher, monitor]) each.disconnect()
      await redis.stop()
    })
    let commands: string[][] = []
    monitor.on('monitor', (_time: string, args: string[], source: string) => { if (source !== 'lua') commands.push(args) })

    let now = Date.UTC(2026, 0, 1)
    const app = Fastify()
    const store = new RedisStore(client, { prefix: 'shop:' })
    const subject = ({ userId }: { userId?: string | undefined }) => userId
    await app.register(fastifyTypedSession, {
      schema, secret, now: () => now, ...(mode === 'store' ? { store, subject } : { revocation: { store, subject } })
    })
    const sessionOf = (request: FastifyRequest) => request.getDecorator<Session<typeof schema>>('session')
    app.get('/read', async (request) => sessionOf(request).cart)
    app.get('/cart', async (request) => { sessionOf(request).cart.push('item') })
    app.get('/logout', async (request) => sessionOf(request).delete())
    app.get('/login', async (request) => {
      const session = sessionOf(request)
      session.regenerate()
      session.permanent = true
      session.userId = 'user'
    })

    /** Does something as a browser with a cookie, and compares the commands with the table: all but those for the era. */
    async function costing (what: string, act: () => Promise<unknown>): Promise<void> {
      await client.ping('begin')
      await act()
      await client.ping('end')
      while (commands.at(-1)?.[1] !== 'end') await new Promise((resolve) => setImmediate(resolve))
      const sent = commands.slice(commands.findLastIndex((args) => args[1] === 'begin') + 1, -1)
        .filter((args) => !args.some((arg) => arg.endsWith(':era')))
      commands = []
      t.equal(String(sent.length), costs.get(what)?.[mode], `${what}: ${sent.map(([name]) => name).join(' ')}`)
    }
    async function visit (url: string, cookie?: string): Promise<string> {
      const reply = await app.inject({ url, ...(cookie !== undefined && { cookies: { session: cookie } }) })
      t.equal(reply.statusCode, 200)
      return reply.cookies[0]?.value || cookie || ''
    }

    // The scripts are sent once as a whole.
    await visit('/login', await visit('/login'))
    let cookie = ''
    await costing('first visit that writes', async () => { cookie = await visit('/cart') })
    await costing('read', () => visit('/read', cookie))
    await costing('login, in place of a session', async () => { cookie = await visit('/login', cookie) })
    await costing('write', async () => { cookie = await visit('/cart', cookie) })
    now += 61_000
    await costing('read, once a minute', async () => { cookie = await visit('/read', cookie) })
    now += 86_400_000
    await costing('read, once a day', async () => { cookie = await visit('/read', cookie) })
    await costing('logout', () => visit('/logout', cookie))
    await costing('login of a new browser', () => visit('/login'))
    for (let logins = 0; logins < 8; logins++) await visit('/login')
    await costing('`listSubject()` of 10', async () => { t.equal((await sessionsOf(app).listSubject('user')).length, 10) })
    await costing('`revokeSubject()` of 10', () => sessionsOf(app).revokeSubject('user'))
    await sessionsOf(app).revokeAll()
    t.same(await client.keys('*'), ['shop:session:era'], 'nothing is left')

    await visit('/login')
    const bytes = async (pattern: string) => Number(await client.memory('USAGE', (await client.keys(pattern))[0] ?? ''))
    const record = await bytes('shop:session:session:*')
    const before = await bytes('*subject:user')
    for (let logins = 0; logins < 99; logins++) await visit('/login')
    const entry = (await bytes('*subject:user') - before) / 99
    t.comment(`${mode}: a record takes ${record} bytes, an entry of the list ${Math.round(entry)}, the first ${before}`)
    t.ok(record + entry <= 400, `${record} + ${entry}`)
  })
}
