import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionStore } from './store.ts'

/** One requirement of a store, for any test runner: it rejects where the store does not meet it. */
export interface Requirement {
  readonly title: string
  readonly run: () => Promise<void>
}

export interface ContractOptions {
  /** Has so many seconds pass for the store. Default: waits for as long. */
  readonly wait?: (seconds: number) => Promise<unknown>
}

/**
 * What every store must do, to be run against one's own:
 *
 * ```ts
 * for (const { title, run } of storeContract(new MyStore())) test(title, run)
 * ```
 *
 * It works with keys of its own, so the store may be in use.
 */
export function storeContract (store: SessionStore, { wait = waitFor }: ContractOptions = {}): Requirement[] {
  const requirements = [...records, ...expiry, ...index, ...(store.compareAndSet ? atOnce : [])]
  return requirements.map(([title, check]) => ({ title, run: () => check(store, `contract-${randomUUID()}`, wait) }))
}

type Check = (store: SessionStore, key: string, wait: (seconds: number) => Promise<unknown>) => Promise<void>

const waitFor = (seconds: number) => sleep(seconds * 1000)

const records: readonly (readonly [string, Check])[] = [
  ['a record that was never written is not there', async (store, key) => {
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.touch(key, 60), false)
    assert.equal(await store.delete(key), false)
  }],
  ['a record is read as it was written, and counts its writes', async (store, key) => {
    for (const [index, value] of ['', 'text', '{"a":["é",null]}', '😀\u0001\n"\'\\', 'x'.repeat(100_000)].entries()) {
      assert.equal(await store.set(key, value, 60), true)
      assert.deepEqual({ ...await store.get(key) }, { value, version: index + 1 })
    }
  }],
  ['a key may hold any text, and is no other key', async (store, key) => {
    const keys = ['', ':', '{a}', '{b}', ' é😀', '*', '../'].map((end) => key + end)
    for (const each of keys) await store.set(each, each, 60)
    for (const each of keys) assert.equal((await store.get(each))?.value, each)
  }],
  ['version 0 creates, and never overwrites', async (store, key) => {
    assert.equal(await store.set(key, 'first', 60, 0), true)
    assert.equal(await store.set(key, 'second', 60, 0), false)
    assert.deepEqual({ ...await store.get(key) }, { value: 'first', version: 1 })
  }],
  ['a write with a version is refused where the record has another', async (store, key) => {
    await store.set(key, 'first', 60)
    assert.equal(await store.set(key, 'second', 60, 1), true)
    assert.equal(await store.set(key, 'late', 60, 1), false)
    assert.equal(await store.set(key, 'early', 60, 3), false)
    assert.deepEqual({ ...await store.get(key) }, { value: 'second', version: 2 })
  }],
  ['a deleted record is gone, and no write with its version brings it back', async (store, key) => {
    await store.set(key, 'value', 60)
    assert.equal(await store.delete(key), true)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.set(key, 'late', 60, 1), false)
    assert.equal(await store.touch(key, 60), false)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.set(key, 'new', 60, 0), true)
    assert.deepEqual({ ...await store.get(key) }, { value: 'new', version: 1 })
  }]
]

const expiry: readonly (readonly [string, Check])[] = [
  ['a record expires, and no write with its version brings it back', async (store, key, wait) => {
    await store.set(key, 'value', 1)
    await wait(2.1)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.touch(key, 60), false)
    assert.equal(await store.delete(key), false)
    assert.equal(await store.set(key, 'late', 60, 1), false)
    assert.equal(await store.set(key, 'new', 60, 0), true)
  }],
  ['a touch or a write sets the expiry anew', async (store, key, wait) => {
    const [touched, written, shortened] = [`${key}-touched`, `${key}-written`, `${key}-shortened`]
    for (const [each, seconds] of [[touched, 1], [written, 1], [shortened, 60]] as const) await store.set(each, 'value', seconds)
    assert.equal(await store.touch(touched, 60), true)
    await store.set(written, 'value', 60, 1)
    await store.touch(shortened, 1)
    await wait(2.1)
    assert.deepEqual({ ...await store.get(touched) }, { value: 'value', version: 1 })
    assert.deepEqual({ ...await store.get(written) }, { value: 'value', version: 2 })
    assert.equal(await store.get(shortened), undefined)
  }]
]

const index: readonly (readonly [string, Check])[] = [
  ['a subject lists the keys that were linked and not unlinked', async (store, subject) => {
    assert.deepEqual(await store.list(subject), [])
    await store.unlink(subject, 'a')
    for (const key of ['a', 'b', 'c', 'a']) await store.link(subject, key, 60)
    await store.link(`${subject}-other`, 'd', 60)
    await store.unlink(subject, 'b')
    assert.deepEqual((await store.list(subject)).sort(), ['a', 'c'])
    for (const key of ['a', 'c']) await store.unlink(subject, key)
    assert.deepEqual(await store.list(subject), [])
  }],
  ['a subject and a record of the same name are strangers', async (store, key) => {
    await store.set(key, 'value', 60)
    await store.link(key, 'a', 60)
    assert.equal((await store.get(key))?.value, 'value')
    await store.delete(key)
    assert.deepEqual(await store.list(key), ['a'])
  }],
  ['a listed key expires, unless it is linked again', async (store, subject, wait) => {
    for (const key of ['gone', 'kept']) await store.link(subject, key, 1)
    await store.link(subject, 'kept', 60)
    await wait(2.1)
    assert.deepEqual(await store.list(subject), ['kept'])
  }]
]

const atOnce: readonly (readonly [string, Check])[] = [
  ['of many writes at once with one version, one is made', async (store, key) => {
    for (const version of [0, 1]) {
      const writes = Array.from({ length: 20 }, (_, index) => store.set(key, `${version}.${index}`, 60, version))
      assert.equal((await Promise.all(writes)).filter(Boolean).length, 1)
    }
    assert.equal((await store.get(key))?.version, 2)
  }],
  ['a write and a deletion at once leave no record', async (store, key) => {
    await store.set(key, 'value', 60)
    await Promise.all([store.set(key, 'late', 60, 1), store.delete(key), store.set(key, 'later', 60, 2), store.touch(key, 60)])
    assert.equal(await store.get(key), undefined)
  }],
  ['keys linked at once are all listed', async (store, subject) => {
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
    await Promise.all(keys.map((key) => store.link(subject, key, 60)))
    assert.deepEqual((await store.list(subject)).sort(), keys.sort())
  }]
]
