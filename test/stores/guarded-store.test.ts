import t from 'tap'
import { GuardedStore } from '../../lib/stores/guarded-store.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import type { SessionStore } from '../../lib/stores/store.ts'
import { meetsTheContract } from '../support/contract.ts'

const calls: readonly [name: string, (store: SessionStore) => Promise<unknown>, nonsense: readonly unknown[]][] = [
  ['get', (store) => store.get('key'), [null, '', {}, [], { value: 1, version: 1 }, { value: '', version: '1' }]],
  ['set', (store) => store.set('key', 'value', 1, 60, 0), [undefined, 'OK', 1]],
  ['delete', (store) => store.delete('key'), []],
  ['link', (store) => store.link('user', 'key', 60), []],
  ['unlink', (store) => store.unlink('user', ['key']), []],
  ['list', (store) => store.list('user'), [undefined, 'key', [1]]]
]

function always (answer: () => unknown): SessionStore {
  return Object.fromEntries(calls.map(([name]) => [name, answer])) as unknown as SessionStore
}

const unavailable = { code: 'FST_TYPED_SESSION_STORE_UNAVAILABLE', statusCode: 503 }

t.test('a guarded store meets the contract of the one it guards', async (t) => {
  let time = 0
  const store = new GuardedStore(new MemoryStore({ now: () => time }), 1000)
  t.equal(store.compareAndSet, true)
  await meetsTheContract(t, store, { wait: async (seconds) => { time += seconds * 1000 } })
})

for (const [name, call, nonsense] of calls) {
  t.test(`${name} of a store that fails, throws, is silent or talks nonsense is a coded 503`, async (t) => {
    const down = new Error('connect ECONNREFUSED')
    await t.rejects(call(new GuardedStore(always(async () => { throw down }), 1000)), { ...unavailable, cause: down })
    await t.rejects(call(new GuardedStore(always(() => { throw down }), 1000)), { ...unavailable, cause: down })
    await t.rejects(call(new GuardedStore(always(() => new Promise(() => {})), 5)),
      { ...unavailable, cause: { message: 'the store gave no answer in 5 ms' } })
    for (const answer of nonsense) {
      await t.rejects(call(new GuardedStore(always(async () => answer), 1000)),
        { ...unavailable, cause: { message: 'the store answered something else than it should' } })
    }
  })
}
