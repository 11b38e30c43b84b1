import { randomBytes } from 'node:crypto'
import type { SessionStore } from '../stores/store.ts'

/**
 * Ends many sessions at once: each carries the epoch in which it began, and a new epoch ends those of the ones before.
 * Epochs are random names, so no two servers' clocks need agree. Where the store knows of none, none has begun for so
 * long that no session from before it is left.
 */
export class Epochs {
  readonly #store: SessionStore
  /** Seconds that a session can live. */
  readonly #lifetime: number

  constructor (store: SessionStore, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /** The epoch in which a session begins now. */
  async current (key: string): Promise<string | undefined> {
    return (await this.#read(key))?.epoch
  }

  /** Begins a new epoch. The session of one handle lives on. */
  async begin (key: string, except: string = ''): Promise<void> {
    await this.#store.set(key, `${randomBytes(9).toString('base64url')} ${except}`, this.#lifetime)
  }

  /** Whether a session that began in an epoch was ended by a later one. */
  async isOver (key: string, epoch: string | undefined, handle: string): Promise<boolean> {
    const now = await this.#read(key)
    return now !== undefined && now.epoch !== epoch && now.except !== handle
  }

  async #read (key: string): Promise<{ epoch: string | undefined, except: string | undefined } | undefined> {
    const record = await this.#store.get(key)
    const [epoch, except] = record?.value.split(' ') ?? []
    return record && { epoch, except }
  }
}
