import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import t from 'tap'
import { RedisStore } from '../../lib/stores/redis.ts'
import { meetsTheContract } from '../support/contract.ts'
import { noRedis } from '../support/redis.ts'
import { startRedisSentinel } from '../support/redis-sentinel.ts'
import { startLoad } from '../support/store-load.ts'

t.test('with a real Redis Sentinel', { skip: noRedis }, async (t) => {
  const sentinel = await startRedisSentinel()
  t.teardown(() => sentinel.stop())
  const address = { host: '127.0.0.1', port: sentinel.port }
  const nodeRedis = createSentinel({ name: 'mymaster', sentinelRootNodes: [address] }).on('error', () => {})
  await nodeRedis.connect()
  t.teardown(() => nodeRedis.destroy())
  const ioredis = new Redis({ name: 'mymaster', sentinels: [address] }).on('error', () => {})
  t.teardown(() => ioredis.disconnect())
  const stores = [nodeRedis, ioredis].map((client, index) => new RedisStore(client, { prefix: `${index}:` }))

  await t.test('the store meets the contract through both clients', { jobs: 2 }, async (t) => {
    for (const [index, name] of ['node-redis', 'ioredis'].entries()) t.test(name, (t) => meetsTheContract(t, stores[index] as RedisStore))
  })

  await t.test('it follows a failover under load', async (t) => {
    const loads = stores.map((store) => startLoad(store, 5))
    await Promise.all(loads.map((load) => load.recovers()))
    await sentinel.failOver()
    await Promise.all(loads.map((load) => load.recovers()))
    await Promise.all(loads.map((load) => load.stop()))
    // The replica lags behind, and a failover of Sentinel does not wait for it.
    for (const load of loads) t.comment(`${load.written} writes, ${load.failed} errors, ${load.wrong.length} lost`)
  })
})
