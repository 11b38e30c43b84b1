// Seconds that a response of ours can be under way and still carry an older cookie.
const remembered = 60
const maxTokens = 10_000

/**
 * The tokens that responses of this process replaced or deleted within the last minute. A request that brought one of
 * them and is answered later must not sign it again: the browser would go back to it.
 */
export class ReplacedTokens {
  #young = new Set<string>()
  #old = new Set<string>()
  #since = 0

  /** Remembers that one token took the place of others, at a time in seconds since 1970. */
  replace (tokens: readonly string[], by: string, now: number): void {
    if (now - this.#since >= remembered || this.#young.size >= maxTokens) {
      this.#old = now - this.#since >= 2 * remembered ? new Set() : this.#young
      this.#young = new Set()
      this.#since = now
    }
    for (const token of tokens) this.#young.add(endOf(token))
    // Within one second, a session that has the same data again has the same token again.
    this.#young.delete(endOf(by))
    this.#old.delete(endOf(by))
  }

  /** Whether one of the tokens was replaced, at a time in seconds since 1970. */
  hasAny (tokens: readonly string[], now: number): boolean {
    if (this.#young.size === 0 || now - this.#since >= 2 * remembered) return false
    return tokens.some((token) => this.#young.has(endOf(token)) || this.#old.has(endOf(token)))
  }
}

// The end of the signature tells tokens apart. A copy, since a part of a text keeps the whole of it in memory.
function endOf (token: string): string {
  return Buffer.from(token.slice(-22)).toString()
}
