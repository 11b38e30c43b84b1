import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Client, type Reply } from '../support/client.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { RoundRobin, StoreProcess, type Moment } from '../support/round-robin.ts'

const clients = 8
const requestsEach = 60

t.test('three processes on one Redis lose no login when one is killed and restarted', { skip: noRedis }, async (t) => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const started: StoreProcess[] = []
  t.teardown(async () => {
    for (const each of started) each.kill()
    await Promise.all(started.map((each) => each.ended()))
  })
  const start = async () => {
    const process = await StoreProcess.start(redis.url)
    started.push(process)
    return process
  }
  const proxy = new RoundRobin(await Promise.all([start(), start(), start()]))
  const origin = await proxy.listen()
  t.teardown(() => proxy.close())

  const unexpected: string[] = []
  let retried = 0
  const load = new AbortController()

  /** The answer, from another process where one took the request with it. */
  async function answerTo (send: () => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const reply = await send()
      if (!reply.headers.has('lost')) {
        if (reply.status !== 200) unexpected.push(`${reply.status} ${reply.body}`)
        return reply
      }
      retried++
    }
  }

  /** Logs in once, then changes the session and reads it, at least as often as told and until the load ends. */
  async function browse (userId: number): Promise<void> {
    const client = new Client(origin)
    await answerTo(() => client.post('/login', { userId }))
    for (let step = 1; step * 2 <= requestsEach || !load.signal.aborted; step++) {
      await answerTo(() => client.post('/step', { step }))
      const { body } = await answerTo(() => client.get('/read'))
      if (body !== JSON.stringify({ userId, step })) unexpected.push(`user ${userId} at step ${step} read ${body}`)
      await sleep(20)
    }
  }

  /** Kills the process of the next request, starts it again, and lets it answer. */
  async function killAndRestart (moment: Moment): Promise<void> {
    const index = await proxy.killAt(moment)
    await proxy.processes[index]?.ended()
    const restarted = await start()
    proxy.processes[index] = restarted
    for (let tries = 0; restarted.answered < clients; tries++) {
      if (tries === 1000) throw new Error('the process that was started again answers nothing')
      await sleep(20)
    }
  }

  async function disturb (): Promise<void> {
    try {
      // The first is killed as its first login is done.
      for (const moment of ['response', 'socket', 'response'] as const) await killAndRestart(moment)
    } finally {
      load.abort()
    }
  }

  const users = Array.from({ length: clients }, (_, index) => index + 1)
  await Promise.all([disturb(), ...users.map(browse)])
  t.same(unexpected, [], 'each answer was 200, and each client found itself logged in and its last change made')
  t.equal(started.length, 6, 'three processes were started again')
  t.ok(retried >= 3, 'each kill took a request with it')
  t.equal(retried, proxy.lost, 'only requests in a killed process were sent again')
})
