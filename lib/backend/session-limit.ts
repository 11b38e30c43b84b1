import type { SessionStore } from '../stores/store.ts'
import { ConflictError, TooManySessionsError } from '../util/errors.ts'
import type { Era } from './era.ts'
import type { Leftovers } from './leftovers.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { KeptSession } from './records.ts'
import type { SubjectIndex } from './subject-index.ts'

/** How many sessions a subject may have, and whether a new one ends the oldest or is refused. */
export interface LimitOptions {
  readonly max: number
  readonly endsOldest: boolean
}

const maxTries = 100
// Seconds that a decision is remembered: longer than any takes.
const remembered = 600
const rememberedIds = 100

/**
 * Keeps a subject from having too many sessions. A session that was begun asks to be admitted. Whoever decides about a
 * subject gives its decisions a new version, and decides again if another decision came first. So each decision knows all
 * sessions that were admitted before, and no two logins at once both get the last place.
 */
export class SessionLimit {
  readonly #options: LimitOptions
  readonly #store: SessionStore
  readonly #cookieName: string
  readonly #index: SubjectIndex
  readonly #era: Era
  readonly #lifetimes: Lifetimes
  readonly #leftovers: Leftovers

  constructor (
    options: LimitOptions, store: SessionStore, cookieName: string, index: SubjectIndex, era: Era, lifetimes: Lifetimes, leftovers: Leftovers
  ) {
    this.#options = options
    this.#store = store
    this.#cookieName = cookieName
    this.#index = index
    this.#era = era
    this.#lifetimes = lifetimes
    this.#leftovers = leftovers
  }

  /** Rejects with FST_TYPED_SESSION_TOO_MANY_SESSIONS if no other session of a subject can be admitted: nothing was written yet. */
  async check (subject: string, now: number): Promise<void> {
    const { max, endsOldest } = this.#options
    if (!endsOldest && (await this.#good(subject, now)).length >= max) throw new TooManySessionsError(max)
  }

  /**
   * Admits a session that was begun, or ends it. Rejects with FST_TYPED_SESSION_TOO_MANY_SESSIONS, and with
   * FST_TYPED_SESSION_CONFLICT if another login or a logout ended it at the same time.
   */
  async admit (session: KeptSession, subject: string, now: number): Promise<void> {
    const { max, endsOldest } = this.#options
    try {
      for (let tries = 0; tries < maxTries; tries++) {
        const { version = 0, value = '' } = await this.#store.get(this.#key(subject)) ?? {}
        const refused = value.split(' ')
        const good = (await this.#good(subject, now)).filter(({ id }) => !refused.includes(id))
        const others = good.filter(({ id }) => id !== session.id)
        if (others.length === good.length) break
        const isRefused = !endsOldest && others.length >= max
        const decided = isRefused ? [session.id, ...refused].slice(0, rememberedIds) : refused
        if (!await this.#store.set(this.#key(subject), decided.join(' '), version + 1, remembered, version)) continue
        if (isRefused) throw new TooManySessionsError(max)
        if (endsOldest) await Promise.all(others.slice(max - 1).map((each) => this.#index.end(each)))
        return
      }
      throw new ConflictError()
    } catch (error) {
      await this.#index.end(session).catch(() => this.#leftovers.discard(session.id))
      throw error
    }
  }

  // The newest first.
  async #good (subject: string, now: number): Promise<KeptSession[]> {
    const [found, era] = await Promise.all([this.#index.find(subject), this.#era.current()])
    return found
      .filter(({ record }) => record.era === era && now <= this.#lifetimes.lastExpiry(record))
      .sort((a, b) => Number(b.record.metadata.authenticatedAt) - Number(a.record.metadata.authenticatedAt))
  }

  #key (subject: string): string {
    return `${this.#cookieName}:limit:${subject}`
  }
}
