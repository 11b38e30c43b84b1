import { refreshAge } from '../session/cookie-action.ts'
import { expiry, type TokenSettings } from '../token/token.ts'
import type { SessionRecord } from './records.ts'

const minute = 60
const day = 86_400

/** How long sessions live by the options of today, whichever they were written under. In seconds. */
export class Lifetimes {
  readonly #limits: TokenSettings
  readonly #refreshAfter: number
  readonly #dataInCookie: boolean

  constructor (limits: TokenSettings, refreshAfter: number, dataInCookie: boolean) {
    this.#limits = limits
    this.#refreshAfter = refreshAfter
    this.#dataInCookie = dataInCookie
  }

  /** Whether a record was not seen for so long that a request says that it was. */
  isDue (record: SessionRecord, now: number): boolean {
    return now - record.seen >= this.#interval(record)
  }

  /**
   * The last second in which a session is good. Its idle lifetime counts from `at`: its record's time, or that of the
   * cookie's signature. What is no longer listed under its subject is over, since nobody could end it.
   */
  expiry (record: SessionRecord, at: number = record.at): number {
    return Math.min(expiry(at, record.metadata, this.#limits), record.listed ?? Infinity)
  }

  /** The last second in which some cookie of the session may be good. */
  lastExpiry (record: SessionRecord): number {
    return this.expiry(record, record.at + this.#lag(record))
  }

  /** For how long the store has to keep a record: it only clears away, and may do so late. */
  ttl (record: SessionRecord, now: number): number {
    return Math.max(0, this.lastExpiry(record) - now) + 2 * minute
  }

  /** For how long a record with this `ttl` stays listed: longer, so that not every refresh has to list it again. */
  listing (ttl: number): number {
    return ttl + Math.min(ttl, day)
  }

  // A cookie that carries the data is signed so much later than its record was written.
  #lag (record: SessionRecord): number {
    return this.#dataInCookie ? this.#interval(record) : 0
  }

  #interval ({ metadata: { lifetime = Infinity } }: SessionRecord): number {
    return refreshAge(this.#refreshAfter, Math.min(lifetime, this.#limits.lifetime))
  }
}
