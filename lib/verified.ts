import type { Opened } from './codec.ts'

interface Verified {
  readonly token: string
  readonly opened: Opened
}

// Two generations of so many are kept.
const generation = 1_000

/**
 * The tokens that were accepted last, and what they say: a browser brings the same one again and again until it is sealed
 * anew. Holds only what requests brought and a key has verified, so no one without a key fills it; whether a token is
 * still good is for the time to say. The options, keys included, are those of one registration and never change.
 */
export class VerifiedTokens {
  #young = new Map<string, Verified>()
  #old = new Map<string, Verified>()

  /** What a token says. Shared by all requests that bring it: not to be changed. */
  get (token: string): Opened | undefined {
    const end = endOf(token)
    const found = this.#young.get(end)
    if (found?.token === token) return found.opened
    const old = this.#old.get(end)
    if (old?.token !== token) return undefined
    this.#keep(end, old)
    return old.opened
  }

  add (token: string, opened: Opened): void {
    this.#keep(endOf(token), { token, opened })
  }

  #keep (end: string, verified: Verified): void {
    if (this.#young.size === generation) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(end, verified)
  }
}

// Of the signature or tag, which differs where anything does: a map need not walk over the whole token to find it.
function endOf (token: string): string {
  return token.slice(-22)
}
