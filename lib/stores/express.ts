import { isPlainObject } from '../util/objects.ts'
import type { SessionStore, StoredRecord } from './store.ts'

type Callback = (error?: unknown, session?: unknown) => void

/** What a store for express-session does (its README, "Session Store Implementation"), as far as it is needed here. */
export interface ExpressSessionStore {
  get (sid: string, callback: Callback): unknown
  set (sid: string, session: object, callback: Callback): unknown
  destroy (sid: string, callback: Callback): unknown
  touch? (sid: string, session: object, callback: Callback): unknown
}

export interface ExpressStoreOptions {
  /** The clock, in milliseconds since 1970. Default: Date.now. */
  readonly now?: (() => number) | undefined
}

/**
 * Any store for express-session: connect-pg-simple, connect-redis, connect-mongo and many more. They cannot compare and
 * set, so versions are compared before the write, not with it: of two writes at the same moment one is lost without a
 * word, a write at the moment of a logout can undo it, and a session that begins as another of its user's does can be
 * missing from the user's list.
 */
export class ExpressStore implements SessionStore {
  readonly compareAndSet = false
  readonly #store: ExpressSessionStore
  readonly #now: () => number

  constructor (store: ExpressSessionStore, { now = Date.now }: ExpressStoreOptions = {}) {
    this.#store = store
    this.#now = now
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const session = await this.#load(key)
    if (session === undefined) return undefined
    const { value, version } = session
    if (typeof value !== 'string' || typeof version !== 'number') throw new TypeError('the store holds something else')
    return { value, version }
  }

  async set (key: string, value: string, expiresIn: number, version?: number): Promise<boolean> {
    const present = (await this.get(key))?.version ?? 0
    if (version !== undefined && version !== present) return false
    await this.#save(key, { value, version: present + 1 }, expiresIn)
    return true
  }

  async touch (key: string, expiresIn: number): Promise<boolean> {
    const record = await this.get(key)
    if (record === undefined) return false
    const session = this.#session(record, expiresIn)
    await call((done) => this.#store.touch ? this.#store.touch(key, session, done) : this.#store.set(key, session, done))
    return true
  }

  async delete (key: string): Promise<boolean> {
    const present = await this.#load(key) !== undefined
    await call((done) => this.#store.destroy(key, done))
    return present
  }

  async link (subject: string, key: string, expiresIn: number): Promise<void> {
    const expiresAt = this.#now() + expiresIn * 1000
    await this.#saveKeys(subject, { ...await this.#keys(subject), [key]: expiresAt })
  }

  async unlink (subject: string, key: string): Promise<void> {
    const { [key]: _, ...others } = await this.#keys(subject)
    await this.#saveKeys(subject, others)
  }

  async list (subject: string): Promise<string[]> {
    return Object.keys(await this.#keys(subject))
  }

  // There is no index: a subject's keys are a record of their own, each with when it expires.
  async #keys (subject: string): Promise<Record<string, number>> {
    const session = await this.#load(indexKey(subject))
    const keys = Object.entries(isPlainObject(session?.keys) ? session.keys : {})
    return Object.fromEntries(keys.filter((entry): entry is [string, number] => Number(entry[1]) > this.#now()))
  }

  async #saveKeys (subject: string, keys: Record<string, number>): Promise<void> {
    const expiresIn = Math.ceil((Math.max(0, ...Object.values(keys)) - this.#now()) / 1000)
    if (expiresIn <= 0) await call((done) => this.#store.destroy(indexKey(subject), done))
    else await this.#save(indexKey(subject), { keys }, expiresIn)
  }

  async #load (key: string): Promise<Record<string, unknown> | undefined> {
    try {
      const session = await call((done) => this.#store.get(key, done))
      if (session === undefined || session === null) return undefined
      return { ...session }
    } catch (error) {
      // The way in which some stores say that there is none.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }

  async #save (key: string, content: object, expiresIn: number): Promise<void> {
    await call((done) => this.#store.set(key, this.#session(content, expiresIn), done))
  }

  // Stores read the expiry from the session's cookie, some as a date and some as milliseconds; some write into it.
  #session (content: object, expiresIn: number): object {
    const maxAge = expiresIn * 1000
    return { ...content, cookie: { expires: new Date(this.#now() + maxAge), originalMaxAge: maxAge, maxAge } }
  }
}

function indexKey (subject: string): string {
  return `subject:${subject}`
}

function call (run: (done: Callback) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    run((error, result) => error === undefined || error === null ? resolve(result) : reject(error))
  })
}
