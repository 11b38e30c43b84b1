import type { SessionStore, StoredRecord } from '../stores/store.ts'
import { ConflictError, StoreUnavailableError } from '../util/errors.ts'
import { decodeRecord, encodeRecord, type SessionRecord } from './record.ts'

/** A session as the store has it. */
export interface KeptSession {
  readonly id: string
  readonly version: number
  readonly record: SessionRecord
}

/** The records of sessions: one key for each session's whole life. All reject with FST_TYPED_SESSION_STORE_UNAVAILABLE. */
export class Records {
  readonly #store: SessionStore
  readonly #cookieName: string

  constructor (store: SessionStore, cookieName: string) {
    this.#store = store
    this.#cookieName = cookieName
  }

  async find (id: string): Promise<KeptSession | undefined> {
    const found = await this.#store.get(this.#key(id))
    return found && { id, version: found.version, record: read(found) }
  }

  /**
   * Makes a session's first record. It is not tried a second time, whatever comes of it: the first try could be done after
   * the session was ended, which is for ever.
   */
  async create (id: string, record: SessionRecord, ttl: number): Promise<void> {
    const value = encodeRecord(record)
    if (await this.#store.set(this.#key(id), value, 1, ttl, 0)) return
    // A client that lost its connection may have sent it twice.
    if ((await this.#store.get(this.#key(id)))?.value !== value) throw new ConflictError()
  }

  /** Writes a record in the place of the one with a version. Resolves to whether that was there. */
  replace (id: string, record: SessionRecord, ttl: number, version: number, expected: number): Promise<boolean> {
    return this.#store.set(this.#key(id), encodeRecord(record), version, ttl, expected)
  }

  delete (id: string): Promise<void> {
    return this.#store.delete(this.#key(id))
  }

  #key (id: string): string {
    return `${this.#cookieName}:session:${id}`
  }
}

function read ({ value }: StoredRecord): SessionRecord {
  try {
    return decodeRecord(value)
  } catch (cause) {
    throw new StoreUnavailableError({ cause })
  }
}
