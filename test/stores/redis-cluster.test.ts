import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import t from 'tap'
import { RedisStore } from '../../lib/stores/redis.ts'
import { meetsTheContract } from '../support/contract.ts'
import { noRedis } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { startLoad } from '../support/store-load.ts'

t.test('on a real Redis Cluster of six processes', { skip: noRedis }, async (t) => {
  const cluster = await startRedisCluster()
  t.teardown(() => cluster.stop())
  const addresses = cluster.ports.map((port) => ({ host: '127.0.0.1', port }))
  const nodeRedis = createCluster({ rootNodes: addresses.map(({ host, port }) => ({ url: `redis://${host}:${port}` })), defaults: { disableOfflineQueue: true } }).on('error', () => {})
  await nodeRedis.connect()
  t.teardown(() => nodeRedis.destroy())
  const ioredis = new Cluster(addresses).on('error', () => {})
  t.teardown(() => ioredis.disconnect())
  const stores = [nodeRedis, ioredis].map((client, index) => new RedisStore(client, { prefix: `${index}:` }))

  await t.test('the store meets the contract through both clients', { jobs: 2 }, async (t) => {
    for (const [index, name] of ['node-redis', 'ioredis'].entries()) t.test(name, (t) => meetsTheContract(t, stores[index] as RedisStore))
  })

  await t.test('a failover and a resharding under load lose no answer, and bring nothing back', async (t) => {
    const loads = stores.map((store) => startLoad(store, 10))
    const all = (each: (load: typeof loads[number]) => Promise<void>) => Promise.all(loads.map(each))
    await all((load) => load.recovers())
    await cluster.failOver()
    await all((load) => load.recovers())
    await cluster.reshard(1000)
    await all((load) => load.recovers())
    await all((load) => load.stop())
    for (const load of loads) {
      t.same(load.wrong, [])
      t.comment(`${load.written} writes, ${load.deleted} deletions, ${load.failed} errors`)
    }
  })

  await t.test('when a master dies, the store works again as soon as its replica takes over', async (t) => {
    const loads = stores.map((store) => startLoad(store, 10))
    await cluster.killMaster()
    await Promise.all(loads.map((load) => load.recovers()))
    await Promise.all(loads.map((load) => load.stop()))
    // Replicas lag behind: a failover without warning may lose what was written last.
    for (const load of loads) t.comment(`${load.written} writes, ${load.failed} errors, ${load.wrong.length} lost`)
    t.pass()
  })
})
