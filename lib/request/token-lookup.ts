import { maxCookieBytes, openToken, reopenToken, type OpenedToken, type RefusedToken } from '../token/token.ts'
import { maxTokens } from '../util/cookies.ts'
import { StoreUnavailableError } from '../util/errors.ts'
import type { SessionBackend, LoadedSession } from '../backend/backend.ts'
import type { Settings } from '../options/options.ts'
import type { RejectedSession } from '../session/types.ts'

/** The session that a request's tokens stand for. Its data are shared with other requests: not to be changed. */
export function openFirstValid (tokens: readonly string[], settings: Settings, now: number): OpenedToken | RejectedSession {
  if (tokens.length > maxTokens) return { ok: false, reason: 'ambiguous' }
  return pickOnlyValid(tokens.map((token) => openAgain(token, settings, now)))
}

function openAgain (token: string, settings: Settings, now: number): OpenedToken | RefusedToken {
  const known = settings.tokenCache.get(token)
  if (known !== undefined) return reopenToken(known, settings, now)
  if (token.length > maxCookieBytes) return openToken(token, settings, now)
  // A part of a text keeps the whole of it in memory, and a token is part of a header.
  const own = Buffer.from(token).toString()
  const opened = openToken(own, settings, now)
  if (opened.ok) settings.tokenCache.add(own, opened)
  return opened
}

/** The same, where a store has to be asked. Rejects with FST_TYPED_SESSION_STORE_UNAVAILABLE. */
export async function loadFirstValid (
  tokens: readonly string[], settings: Settings, backend: SessionBackend, now: number
): Promise<(OpenedToken & LoadedSession) | RejectedSession> {
  if (tokens.length > maxTokens) return { ok: false, reason: 'ambiguous' }
  try {
    return pickOnlyValid(await Promise.all(tokens.map(async (token) => {
      const opened = openToken(token, settings.opening, now)
      return opened.ok ? await backend.load(opened) : opened
    })))
  } catch (error) {
    if (settings.anonymousOnError && error instanceof StoreUnavailableError) return { ok: false, reason: 'unavailable', cause: error }
    throw error
  }
}

// A good token counts, though a bad one of the same name stands before it; of two good ones, neither does.
function pickOnlyValid<Good extends OpenedToken> (results: ReadonlyArray<Good | RejectedSession>): Good | RejectedSession {
  let found: Good | RejectedSession = { ok: false, reason: 'absent' }
  for (const result of results) {
    if (found.ok && result.ok) return { ok: false, reason: 'ambiguous' }
    if (!found.ok && (result.ok || found.reason === 'absent')) found = result
  }
  return found
}
