import { Redis } from 'ioredis'
import { createClient } from 'redis'
import t from 'tap'
import { RedisStore } from '../../lib/stores/redis.ts'
import { meetsTheContract } from '../support/contract.ts'
import { noRedis, startRedis } from '../support/redis.ts'

/** A Redis that gives one answer to all, and keeps what it was asked. */
function answering (answer: unknown) {
  const asked: { args: string[], key: string }[] = []
  const store = new RedisStore(async (args, key) => {
    asked.push({ args, key })
    return answer
  })
  return { asked, store }
}

t.test('a record is a hash of its version and value', async (t) => {
  const { asked, store } = answering(['3', 'value'])
  t.same(await store.get('a'), { value: 'value', version: 3 })
  t.same(asked, [{ args: ['HMGET', 'session:record:a', 'version', 'value'], key: 'session:record:a' }])
  t.equal(await answering([null, null]).store.get('a'), undefined)
})

t.test('each command is about one key, which is given beside it for clusters', async (t) => {
  const { asked, store } = answering(1)
  t.equal(await store.set('a', 'value', 60, 2), true)
  t.equal(await store.set('a', 'value', 60), true)
  t.equal(await store.touch('a', 60), true)
  t.equal(await store.delete('a'), true)
  await store.link('user', 'a', 60)
  await store.unlink('user', 'a')
  const script = asked.flatMap(({ args: [command, script] }) => command === 'EVAL' ? [script] : [])
  t.same(asked, [
    { args: ['EVAL', script[0], '1', 'session:record:a', 'value', '60000', '2'], key: 'session:record:a' },
    { args: ['EVAL', script[0], '1', 'session:record:a', 'value', '60000'], key: 'session:record:a' },
    { args: ['PEXPIRE', 'session:record:a', '60000'], key: 'session:record:a' },
    { args: ['DEL', 'session:record:a'], key: 'session:record:a' },
    { args: ['EVAL', script[2], '1', 'session:subject:user', 'a', '60000'], key: 'session:subject:user' },
    { args: ['ZREM', 'session:subject:user', 'a'], key: 'session:subject:user' }
  ])
  t.same(await answering(['a', 'b']).store.list('user'), ['a', 'b'])
})

t.test('0 says that there was nothing to write, touch or delete', async (t) => {
  const { store } = answering(0)
  t.same([await store.set('a', 'value', 60, 2), await store.touch('a', 60), await store.delete('a')], [false, false, false])
})

t.test('the prefix keeps apps apart', async (t) => {
  const asked: string[] = []
  const store = new RedisStore(async (_, key) => { asked.push(key); return 1 }, { prefix: 'shop:' })
  await store.delete('a')
  await store.unlink('user', 'a')
  t.same(asked, ['shop:record:a', 'shop:subject:user'])
})

t.test('an answer that is none of Redis is an error, not a missing record', async (t) => {
  for (const answer of [undefined, null, 'OK', {}, [undefined, undefined], ['1', null], [null, 'value'], [Buffer.from('1'), Buffer.from('v')]]) {
    const { store } = answering(answer)
    await t.rejects(store.get('a'), TypeError, `get: ${JSON.stringify(answer)}`)
  }
  for (const answer of [undefined, null, 'OK', '1', [], true]) {
    const { store } = answering(answer)
    await t.rejects(store.set('a', 'value', 60), TypeError)
    await t.rejects(store.touch('a', 60), TypeError)
    await t.rejects(store.delete('a'), TypeError)
    await t.rejects(store.link('user', 'a', 60), TypeError)
    await t.rejects(store.unlink('user', 'a'), TypeError)
  }
  for (const answer of [undefined, 1, [1], [null]]) await t.rejects(answering(answer).store.list('user'), TypeError)
})

t.test('on a real Redis', { skip: noRedis }, async (t) => {
  const server = await startRedis()
  t.teardown(() => server.stop())

  const nodeRedis = await createClient({ url: server.url }).connect()
  t.teardown(() => nodeRedis.destroy())
  const ioredis = new Redis(server.url)
  t.teardown(() => ioredis.disconnect())

  t.test('the store meets the contract through node-redis', async (t) => {
    await meetsTheContract(t, new RedisStore((args) => nodeRedis.sendCommand(args)))
  })

  t.test('the store meets the contract through ioredis, which is what @fastify/redis gives', async (t) => {
    await meetsTheContract(t, new RedisStore(([command, ...args]) => ioredis.call(command, ...args)))
  })

  t.test('whatever is written expires, with the record or with the last listed key', async (t) => {
    const store = new RedisStore((args) => nodeRedis.sendCommand(args), { prefix: 'expiring:' })
    await store.set('a', 'value', 60)
    await store.link('user', 'a', 100)
    await store.link('user', 'b', 50)
    for (const [key, seconds] of [['expiring:record:a', 60], ['expiring:subject:user', 100]] as const) {
      const left = Number(await nodeRedis.sendCommand(['PTTL', key]))
      t.ok(left > (seconds - 5) * 1000 && left <= seconds * 1000, `${key} expires in ${left} ms`)
    }
  })
})
