// Seconds that a response can be under way and not know of something.
const remembered = 60
const maxTexts = 10_000

/** Short texts that were added within the last minute, or the one before. */
export class RecentSet {
  #young = new Set<string>()
  #old = new Set<string>()
  #since = 0

  /** Adds texts, at a time in seconds since 1970. */
  add (texts: readonly string[], now: number): void {
    if (now - this.#since >= remembered || this.#young.size >= maxTexts) {
      this.#old = now - this.#since >= 2 * remembered ? new Set() : this.#young
      this.#young = new Set()
      this.#since = now
    }
    for (const text of texts) this.#young.add(text)
  }

  delete (text: string): void {
    this.#young.delete(text)
    this.#old.delete(text)
  }

  /** Whether anything was added, at a time in seconds since 1970. */
  isEmpty (now: number): boolean {
    return this.#young.size === 0 || now - this.#since >= 2 * remembered
  }

  has (text: string, now: number): boolean {
    return !this.isEmpty(now) && (this.#young.has(text) || this.#old.has(text))
  }
}
