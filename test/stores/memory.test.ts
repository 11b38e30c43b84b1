import t from 'tap'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { meetsTheContract } from '../support/contract.ts'

function clock () {
  let time = 1_790_000_000_000
  return { now: () => time, wait: async (seconds: number) => { time += seconds * 1000 } }
}

t.test('the memory store meets the contract', async (t) => {
  const { now, wait } = clock()
  await meetsTheContract(t, new MemoryStore({ now }), { wait })
})

t.test('a full memory store rejects what is new and forgets nothing', async (t) => {
  const { now } = clock()
  const store = new MemoryStore({ max: 2, now })
  await store.set('a', 'a', 60)
  await store.link('user', 'a', 60)
  await t.rejects(store.set('b', 'b', 60), /full: it holds 2/)
  await t.rejects(store.link('user', 'b', 60), /full/)
  t.equal(await store.set('a', 'again', 60), true, 'what is there can be written')
  await store.link('user', 'a', 120)
  t.same(await store.list('user'), ['a'])
  t.equal((await store.get('a'))?.value, 'again')
})

t.test('room is made by deleting, unlinking and expiry', async (t) => {
  const { now, wait } = clock()
  const store = new MemoryStore({ max: 2, now })
  for (let round = 0; round < 3; round++) {
    await store.set('a', 'a', 60)
    await store.link('user', 'a', 60)
    await store.delete('a')
    await store.unlink('user', 'a')
  }
  await store.set('a', 'a', 1)
  await store.link('user', 'a', 1)
  await t.rejects(store.set('b', 'b', 60), /full/)
  await wait(0.5)
  await t.rejects(store.set('b', 'b', 60), /full/, 'it looks for room once a second at most')
  await wait(0.5)
  await store.set('b', 'b', 60)
  await store.link('user', 'b', 60)
  t.same(await store.list('user'), ['b'])
  await t.rejects(store.set('c', 'c', 60), /full/)
})

t.test('an expired record that is written anew takes no more room', async (t) => {
  const { now, wait } = clock()
  const store = new MemoryStore({ max: 1, now })
  await store.set('a', 'a', 1)
  await wait(1)
  t.equal(await store.set('a', 'a', 60, 0), true)
  await store.delete('a')
  await store.set('b', 'b', 60)
})

t.test('by default it holds 100,000 records by the clock of the machine', async (t) => {
  const store = new MemoryStore()
  for (let index = 0; index < 100_000; index++) await store.set(String(index), '', 60)
  await t.rejects(store.set('one more', '', 60), /100000/)
})

t.test('it keeps no process alive', async (t) => {
  const before = process.getActiveResourcesInfo()
  const store = new MemoryStore()
  await store.set('a', 'a', 3600)
  await store.link('user', 'a', 3600)
  t.same(process.getActiveResourcesInfo(), before)
})
