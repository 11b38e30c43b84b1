import { InvalidOptionError } from '../util/errors.ts'
import type { ConditionalStore, StoredRecord } from './store.ts'

/** The options of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many sessions with a subject the store holds, and how many without one. To make room for another it forgets
   * those of the same kind that were used least recently, which ends these sessions.
   *
   * @default 100_000
   */
  readonly max?: number | undefined
  /**
   * The clock, in milliseconds since 1970.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined
}

interface ExpiringRecord extends StoredRecord {
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** An id that is listed: its records, and the subjects that list it. */
interface ListedId {
  readonly records: Map<string, ExpiringRecord>
  readonly subjects: Set<string>
}

/**
 * A store in the memory of one process: for tests, for development, and for apps of one process whose users may be
 * logged out by a restart. It has no timers, so it does not keep the process alive.
 *
 * Visitors without a subject cannot crowd out users who are logged in, because each kind has its own room.
 *
 * @throws FST_TYPED_SESSION_INVALID_OPTION if `max` is not a positive integer.
 *
 * @example
 * const store = new MemoryStore({ max: 10_000 })
 */
export class MemoryStore implements ConditionalStore {
  readonly compareAndSet = true
  readonly #max: number
  readonly #now: () => number
  // Maps keep the order of insertion: what was used last is inserted again, so that the first was used least recently.
  readonly #unlisted = new Map<string, ExpiringRecord>()
  readonly #listed = new Map<string, ListedId>()
  // When each id expires that a subject lists, in milliseconds since 1970.
  readonly #idsBySubject = new Map<string, Map<string, number>>()

  constructor ({ max = 100_000, now = Date.now }: MemoryStoreOptions = {}) {
    if (!Number.isSafeInteger(max) || max < 1) throw new InvalidOptionError('`max` of a MemoryStore must be a positive integer')
    this.#max = max
    this.#now = now
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const record = this.#find(key)
    return record && { value: record.value, version: record.version }
  }

  async set (key: string, value: string, version: number, expiresIn: number, expected: number): Promise<boolean> {
    if ((this.#find(key)?.version ?? 0) !== expected) return false
    const record = { value, version, expiresAt: this.#after(expiresIn) }
    const listed = this.#listed.get(idOf(key))
    if (listed === undefined) {
      this.#unlisted.set(key, record)
    } else {
      this.#unlisted.delete(key)
      listed.records.set(key, record)
    }
    this.#evict()
    return true
  }

  async delete (key: string): Promise<void> {
    this.#unlisted.delete(key)
    this.#listed.get(idOf(key))?.records.delete(key)
  }

  async link (subject: string, id: string, expiresIn: number): Promise<void> {
    const { records, subjects } = this.#listed.get(id) ?? { records: new Map(), subjects: new Set() }
    setLast(this.#listed, id, { records, subjects: subjects.add(subject) })
    const ids = this.#idsBySubject.get(subject) ?? new Map<string, number>()
    this.#idsBySubject.set(subject, ids.set(id, Math.max(ids.get(id) ?? 0, this.#after(expiresIn))))
    this.#evict()
  }

  async unlink (subject: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#unlink(subject, id)
  }

  async list (subject: string): Promise<string[]> {
    const ids = [...this.#idsBySubject.get(subject) ?? []]
    return ids.filter(([, expiresAt]) => expiresAt > this.#now()).map(([id]) => id)
  }

  /** The record, if it is there and has not expired. It counts as used. */
  #find (key: string): ExpiringRecord | undefined {
    const id = idOf(key)
    const listed = this.#listed.get(id)
    const records = listed?.records.has(key) ? listed.records : this.#unlisted
    const record = records.get(key)
    if (record === undefined) return undefined
    if (record.expiresAt <= this.#now()) {
      records.delete(key)
      return undefined
    }
    if (listed !== undefined) setLast(this.#listed, id, listed)
    setLast(records, key, record)
    return record
  }

  #after (seconds: number): number {
    return this.#now() + seconds * 1000
  }

  #unlink (subject: string, id: string): void {
    const ids = this.#idsBySubject.get(subject)
    const listed = this.#listed.get(id)
    if (ids === undefined || listed === undefined) return
    ids.delete(id)
    if (ids.size === 0) this.#idsBySubject.delete(subject)
    listed.subjects.delete(subject)
    if (listed.subjects.size > 0) return
    this.#listed.delete(id)
    for (const [key, record] of listed.records) this.#unlisted.set(key, record)
  }

  #evict (): void {
    for (const [id, { records, subjects }] of this.#excess(this.#listed)) {
      records.clear()
      for (const subject of subjects) this.#unlink(subject, id)
    }
    for (const [key] of this.#excess(this.#unlisted)) this.#unlisted.delete(key)
  }

  // Makes room for 1 % at a time: in a large map, finding the first entry takes as long as deleting it and many more.
  * #excess<Value> (map: Map<string, Value>): Iterable<[string, Value]> {
    if (map.size <= this.#max) return
    const kept = Math.ceil(this.#max * 0.99)
    for (const entry of map) {
      if (map.size <= kept) break
      yield entry
    }
  }
}

function idOf (key: string): string {
  return key.slice(key.lastIndexOf(':') + 1)
}

function setLast<Value> (map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
}
