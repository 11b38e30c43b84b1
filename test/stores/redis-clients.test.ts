import { readFileSync } from 'node:fs'
import fastifyRedis from '@fastify/redis'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import * as nodeRedis4 from 'node-redis-4'
import * as nodeRedis5 from 'node-redis-5'
import { createClient, createClientPool, RESP_TYPES } from 'redis'
import t from 'tap'
import { RedisStore } from '../../lib/stores/redis.ts'
import type { RedisClient } from '../../lib/stores/redis-client.ts'
import { meetsTheContract } from '../support/contract.ts'
import { noRedis, startRedis } from '../support/redis.ts'

t.test('the store meets the contract on a real Redis', { skip: noRedis, jobs: 20 }, async (t) => {
  const server = await startRedis()
  t.teardown(() => server.stop())
  const { url } = server

  const [v4, v5, v6] = [nodeRedis4.createClient({ url }), nodeRedis5.createClient({ url }), createClient({ url })]
  const resp3 = createClient({ url, RESP: 3 })
  const pool = createClientPool({ url })
  await Promise.all([v4, v5, v6, resp3, pool].map((client) => client.connect()))
  t.teardown(async () => { await Promise.all([v4.disconnect(), v5.destroy(), v6.destroy(), resp3.destroy(), pool.destroy()]) })
  const ioredis = [new Redis5(url), new Redis(url), new Redis(url, { stringNumbers: true })] as const
  t.teardown(() => { for (const client of ioredis) client.disconnect() })
  const app = Fastify()
  await app.register(fastifyRedis, { url })
  t.teardown(() => app.close())

  const clients: Record<string, RedisClient> = {
    'node-redis 4': v4,
    'node-redis 5': v5,
    'node-redis 6': v6,
    'node-redis 6 with RESP 3': resp3,
    'a pool of node-redis': pool,
    'node-redis that gives Buffers': v6.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer }),
    'ioredis 5': ioredis[0],
    'ioredis 6': ioredis[1],
    'ioredis with stringNumbers': ioredis[2],
    '@fastify/redis': app.redis
  }
  for (const [name, client] of Object.entries(clients)) {
    t.test(name, (t) => meetsTheContract(t, new RedisStore(client, { prefix: `${name}:` })))
  }

  t.test('a function that sends a command, such as one that gives Buffers', (t) =>
    meetsTheContract(t, new RedisStore(([command, ...args]) => ioredis[1].callBuffer(command, ...args), { prefix: 'function:' })))

  t.test('the rights that docs/stores.md gives are enough', async (t) => {
    const [rule = ''] = /(?<=ACL SETUSER shop ).*/.exec(readFileSync('docs/stores.md', 'utf8')) ?? []
    await v6.sendCommand(['ACL', 'SETUSER', 'node-redis', ...rule.split(' ')])
    await v6.sendCommand(['ACL', 'SETUSER', 'ioredis', ...rule.split(' '), '+info'])
    const login = { username: 'node-redis', password: 'password' }
    const limited = await createClient({ url, ...login }).connect()
    const limitedIo = new Redis(url, { ...login, username: 'ioredis' })
    t.teardown(() => {
      limited.destroy()
      limitedIo.disconnect()
    })
    await meetsTheContract(t, new RedisStore(limited, { prefix: 'shop:' }))
    await meetsTheContract(t, new RedisStore(limitedIo, { prefix: 'shop:' }))
    await t.rejects(limited.get('cart:1'), /NOPERM/)
  })

  t.test('whatever is written expires, with the record or with the last id that is listed', async (t) => {
    const store = new RedisStore(v6, { prefix: 'expiring:' })
    await store.set('a', 'value', 1, 60, 0)
    await store.set('b', 'value', 1, 1, 0)
    await store.set('b', 'value', 2, 50, 1)
    await store.link('user', 'a', 100)
    await store.link('user', 'b', 50)
    for (const [key, seconds] of [['a', 60], ['b', 50], ['subject:user', 100]] as const) {
      const left = Number(await v6.pTTL(`expiring:${key}`))
      t.ok(left > (seconds - 5) * 1000 && left <= seconds * 1000, `${key} expires in ${left} ms`)
    }
  })

  t.test('a Redis that has lost its scripts is given them again', async (t) => {
    const store = new RedisStore(v6, { prefix: 'flushed:' })
    await store.set('a', 'value', 1, 60, 0)
    await v6.scriptFlush()
    t.equal(await store.set('a', 'value', 2, 60, 1), true)
    t.equal(await store.set('a', 'value', 2, 60, 1), false)
  })
})
