import { randomBytes } from 'node:crypto'
import type { SessionStore } from '../stores/store.ts'
import { StoreUnavailableError } from '../util/errors.ts'

// Milliseconds that a process remembers the era.
const remembered = 1000

// Seconds. No session lives for so long.
const tenYears = 10 * 365 * 86_400

/**
 * The era of all sessions: a random name, made by whoever finds none. A session keeps the one in which it began, and is
 * good in no other. So a new era ends them all, and a store that lost its data lets none in.
 */
export class Era {
  readonly #store: SessionStore
  readonly #key: string
  #latest: Promise<string> | undefined
  #askedAt = -Infinity

  constructor (store: SessionStore, key: string) {
    this.#store = store
    this.#key = key
  }

  /** The era, as it was a second ago or later. */
  recent (): Promise<string> {
    // A clock that only goes forward: the wall's may be set back, and an era that is over be remembered for ever.
    return this.#latest !== undefined && performance.now() - this.#askedAt < remembered ? this.#latest : this.current()
  }

  /** The era, as the store has it now. */
  current (): Promise<string> {
    const asked = this.#read()
    this.#askedAt = performance.now()
    this.#latest = asked
    asked.catch(() => {
      if (this.#latest === asked) this.#latest = undefined
    })
    return asked
  }

  /** Whether a session that began in an era is over. Asks again before it says so: another process may have begun a new one. */
  async isOver (era: string, recent: string): Promise<boolean> {
    return era !== recent && era !== await this.current()
  }

  /** Begins a new era. Resolves when no process remembers the one before. */
  async end (): Promise<void> {
    const { version = 0 } = await this.#store.get(this.#key) ?? {}
    // Refused where another was begun in between, which ends the same sessions.
    await this.#store.set(this.#key, newName(), version + 1, tenYears, version)
    this.#latest = undefined
    await new Promise((resolve) => { setTimeout(resolve, remembered) })
  }

  async #read (): Promise<string> {
    const found = await this.#store.get(this.#key)
    if (found !== undefined) return found.value
    const begun = newName()
    if (await this.#store.set(this.#key, begun, 1, tenYears, 0)) return begun
    const other = await this.#store.get(this.#key)
    if (other !== undefined) return other.value
    throw new StoreUnavailableError({ cause: new Error('the store does not keep what it is given') })
  }
}

function newName (): string {
  return randomBytes(9).toString('base64url')
}
