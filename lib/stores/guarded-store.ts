import { StoreUnavailableError } from '../util/errors.ts'
import { isPlainObject } from '../util/objects.ts'
import type { SessionStore, StoredRecord } from './store.ts'

/**
 * A store whose every call ends in time and gives what it should, or rejects with FST_TYPED_SESSION_STORE_UNAVAILABLE.
 * What a late call still does is harmless: a write is done only to what it has seen, and a deletion deletes what is over.
 */
export class GuardedStore implements SessionStore {
  readonly #store: SessionStore
  readonly #timeout: number

  /** The timeout in milliseconds. */
  constructor (store: SessionStore, timeout: number) {
    this.#store = store
    this.#timeout = timeout
  }

  get compareAndSet (): boolean {
    return this.#store.compareAndSet
  }

  get (key: string): Promise<StoredRecord | undefined> {
    return this.#call(() => this.#store.get(key), isRecordOrNone)
  }

  set (key: string, value: string, version: number, expiresIn: number, expected: number): Promise<boolean> {
    return this.#call(() => this.#store.set(key, value, version, expiresIn, expected), isBoolean)
  }

  delete (key: string): Promise<void> {
    return this.#call(() => this.#store.delete(key), isAnything)
  }

  link (subject: string, id: string, expiresIn: number): Promise<void> {
    return this.#call(() => this.#store.link(subject, id, expiresIn), isAnything)
  }

  unlink (subject: string, ids: readonly string[]): Promise<void> {
    return this.#call(() => this.#store.unlink(subject, ids), isAnything)
  }

  list (subject: string): Promise<string[]> {
    return this.#call(() => this.#store.list(subject), isTexts)
  }

  #call<T> (run: () => Promise<T>, isValid: (result: unknown) => boolean): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the store gave no answer in ${this.#timeout} ms`)), this.#timeout)
    })
    return Promise.race([checked(run, isValid), late])
      .catch((cause: unknown) => { throw new StoreUnavailableError({ cause }) })
      .finally(() => clearTimeout(timer))
  }
}

async function checked<T> (run: () => Promise<T>, isValid: (result: unknown) => boolean): Promise<T> {
  const result = await run()
  if (!isValid(result)) throw new TypeError('the store answered something else than it should')
  return result
}

const isAnything = () => true

function isBoolean (result: unknown): boolean {
  return typeof result === 'boolean'
}

function isTexts (result: unknown): boolean {
  return Array.isArray(result) && result.every((item) => typeof item === 'string')
}

function isRecordOrNone (result: unknown): boolean {
  if (result === undefined) return true
  return isPlainObject(result) && typeof result.value === 'string' && Number.isSafeInteger(result.version)
}
