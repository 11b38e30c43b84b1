import t from 'tap'
import { Era } from '../../lib/backend/era.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { CountingStore } from '../support/backend-app.ts'

t.test('the era is made by whoever finds none, and is the same for all', async (t) => {
  const store = new MemoryStore()
  const [a, b] = await Promise.all([new Era(store, 'era').current(), new Era(store, 'era').current()])
  t.equal(a, b)
  t.equal(await new Era(store, 'era').recent(), a)
})

t.test('a process remembers it for a second, by a clock that cannot be set back', async (t) => {
  const store = new CountingStore()
  const { now } = performance
  t.teardown(() => { performance.now = now })
  let time = 5000
  performance.now = () => time
  const era = new Era(store, 'session:era')
  await era.recent()
  const asked = async (milliseconds: number) => {
    time += milliseconds
    return (await store.during(() => era.recent())).length
  }
  t.same([await asked(0), await asked(999), await asked(1), await asked(0)], [0, 0, 1, 0])
})

t.test('what is not of the era that is remembered may be of a newer one', async (t) => {
  const store = new MemoryStore()
  const era = new Era(store, 'era')
  const before = await era.current()
  await store.set('era', 'newer', 2, 60, 1)
  t.equal(await era.isOver('newer', before), false)
  t.equal(await era.isOver(before, 'newer'), true)
})

t.test('a failure is not remembered, and a store that keeps nothing is one', async (t) => {
  const store = new MemoryStore()
  const era = new Era(store, 'era')
  const { set } = store
  store.set = async () => false
  await t.rejects(era.recent(), { code: 'FST_TYPED_SESSION_STORE_UNAVAILABLE' })
  store.set = set
  t.type(await era.recent(), 'string')
})
