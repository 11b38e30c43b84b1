import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionStore } from './store.ts'

/** One requirement of a store, for any test runner: `run` rejects if the store does not meet it. */
export interface Requirement {
  /** What the store does, as the title of a test. */
  readonly title: string
  /** The test. */
  readonly run: () => Promise<void>
}

/** The options of {@link storeContract}. */
export interface ContractOptions {
  /**
   * Lets so many seconds pass for the store.
   *
   * @default waits for as long
   */
  readonly wait?: (seconds: number) => Promise<unknown>
}

/**
 * What every store must do, as tests for your own. It uses keys of its own, so the store may be in use.
 *
 * @example
 * for (const { title, run } of storeContract(new MyStore())) test(title, run)
 */
export function storeContract (store: SessionStore, { wait = waitFor }: ContractOptions = {}): Requirement[] {
  const requirements = [...records, ...versions, ...expiry, ...index, ...(store.compareAndSet ? atOnce : [])]
  return requirements.map(([title, check]) => ({ title, run: () => check(store, `contract-${randomUUID()}`, wait) }))
}

type Check = (store: SessionStore, name: string, wait: (seconds: number) => Promise<unknown>) => Promise<void>
type Checks = readonly (readonly [title: string, check: Check])[]

const waitFor = (seconds: number) => sleep(seconds * 1000)

async function assertRecord (store: SessionStore, key: string, value: string, version: number): Promise<void> {
  assert.deepEqual({ ...await store.get(key) }, { value, version })
}

const records: Checks = [
  ['a record that was never written is not there', async (store, key) => {
    assert.equal(await store.get(key), undefined)
    await store.delete(key)
  }],
  ['a record is read as it was written', async (store, key) => {
    const values = ['', ' ', 'text', '7 8', '{"a":["é",null]}', '😀\u0001\n"\'\\', 'x'.repeat(100_000)]
    for (const [index, value] of values.entries()) {
      assert.equal(await store.set(`${key}:${index}`, value, 1, 60, 0), true)
      await assertRecord(store, `${key}:${index}`, value, 1)
    }
  }],
  ['a key may hold any text, and is no other key', async (store, key) => {
    const keys = ['', ':', '{a}', '{b}', 'a', 'A', ' é😀', '*', '../', '%'].map((end) => key + end)
    for (const each of keys) assert.equal(await store.set(each, each, 1, 60, 0), true)
    for (const each of keys) await assertRecord(store, each, each, 1)
  }],
  ['a deleted record is gone, and no other', async (store, key) => {
    for (const each of [key, `${key}:other`]) await store.set(each, each, 1, 60, 0)
    await store.delete(key)
    assert.equal(await store.get(key), undefined)
    await assertRecord(store, `${key}:other`, `${key}:other`, 1)
  }]
]

const versions: Checks = [
  ['a write that expects no record never overwrites one', async (store, key) => {
    await store.set(key, 'first', 1, 60, 0)
    assert.equal(await store.set(key, 'second', 1, 60, 0), false)
    assert.equal(await store.set(key, 'second', 2, 60, 0), false)
    await assertRecord(store, key, 'first', 1)
  }],
  ['a write that expects another version is refused', async (store, key) => {
    await store.set(key, 'first', 1, 60, 0)
    assert.equal(await store.set(key, 'second', 2, 60, 1), true)
    assert.equal(await store.set(key, 'late', 2, 60, 1), false)
    assert.equal(await store.set(key, 'early', 4, 60, 3), false)
    await assertRecord(store, key, 'second', 2)
  }],
  ['a write may keep the version, or take any other', async (store, key) => {
    for (const [version, expected] of [[1, 0], [1, 1], [12, 1], [1, 12], [Number.MAX_SAFE_INTEGER, 1], [2, Number.MAX_SAFE_INTEGER]] as const) {
      assert.equal(await store.set(key, `${expected} to ${version}`, version, 60, expected), true)
      await assertRecord(store, key, `${expected} to ${version}`, version)
    }
  }],
  ['a write that expects a record makes none', async (store, key) => {
    assert.equal(await store.set(key, 'late', 2, 60, 1), false)
    assert.equal(await store.get(key), undefined)
  }],
  ['no write that expected a deleted record brings it back', async (store, key) => {
    await store.set(key, 'value', 1, 60, 0)
    await store.delete(key)
    assert.equal(await store.set(key, 'late', 2, 60, 1), false)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.set(key, 'new', 1, 60, 0), true)
    await assertRecord(store, key, 'new', 1)
  }]
]

const expiry: Checks = [
  ['a record expires', async (store, key, wait) => {
    await store.set(key, 'value', 1, 1, 0)
    await store.set(`${key}:other`, 'value', 1, 60, 0)
    await wait(2.1)
    assert.equal(await store.get(key), undefined)
    await assertRecord(store, `${key}:other`, 'value', 1)
  }],
  ['no write that expected an expired record brings it back', async (store, key, wait) => {
    await store.set(key, 'value', 1, 1, 0)
    await wait(2.1)
    assert.equal(await store.set(key, 'late', 2, 60, 1), false)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.set(key, 'new', 1, 60, 0), true)
    await assertRecord(store, key, 'new', 1)
  }],
  ['each write sets the expiry, to later or to sooner', async (store, key, wait) => {
    const [prolonged, shortened] = [`${key}:prolonged`, `${key}:shortened`]
    for (const [each, first, second] of [[prolonged, 1, 60], [shortened, 60, 1]] as const) {
      await store.set(each, 'value', 1, first, 0)
      await store.set(each, 'value', 1, second, 1)
    }
    await wait(2.1)
    await assertRecord(store, prolonged, 'value', 1)
    assert.equal(await store.get(shortened), undefined)
  }]
]

const index: Checks = [
  ['a subject lists the ids that were linked', async (store, subject) => {
    assert.deepEqual(await store.list(subject), [])
    for (const id of ['a', 'b', 'a']) await store.link(subject, id, 60)
    await store.link(`${subject}:other`, 'c', 60)
    assert.deepEqual((await store.list(subject)).sort(), ['a', 'b'])
  }],
  ['ids that are unlinked are not listed', async (store, subject) => {
    await store.unlink(subject, ['a'])
    for (const id of ['a', 'b', 'c', "d'"]) await store.link(subject, id, 60)
    await store.unlink(subject, [])
    await store.unlink(subject, ['a', "d'", 'never linked'])
    assert.deepEqual((await store.list(subject)).sort(), ['b', 'c'])
    await store.unlink(subject, ['b', 'c'])
    assert.deepEqual(await store.list(subject), [])
  }],
  ['a subject and a record of one name do not touch each other', async (store, name) => {
    await store.set(name, 'value', 1, 60, 0)
    await store.link(name, 'a', 60)
    await assertRecord(store, name, 'value', 1)
    await store.delete(name)
    assert.deepEqual(await store.list(name), ['a'])
  }],
  ['a link never shortens for how long an id is listed', async (store, subject, wait) => {
    await store.link(subject, 'long', 60)
    await store.link(subject, 'long', 1)
    await store.link(subject, 'prolonged', 1)
    await store.link(subject, 'prolonged', 60)
    await wait(2.1)
    assert.deepEqual((await store.list(subject)).sort(), ['long', 'prolonged'])
  }],
  ['an id is not listed for ever', async (store, subject, wait) => {
    await store.link(subject, 'a', 1)
    await wait(2.1)
    // A store may clear away what has expired when the next is linked.
    await store.link(subject, 'b', 60)
    assert.deepEqual(await store.list(subject), ['b'])
  }]
]

const atOnce: Checks = [
  ['of many writes at once that expect one version, one is made', async (store, key) => {
    for (const expected of [0, 1]) {
      const writes = Array.from({ length: 20 }, (_, index) => store.set(key, `${expected}.${index}`, expected + 1, 60, expected))
      assert.equal((await Promise.all(writes)).filter(Boolean).length, 1)
    }
    assert.equal((await store.get(key))?.version, 2)
  }],
  ['writes and a deletion at once leave no record', async (store, key) => {
    await store.set(key, 'value', 1, 60, 0)
    await Promise.all([store.set(key, 'late', 2, 60, 1), store.delete(key), store.set(key, 'later', 3, 60, 2)])
    assert.equal(await store.get(key), undefined)
  }],
  ['ids that are linked at once are all listed', async (store, subject) => {
    const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`)
    await Promise.all(ids.map((id) => store.link(subject, id, 60)))
    assert.deepEqual((await store.list(subject)).sort(), ids.sort())
  }]
]
