import { maxCookieBytes, openToken, reopenToken, type OpenedToken, type RefusedToken, type TokenSettings } from './token.ts'

interface CachedToken {
  readonly token: string
  readonly opened: OpenedToken
}

/** Opens a token as `openToken()` does; of one that the cache knows, only the time is judged. */
export function openCached (token: string, cache: TokenCache, settings: TokenSettings, now: number): OpenedToken | RefusedToken {
  const known = cache.get(token)
  if (known !== undefined) return reopenToken(known, settings, now)
  if (token.length > maxCookieBytes) return openToken(token, settings, now)
  // A part of a text keeps the whole of it in memory, and a token is part of a header.
  const own = Buffer.from(token).toString()
  const opened = openToken(own, settings, now)
  if (opened.ok) cache.add(own, opened)
  return opened
}

// Bytes of memory, of two generations each. More would outlive V8's young generation, which costs more than it saves.
const generationWeight = 1_000_000

/**
 * The tokens that were accepted last, and what they say: a browser brings the same one again and again until it is sealed
 * anew. Only what a key has verified comes in, so no one without a key fills it; whether a token is still good is for the
 * time to say. The keys and other settings never change: `rotate()` begins a new cache.
 */
export class TokenCache {
  #young = new Map<string, CachedToken>()
  #old = new Map<string, CachedToken>()
  #weight = 0

  /** What a token says. Shared by all requests that bring it: not to be changed. */
  get (token: string): OpenedToken | undefined {
    const end = endOf(token)
    const found = this.#young.get(end)
    if (found?.token === token) return found.opened
    const old = this.#old.get(end)
    if (old?.token !== token) return undefined
    this.#keep(old)
    return old.opened
  }

  /** Takes in a text that is no part of a longer one, which it would keep in memory. */
  add (token: string, opened: OpenedToken): void {
    this.#keep({ token, opened })
  }

  #keep (cached: CachedToken): void {
    const weight = weightOf(cached)
    if (weight > generationWeight) return
    this.#weight += weight
    if (this.#weight > generationWeight) {
      this.#weight = weight
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(endOf(cached.token), cached)
  }
}

// In bytes, at most. Nothing that JSON spells takes more memory for a letter than empty objects, and what the schema makes
// of them takes as much again.
function weightOf ({ opened: { jsonLength } }: CachedToken): number {
  return 1_000 + 45 * jsonLength
}

// Of the signature or tag, which differs where anything does: a map need not walk over the whole token to find it.
function endOf (token: string): string {
  return token.slice(-22)
}
