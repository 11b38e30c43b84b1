import t from 'tap'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { InvalidOptionError } from '../../lib/util/errors.ts'
import { meetsTheContract } from '../support/contract.ts'

function clock () {
  let time = 1_790_000_000_000
  return {
    now: () => time,
    wait: async (seconds: number) => { time += seconds * 1000 }
  }
}

/** What a login does: a record of no one's, its id in the subject's list, and the record again. */
async function login (store: MemoryStore, subject: string, id: string): Promise<boolean> {
  await store.set(`session:${id}`, '', 1, 60, 0)
  await store.link(subject, id, 60)
  return await store.set(`session:${id}`, 'data', 2, 60, 1)
}

async function there (store: MemoryStore, ...keys: string[]): Promise<string[]> {
  const present: string[] = []
  for (const key of keys) if (await store.get(key) !== undefined) present.push(key)
  return present
}

t.test('it meets the contract, by its own clock and by the machine\'s', async (t) => {
  const { now, wait } = clock()
  await t.test('its own', (t) => meetsTheContract(t, new MemoryStore({ now }), { wait }))
  await t.test('the machine\'s', (t) => meetsTheContract(t, new MemoryStore()))
})

t.test('it compares and sets', async (t) => {
  t.equal(new MemoryStore().compareAndSet, true)
})

t.test('full of visitors, it forgets the one who was away for longest', async (t) => {
  const store = new MemoryStore({ max: 2 })
  for (const key of ['era', 'a', 'b']) {
    await store.get('era')
    t.equal(await store.set(key, '', 1, 60, 0), true)
  }
  t.same(await there(store, 'era', 'a', 'b'), ['era', 'b'])
})

t.test('visitors do not crowd out who is logged in, nor the other way round', async (t) => {
  const store = new MemoryStore({ max: 2 })
  await store.set('session:visitor', '', 1, 60, 0)
  for (const id of ['a', 'b']) t.equal(await login(store, 'user', id), true)
  t.same(await there(store, 'session:visitor', 'session:a', 'session:b'), ['session:visitor', 'session:a', 'session:b'])
  for (let index = 0; index < 10; index++) await store.set(`session:${index}`, '', 1, 60, 0)
  t.same(await there(store, 'session:visitor', 'session:a', 'session:b'), ['session:a', 'session:b'])
  t.same(await store.list('user'), ['a', 'b'])
})

t.test('full of logins, it forgets the one used least recently, and where it is listed', async (t) => {
  const store = new MemoryStore({ max: 2 })
  for (const id of ['a', 'b']) await login(store, 'user', id)
  await store.get('session:a')
  t.equal(await login(store, 'other', 'c'), true)
  t.same(await there(store, 'session:a', 'session:b', 'session:c'), ['session:a', 'session:c'])
  t.same([await store.list('user'), await store.list('other')], [['a'], ['c']])
})

t.test('a full store still deletes and unlinks', async (t) => {
  const store = new MemoryStore({ max: 1 })
  await login(store, 'user', 'a')
  await store.set('visitor', '', 1, 60, 0)
  await store.delete('session:a')
  await store.delete('visitor')
  await store.unlink('user', ['a'])
  t.same(await there(store, 'session:a', 'visitor'), [])
  t.same(await store.list('user'), [])
})

t.test('a record outlives its place in a list, and an id may be in two', async (t) => {
  const { now, wait } = clock()
  const store = new MemoryStore({ now })
  await store.link('user', 'a', 10)
  await store.link('other', 'a', 30)
  await store.set('session:a', 'data', 1, 60, 0)
  await wait(20)
  t.same([await store.list('user'), await store.list('other')], [[], ['a']])
  await wait(20)
  t.same([await store.list('user'), await store.list('other')], [[], []])
  t.same(await store.get('session:a'), { value: 'data', version: 1 })
})

t.test('a record that is not listed any more counts among those without a subject', async (t) => {
  const store = new MemoryStore({ max: 1 })
  await login(store, 'user', 'a')
  await store.unlink('user', ['a'])
  t.same(await there(store, 'session:a'), ['session:a'])
  await store.set('visitor', '', 1, 60, 0)
  t.same(await there(store, 'session:a', 'visitor'), ['visitor'])
})

t.test('however long it is full, it holds no more than it may', async (t) => {
  const store = new MemoryStore({ max: 1000 })
  const ids = Array.from({ length: 5000 }, (_, index) => String(index))
  for (const id of ids) await login(store, 'user', id)
  for (const id of ids) await store.set(`visitor:${id}-`, '', 1, 60, 0)
  const users = await there(store, ...ids.map((id) => `session:${id}`))
  const visitors = await there(store, ...ids.map((id) => `visitor:${id}-`))
  t.ok(users.length > 900 && users.length <= 1000, `${users.length} users`)
  t.ok(visitors.length > 900 && visitors.length <= 1000, `${visitors.length} visitors`)
  t.equal((await store.list('user')).length, users.length)
})

t.test('what it may hold is a positive integer', async (t) => {
  for (const max of [0, -1, 1.5, NaN, Infinity, '5' as unknown as number]) t.throws(() => new MemoryStore({ max }), InvalidOptionError)
})

t.test('it keeps no process alive', async (t) => {
  const before = process.getActiveResourcesInfo()
  await login(new MemoryStore(), 'user', 'a')
  t.same(process.getActiveResourcesInfo(), before)
})
