import { createHash } from 'node:crypto'
import t from 'tap'
import { RedisStore } from '../../lib/stores/redis.ts'
import type { SendCommand } from '../../lib/stores/redis-client.ts'
import { InvalidOptionError } from '../../lib/util/errors.ts'

/** A Redis that gives these answers, the last one for ever, and keeps what it was asked. An error is thrown. */
function answering (...answers: unknown[]) {
  const asked: { args: string[], key: string }[] = []
  const store = new RedisStore(async (args, key) => {
    asked.push({ args, key })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return answer
  }, { prefix: 'shop:' })
  return { asked, store }
}

t.test('a record is one string, of its version and its value', async (t) => {
  const { asked, store } = answering('3 4 values\n')
  t.same(await store.get('a'), { value: '4 values\n', version: 3 })
  t.same(asked, [{ args: ['GET', 'shop:a'], key: 'shop:a' }])
  t.equal(await answering(null).store.get('a'), undefined)
  t.same(await answering('1 ').store.get('a'), { value: '', version: 1 })
})

t.test('each command is about one key, which is given beside it for clusters', async (t) => {
  const { asked, store } = answering('OK', 1)
  t.equal(await store.set('a', 'value', 1, 60, 0), true)
  t.equal(await store.set('a', 'value', 2, 0.0001, 1), true)
  await store.delete('a')
  await store.link('user', 'a', 60)
  await store.unlink('user', ['a', 'b'])
  await store.unlink('user', [])
  const [replace, link] = asked.flatMap(({ args: [command, hash] }) => command === 'EVALSHA' ? [hash] : [])
  t.same(asked, [
    { args: ['SET', 'shop:a', '1 value', 'PX', '60000', 'NX'], key: 'shop:a' },
    { args: ['EVALSHA', replace, '1', 'shop:a', '1', '2 value', '1'], key: 'shop:a' },
    { args: ['DEL', 'shop:a'], key: 'shop:a' },
    { args: ['EVALSHA', link, '1', 'shop:subject:user', 'a', '60000'], key: 'shop:subject:user' },
    { args: ['ZREM', 'shop:subject:user', 'a', 'b'], key: 'shop:subject:user' }
  ])
  const listed = answering(['a', 'b'])
  t.same(await listed.store.list('user'), ['a', 'b'])
  t.same(listed.asked, [{ args: ['ZRANGE', 'shop:subject:user', '0', '-1'], key: 'shop:subject:user' }])
})

t.test('a script that Redis does not know is sent as a whole', async (t) => {
  const { asked, store } = answering(new Error('NOSCRIPT No matching script.'), 1)
  t.equal(await store.set('a', 'value', 2, 60, 1), true)
  const [[, hash], [, text = '']] = asked.map(({ args }) => args) as [string[], string[]]
  t.same(asked.map(({ args: [command], key }) => [command, key]), [['EVALSHA', 'shop:a'], ['EVAL', 'shop:a']])
  t.equal(hash, createHash('sha1').update(text).digest('hex'))
  t.same(asked[0]?.args.slice(2), asked[1]?.args.slice(2))
})

t.test('any other error is the caller\'s', async (t) => {
  for (const error of [new Error('OOM command not allowed'), new TypeError('no')]) {
    const { asked, store } = answering(error)
    await t.rejects(store.set('a', 'value', 2, 60, 1), error)
    t.equal(asked.length, 1)
  }
})

t.test('what was refused is no error', async (t) => {
  t.equal(await answering(null).store.set('a', 'value', 1, 60, 0), false)
  t.equal(await answering(0).store.set('a', 'value', 2, 60, 1), false)
  await t.resolves(answering(0).store.delete('a'))
})

t.test('a client may give Buffers for strings, and strings for numbers', async (t) => {
  t.same(await answering(Buffer.from('3 é')).store.get('a'), { value: 'é', version: 3 })
  t.equal(await answering(Buffer.from('OK')).store.set('a', 'value', 1, 60, 0), true)
  t.same(await answering([Buffer.from('a')]).store.list('user'), ['a'])
  for (const [answer, written] of [['1', true], ['0', false]] as const) t.equal(await answering(answer).store.set('a', 'b', 2, 60, 1), written)
})

t.test('an answer that does not fit the command is an error', async (t) => {
  for (const answer of [undefined, 7, 'text', ' 1', '1', {}, []]) await t.rejects(answering(answer).store.get('a'), TypeError)
  for (const answer of [undefined, null, 'OK', '', [], true]) {
    const { store } = answering(answer)
    await t.rejects(store.set('a', 'value', 2, 60, 1), TypeError)
    await t.rejects(store.delete('a'), TypeError)
    await t.rejects(store.link('user', 'a', 60), TypeError)
    await t.rejects(store.unlink('user', ['a']), TypeError)
  }
  await t.rejects(answering(1).store.set('a', 'value', 1, 60, 0), TypeError)
  for (const answer of [undefined, 1, [1], [null]]) await t.rejects(answering(answer).store.list('user'), TypeError)
})

t.test('each kind of client is called in its own way, and reads come from the master', async (t) => {
  const calls: unknown[] = []
  const record = async (...args: unknown[]) => {
    calls.push(args)
    return null
  }
  const nothing = () => {}
  for (const client of [
    { call: record, sendCommand: nothing as never },
    { sendCommand: record },
    { sendCommand: record, nodeClient: nothing },
    { sendCommand: record, getSentinelNode: nothing }
  ]) await new RedisStore(client, { prefix: 'shop:' }).get('a')
  const args = ['GET', 'shop:a']
  t.same(calls, [args, [args], ['shop:a', false, args], [false, args]])
})

t.test('it says at once that it was not given a client', async (t) => {
  const invalid: unknown[] = [undefined, null, 'redis://localhost', {}, { sendCommand: true }]
  for (const client of invalid) {
    t.throws(() => new RedisStore(client as SendCommand, { prefix: 'shop:' }), InvalidOptionError)
    t.throws(() => new RedisStore(client as SendCommand, { prefix: 'shop:' }), /needs a client of node-redis or ioredis/)
  }
  const promise = Promise.resolve() as unknown as SendCommand
  t.throws(() => new RedisStore(promise, { prefix: 'shop:' }), /await the promise first/)
})

t.test('it does not guess a prefix', async (t) => {
  const invalid: unknown[] = [undefined, {}, { prefix: '' }, { prefix: 7 }]
  for (const options of invalid) t.throws(() => new RedisStore(async () => null, options as { prefix: string }), /`prefix`/)
  t.throws(() => new RedisStore(async () => null, {} as { prefix: string }), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
})
