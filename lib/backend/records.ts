import { readTaggedJson, writeTaggedJson } from '../payload/tagged-json.ts'
import type { Payload } from '../payload/payload.ts'
import { attachMetadata, extractMetadata, type Metadata } from '../token/metadata.ts'
import { isPlainObject } from '../util/objects.ts'
import type { SessionStore, StoredRecord } from '../stores/store.ts'
import { ConflictError, StoreUnavailableError } from '../util/errors.ts'

/** What the store has of a session. Times are seconds since 1970. */
export interface SessionRecord extends Bookkeeping {
  /** As in a cookie, without what only the cookie knows: the id, the key and the scope. */
  readonly metadata: Metadata
  /** Encoded by the schema. Empty where the cookie carries them. */
  readonly data: Payload
}

interface Bookkeeping {
  /** The hash of the key that the cookie has to bring. `regenerate()` changes it. */
  readonly key: string
  /** The era in which the session began: only those of the present era are good. */
  readonly era: string
  /** From when the idle lifetime counts: the last change or, if the session slides, the last refresh. */
  readonly at: number
  /** The last refresh or change. */
  readonly seen: number
  /** Whose it is, and until when it is listed there. */
  readonly subjects?: readonly string[] | undefined
  readonly listed?: number | undefined
  /** Marks of the last writes. Who got no answer learns from them whether the write was done. */
  readonly recent?: readonly string[] | undefined
}

/** The text of a record: that of a token's payload, with the bookkeeping. Throws as writing such a payload does. */
export function encodeRecord ({ metadata, data, ...bookkeeping }: SessionRecord): string {
  const { _typed: own, ...payload } = attachMetadata(metadata, data)
  return writeTaggedJson({ ...payload, _typed: { ...own as object, row: bookkeeping } })
}

/** The record of a text. Throws where there is none. */
export function decodeRecord (text: string): SessionRecord {
  const payload = readTaggedJson(text)
  const parts = isPlainObject(payload) ? extractMetadata(payload) : undefined
  const bookkeeping = isPlainObject(payload) && isPlainObject(payload._typed) ? payload._typed.row : undefined
  if (parts === undefined || !isBookkeeping(bookkeeping)) throw new TypeError('the record is not one of a session')
  return { ...bookkeeping, ...parts }
}

function isBookkeeping (value: unknown): value is Bookkeeping {
  return isPlainObject(value) && typeof value.key === 'string' && typeof value.era === 'string' &&
    typeof value.at === 'number' && typeof value.seen === 'number'
}

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
