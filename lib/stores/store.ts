/** What a store keeps under a key. */
export interface StoredRecord {
  /** The text that the last `set` gave. */
  readonly value: string
  /** The number that the last `set` gave. */
  readonly version: number
}

/**
 * Where sessions have their records: text that expires, and an index from a subject, such as a user, to ids.
 *
 * A function rejects if the store cannot do its work, and may then have done it. Times are in seconds from now, by the
 * store's clock. A record that the store loses, or evicts to make room, is a session that ends.
 *
 * @see `storeContract` for the requirements, as tests for a store of your own.
 */
export interface SessionStore {
  /**
   * Whether `set` compares and sets in one step. If not, one of two writes at once can be lost without an error, and a
   * write can undo a deletion.
   */
  readonly compareAndSet: boolean
  /** Resolves to the record, or to undefined if there is none or it has expired. */
  get (key: string): Promise<StoredRecord | undefined>
  /**
   * Writes a record if the one that is there has the version `expected`, or if there is none and `expected` is 0.
   * Resolves to whether it did.
   */
  set (key: string, value: string, version: number, expiresIn: number, expected: number): Promise<boolean>
  /** Deletes a record, if it is there. */
  delete (key: string): Promise<void>
  /**
   * Lists an id under a subject. It stays listed for so many seconds, or for longer if it already was. The key of its
   * record ends with a colon and the id.
   */
  link (subject: string, id: string, expiresIn: number): Promise<void>
  /** Takes ids off a subject's list. */
  unlink (subject: string, ids: readonly string[]): Promise<void>
  /** Resolves to the ids that are listed under a subject. Their records may be gone. */
  list (subject: string): Promise<string[]>
}

/** A store that compares and sets: it refuses one of two writes at once, and no write undoes a deletion. */
export interface ConditionalStore extends SessionStore {
  readonly compareAndSet: true
}
