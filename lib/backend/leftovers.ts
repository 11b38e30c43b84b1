import type { KeptSession, Records } from './records.ts'

// Seconds until the next try: a minute in all.
const pauses: readonly number[] = [2, 4, 8, 16, 32]

/**
 * Sessions that the store has, or may have, and whose cookie nobody was given: each would be a device in a user's list that
 * is none, and take a place of `maxSessions`. What the store does not delete at once, it is asked to again for a minute.
 * Nobody waits for that, and none of it rejects.
 */
export class Leftovers {
  readonly #records: Records

  constructor (records: Records) {
    this.#records = records
  }

  /** Deletes a session. Resolves after the first try. */
  async discard (id: string, later: readonly number[] = pauses): Promise<void> {
    await this.#records.delete(id).catch(() => { this.#retry(later, (rest) => this.discard(id, rest)) })
  }

  /** Deletes a session in a while, if the last write of all was the one with this mark. */
  discardWritten (id: string, mark: string, later: readonly number[] = pauses): void {
    const isLast = (kept: KeptSession | undefined) => kept?.record.recent?.[0] === mark
    this.#retry(later, async (rest) => {
      await this.#records.find(id)
        .then(async (kept) => { if (isLast(kept)) await this.discard(id, rest) })
        .catch(() => { this.discardWritten(id, mark, rest) })
    })
  }

  #retry ([pause, ...rest]: readonly number[], run: (rest: readonly number[]) => Promise<void>): void {
    if (pause !== undefined) setTimeout(run, pause * 1000, rest).unref()
  }
}
