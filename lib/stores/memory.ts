import type { ConditionalStore, StoredRecord } from './store.ts'

export interface MemoryStoreOptions {
  /** How many records and index entries the store holds together. Default: 100,000. */
  readonly max?: number | undefined
  /** The clock, in milliseconds since 1970. Default: Date.now. */
  readonly now?: (() => number) | undefined
}

interface Expiring {
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * A store in the memory of one process: for tests, development, and apps of one process whose sessions may end with it.
 * It has no timers, so it keeps no process alive: what has expired goes when room is needed. When it is full it rejects
 * new records rather than forget old ones.
 */
export class MemoryStore implements ConditionalStore {
  readonly compareAndSet = true
  readonly #max: number
  readonly #now: () => number
  readonly #records = new Map<string, StoredRecord & Expiring>()
  readonly #subjects = new Map<string, Map<string, Expiring>>()
  #size = 0
  #sweptAt = -Infinity

  constructor ({ max = 100_000, now = Date.now }: MemoryStoreOptions = {}) {
    this.#max = max
    this.#now = now
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const record = this.#live(key)
    return record && { value: record.value, version: record.version }
  }

  async set (key: string, value: string, expiresIn: number, version?: number): Promise<boolean> {
    const present = this.#live(key)?.version ?? 0
    if (version !== undefined && version !== present) return false
    if (!this.#records.has(key)) this.#takeRoom()
    this.#records.set(key, { value, version: present + 1, expiresAt: this.#in(expiresIn) })
    return true
  }

  async touch (key: string, expiresIn: number): Promise<boolean> {
    const record = this.#live(key)
    if (record === undefined) return false
    this.#records.set(key, { ...record, expiresAt: this.#in(expiresIn) })
    return true
  }

  async delete (key: string): Promise<boolean> {
    const present = this.#live(key) !== undefined
    this.#size -= Number(this.#records.delete(key))
    return present
  }

  async link (subject: string, key: string, expiresIn: number): Promise<void> {
    if (this.#subjects.get(subject)?.has(key) !== true) this.#takeRoom()
    const keys = this.#subjects.get(subject) ?? new Map<string, Expiring>()
    this.#subjects.set(subject, keys.set(key, { expiresAt: this.#in(expiresIn) }))
  }

  async unlink (subject: string, key: string): Promise<void> {
    const keys = this.#subjects.get(subject) ?? new Map<string, Expiring>()
    this.#size -= Number(keys.delete(key))
    if (keys.size === 0) this.#subjects.delete(subject)
  }

  async list (subject: string): Promise<string[]> {
    const entries = [...this.#subjects.get(subject) ?? []]
    return entries.filter(([, entry]) => this.#isLive(entry)).map(([key]) => key)
  }

  #in (seconds: number): number {
    return this.#now() + seconds * 1000
  }

  #isLive ({ expiresAt }: Expiring): boolean {
    return expiresAt > this.#now()
  }

  #live (key: string): StoredRecord & Expiring | undefined {
    const record = this.#records.get(key)
    return record && this.#isLive(record) ? record : undefined
  }

  #takeRoom (): void {
    if (this.#size >= this.#max) this.#sweep()
    if (this.#size >= this.#max) throw new Error(`the memory store is full: it holds ${this.#max} entries`)
    this.#size += 1
  }

  // At most once a second: a store that stays full must not cost a walk through it for each attempt to write.
  #sweep (): void {
    if (this.#now() - this.#sweptAt < 1000) return
    this.#sweptAt = this.#now()
    const maps: Map<string, Expiring>[] = [this.#records, ...this.#subjects.values()]
    for (const map of maps) {
      for (const [key, entry] of map) {
        if (!this.#isLive(entry)) this.#size -= Number(map.delete(key))
      }
    }
    for (const [subject, keys] of this.#subjects) if (keys.size === 0) this.#subjects.delete(subject)
  }
}
