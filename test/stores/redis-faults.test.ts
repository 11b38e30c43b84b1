import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import t from 'tap'
import { RedisStore } from '../../lib/stores/redis.ts'
import { Browser, makeApp, sessionOf, setCookies } from '../support/app.ts'
import { noRedis, startRedis } from '../support/redis.ts'

t.test('with a real Redis that fails under load', { skip: noRedis }, async (t) => {
  const server = await startRedis(['--maxmemory-policy', 'noeviction'])
  const client = createClient({ url: server.url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } })
  client.on('error', () => {})
  await client.connect()
  t.teardown(async () => {
    client.destroy()
    await server.stop()
  })
  const store = new RedisStore((args) => client.sendCommand(args), { prefix: 'faults:' })
  const subject = ({ userId }: { userId?: number }) => userId?.toString()

  for (const mode of ['store', 'revocation'] as const) {
    const app = await makeApp({ ...(mode === 'store' ? { store, subject } : { revocation: { store, subject } }), storeTimeout: 200 })
    app.get('/fill', async (request) => { sessionOf(request).name = 'x'.repeat(mode === 'store' ? 100_000 : 100) })

    /** Ten browsers that go on reading while something happens: what they were answered, and whether a cookie went. */
    async function under (disturb: () => Promise<unknown>) {
      const browsers = Array.from({ length: 10 }, () => new Browser(app))
      await Promise.all(browsers.map((browser) => browser.get('/remember')))
      const answers = new Set<string>()
      const cleared = new Set<boolean>()
      const load = new AbortController()
      const running = browsers.map(async (browser) => {
        while (!load.signal.aborted) {
          const reply = await browser.get('/read')
          answers.add(`${reply.statusCode} ${reply.json().code ?? reply.json().userId}`)
          cleared.add(setCookies(reply).some((cookie) => cookie.includes('Max-Age=0')))
          await sleep(5)
        }
      })
      while (!answers.has('200 7')) await sleep(5)
      await disturb()
      load.abort()
      await Promise.all(running)
      t.same([...answers].sort(), ['200 7', '503 FST_TYPED_SESSION_STORE_UNAVAILABLE'], `${mode}: a session or a 503, and nothing else`)
      t.same([...cleared], [false], 'no cookie was cleared')
      return browsers
    }

    async function recovers (browser: Browser) {
      for (let tries = 0; tries < 100; tries++) {
        const reply = await browser.get('/read')
        if (reply.statusCode === 200) return reply.json()
        await sleep(50)
      }
    }

    t.test(`${mode}: paused, it costs 503 and no session`, async (t) => {
      const browsers = await under(async () => {
        await sleep(50)
        server.process.kill('SIGSTOP')
        await sleep(600)
        server.process.kill('SIGCONT')
        await sleep(300)
      })
      for (const browser of browsers) t.match(await recovers(browser), { userId: 7 })
    })

    t.test(`${mode}: out of memory, it accepts no new session and ends none`, async (t) => {
      const [browser, other] = [new Browser(app), new Browser(app)]
      await browser.get('/remember')
      await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1mb'])
      const reply = await other.get('/fill')
      t.match([reply.statusCode, reply.json().code], [503, 'FST_TYPED_SESSION_STORE_UNAVAILABLE'])
      t.same(setCookies(reply), [])
      await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
      t.match(await recovers(browser), { userId: 7 })
    })

    t.test(`${mode}: killed and started again, it is used again without a restart of the app`, async (t) => {
      await under(async () => {
        await sleep(50)
        server.process.kill('SIGKILL')
        await once(server.process, 'exit')
        await sleep(300)
      })
      await server.start()
      const browser = new Browser(app)
      for (let tries = 0; tries < 100 && (await browser.get('/remember')).statusCode !== 200; tries++) await sleep(50)
      t.match(await recovers(browser), { userId: 7 })
    })
  }
})
