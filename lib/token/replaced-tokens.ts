import { RecentSet } from '../util/recent-set.ts'

/**
 * The tokens that responses of this process replaced or deleted within the last minute. A request that brought one of
 * them and is answered later must not sign it again: the browser would go back to it.
 */
export class ReplacedTokens {
  readonly #ends = new RecentSet()

  /** Remembers that one token took the place of others, at a time in seconds since 1970. */
  replace (tokens: readonly string[], by: string, now: number): void {
    this.#ends.add(tokens.map((token) => copyOf(endOf(token))), now)
    // Within one second, a session that has the same data again has the same token again.
    this.#ends.delete(endOf(by))
  }

  /** Whether one of the tokens was replaced, at a time in seconds since 1970. */
  hasAny (tokens: readonly string[], now: number): boolean {
    return !this.#ends.isEmpty(now) && tokens.some((token) => this.#ends.has(endOf(token), now))
  }
}

// The end of the signature tells tokens apart.
function endOf (token: string): string {
  return token.slice(-22)
}

// A part of a text keeps the whole of it in memory.
function copyOf (text: string): string {
  return Buffer.from(text).toString()
}
