/** What a store keeps under a key. */
export interface StoredRecord {
  readonly value: string
  /** Counts the writes since the record was made: 1 after the first. */
  readonly version: number
}

/**
 * Where server-side sessions, or the revocations of stateless ones, are kept: records of text that expire, and an index
 * from a subject, such as a user, to keys of records.
 *
 * Each function rejects when the store cannot do it. A store never forgets a record before its time to make room: a
 * forgotten revocation is a logout undone.
 */
export interface SessionStore {
  /**
   * Whether `set` compares and sets in one step. Where not, of two writes at once one is lost without a word, and a
   * write can undo a deletion.
   */
  readonly compareAndSet: boolean
  /** The record, undefined where there is none or it has expired. */
  get (key: string): Promise<StoredRecord | undefined>
  /**
   * Writes a record that expires in so many seconds. With a version, only where the record has it; version 0 is that of
   * a record that is not there. Resolves to whether it was written.
   */
  set (key: string, value: string, expiresIn: number, version?: number): Promise<boolean>
  /** Has a record expire in so many seconds from now. Resolves to whether it is there. */
  touch (key: string, expiresIn: number): Promise<boolean>
  /** Resolves to whether the record was there. */
  delete (key: string): Promise<boolean>
  /** Lists a key under a subject, for so many seconds from now. */
  link (subject: string, key: string, expiresIn: number): Promise<void>
  unlink (subject: string, key: string): Promise<void>
  /** The keys listed under a subject. Their records may be gone. */
  list (subject: string): Promise<string[]>
}

/** A store that compares and sets: of two writes at once it refuses one, and no write undoes a deletion. */
export interface ConditionalStore extends SessionStore {
  readonly compareAndSet: true
}
