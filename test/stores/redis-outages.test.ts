import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import t from 'tap'
import { OutageLoad } from '../support/outage-load.ts'
import { noRedis, startRedis } from '../support/redis.ts'

t.test('three processes on one Redis that fails in each way let no ended session in', { skip: noRedis }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'typed-session-redis-'))
  const redis = await startRedis(['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'])
  const load = new OutageLoad(redis.url, 'store')
  t.teardown(async () => {
    load.kill()
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await load.start(4)
  await load.recovers()
  const restart = async () => {
    await redis.stop()
    await sleep(300)
    await redis.start()
  }
  const outages: Record<string, () => Promise<unknown>> = {
    'log out everyone': () => load.revokeAll(),
    'kill a process': () => load.restartProcess(),
    pause: async () => {
      redis.process.kill('SIGSTOP')
      await sleep(1000)
      redis.process.kill('SIGCONT')
    },
    fill: async () => {
      const client = await createClient({ url: redis.url }).connect()
      await client.configSet('maxmemory', '1')
      await sleep(500)
      await client.configSet('maxmemory', '0')
      client.destroy()
    },
    'kill and restart with persistence': restart,
    'kill and restart without persistence': () => load.losing(async () => {
      await redis.stop()
      rmSync(join(folder, 'appendonlydir'), { recursive: true })
      await redis.start()
    })
  }
  for (const [name, outage] of Object.entries(outages)) {
    await outage()
    await load.recovers()
    t.same(load.wrong, [], name)
  }
  await load.stop()
  t.same(load.wrong, [])
  t.comment(JSON.stringify(load.counts))
})
