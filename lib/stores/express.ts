import { InvalidOptionError } from '../util/errors.ts'
import type { SessionStore, StoredRecord } from './store.ts'

/**
 * The functions of a store for express-session that an {@link ExpressStore} calls.
 *
 * @see express-session, "Session Store Implementation"
 */
export interface ExpressSessionStore {
  /** Gives the callback the session, or nothing if there is none. */
  get (sid: string, callback: (error?: unknown, session?: unknown) => void): unknown
  /** Writes a session, which expires as its `cookie` says. */
  set (sid: string, session: object, callback: (error?: unknown) => void): unknown
  /** Deletes a session. */
  destroy (sid: string, callback: (error?: unknown) => void): unknown
}

/** The options of an {@link ExpressStore}. */
export interface ExpressStoreOptions {
  /**
   * The clock, in milliseconds since 1970.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined
}

/**
 * Any store for express-session, such as connect-mongo or connect-dynamodb. They cannot compare and set, so the versions
 * are compared before the write and not with it: one of two writes at the same moment is lost without an error, a write
 * at the moment of a logout can undo it, and a login at the moment of another of the same user can be missing from the
 * list of that user's sessions.
 *
 * For PostgreSQL, SQLite and Redis there are stores without this limit: {@link SqlStore} and {@link RedisStore}.
 *
 * @param store a store for express-session
 * @throws FST_TYPED_SESSION_INVALID_OPTION if `store` has no function `get`, `set` or `destroy`
 *
 * @example
 * const store = new ExpressStore(MongoStore.create({ mongoUrl: process.env.MONGO_URL }))
 */
export class ExpressStore implements SessionStore {
  readonly compareAndSet = false
  readonly #store: ExpressSessionStore
  readonly #now: () => number

  constructor (store: ExpressSessionStore, { now = Date.now }: ExpressStoreOptions = {}) {
    for (const method of ['get', 'set', 'destroy'] as const) {
      if (typeof (store as ExpressSessionStore | undefined)?.[method] !== 'function') {
        throw new InvalidOptionError(`an ExpressStore needs a store for express-session, and this one has no function \`${method}\``)
      }
    }
    this.#store = store
    this.#now = now
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const session = await this.#load(key)
    if (session === undefined) return undefined
    const { value, version, until } = session
    if (typeof value !== 'string' || typeof version !== 'number' || typeof until !== 'number') {
      throw new TypeError('the store gave a session that is not from here: another app may use the same store')
    }
    // Some stores do not look at the expiry when they read.
    return until > this.#now() ? { value, version } : undefined
  }

  async set (key: string, value: string, version: number, expiresIn: number, expected: number): Promise<boolean> {
    const present = await this.get(key)
    if ((present?.version ?? 0) !== expected) return false
    const maxAge = expiresIn * 1000
    const until = this.#now() + maxAge
    // Stores read the expiry from the session's cookie, some as a date and some as milliseconds.
    const session = { value, version, until, cookie: { expires: new Date(until), originalMaxAge: maxAge, maxAge } }
    await call((done) => this.#store.set(key, session, done))
    return true
  }

  async delete (key: string): Promise<void> {
    await call((done) => this.#store.destroy(key, done))
  }

  async link (subject: string, id: string, expiresIn: number): Promise<void> {
    const ids = await this.#ids(subject)
    const until = Math.max(ids.get(id) ?? 0, this.#now() + expiresIn * 1000)
    await this.#saveIds(subject, ids.set(id, until))
  }

  async unlink (subject: string, gone: readonly string[]): Promise<void> {
    const ids = await this.#ids(subject)
    for (const id of gone) ids.delete(id)
    await this.#saveIds(subject, ids)
  }

  async list (subject: string): Promise<string[]> {
    return [...(await this.#ids(subject)).keys()]
  }

  // There is no index in such a store: a subject's ids are a record of their own, each with when it expires.
  async #ids (subject: string): Promise<Map<string, number>> {
    const record = await this.get(indexKey(subject))
    const ids = JSON.parse(record?.value ?? '[]') as [string, number][]
    return new Map(ids.filter(([, until]) => until > this.#now()))
  }

  async #saveIds (subject: string, ids: ReadonlyMap<string, number>): Promise<void> {
    if (ids.size === 0) return await this.delete(indexKey(subject))
    const expiresIn = (Math.max(...ids.values()) - this.#now()) / 1000
    const present = await this.get(indexKey(subject))
    const version = present?.version ?? 0
    await this.set(indexKey(subject), JSON.stringify([...ids]), version + 1, expiresIn, version)
  }

  async #load (key: string): Promise<Record<string, unknown> | undefined> {
    try {
      const session = await call((done) => this.#store.get(key, done))
      return session === undefined || session === null ? undefined : { ...session }
    } catch (error) {
      // How session-file-store says that there is none.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
}

function indexKey (subject: string): string {
  return `subject:${subject}`
}

function call (run: (done: (error?: unknown, result?: unknown) => void) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    run((error, result) => error === undefined || error === null ? resolve(result) : reject(error))
  })
}
