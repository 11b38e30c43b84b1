import { openCached } from '../token/token-cache.ts'
import { openToken, type OpenedToken } from '../token/token.ts'
import { isSameScope, type CookieScope } from '../util/cookie-scope.ts'
import { maxTokens } from '../util/cookies.ts'
import { StoreUnavailableError } from '../util/errors.ts'
import type { SessionBackend, LoadedSession } from '../backend/backend.ts'
import type { Settings } from '../options/options.ts'
import { refreshAge } from '../session/cookie-action.ts'
import type { RejectedSession } from '../session/types.ts'
import { equalRecords } from '../util/objects.ts'

/** A token that was accepted, and what a store has of its session. */
export type FoundToken = OpenedToken & Partial<LoadedSession>

const tooMany: RejectedSession = { ok: false, reason: 'ambiguous' }

/** Opens the tokens of a request. Their data are shared with other requests and must not be changed. */
export function openTokens (tokens: readonly string[], settings: Settings, now: number): Array<OpenedToken | RejectedSession> {
  if (tokens.length > maxTokens) return [tooMany]
  return tokens.map((token) => openCached(token, settings.tokenCache, settings, now))
}

/** The same with a store, which is asked. Rejects with FST_TYPED_SESSION_STORE_UNAVAILABLE. */
export async function loadTokens (
  tokens: readonly string[], settings: Settings, backend: SessionBackend, now: number
): Promise<Array<(OpenedToken & LoadedSession) | RejectedSession>> {
  if (tokens.length > maxTokens) return [tooMany]
  try {
    return await loadAllTokens(tokens, settings, backend, now)
  } catch (error) {
    if (settings.anonymousOnError && error instanceof StoreUnavailableError) return [{ ok: false, reason: 'unavailable', cause: error }]
    throw error
  }
}

/** The same however many they are, and whatever `onStoreError` says. */
export async function loadAllTokens (
  tokens: readonly string[], settings: Settings, backend: SessionBackend, now: number
): Promise<Array<(OpenedToken & LoadedSession) | RejectedSession>> {
  return await Promise.all(tokens.map(async (token) => {
    const opened = openToken(token, settings.opening, now)
    return opened.ok ? await backend.load(opened, now) : opened
  }))
}

/**
 * The session that a request's tokens stand for. A good token counts, whatever bad ones of the same name come with it. Of
 * several good ones, those that were set in another scope than today's give way, since a deploy left them behind. The
 * newest of the rest counts if all are of one session; otherwise somebody planted one, and none does.
 */
export function pickSession<Good extends OpenedToken> (
  results: ReadonlyArray<Good | RejectedSession>, currentScope: () => CookieScope | undefined
): Good | RejectedSession {
  if (results.length === 1) return results[0]!
  const good = results.filter((result) => result.ok)
  if (good.length < 2) return good[0] ?? results[0] ?? { ok: false, reason: 'absent' }
  const scope = currentScope()
  const current = good.filter(({ metadata }) => isSameScope(metadata.scope, scope))
  const candidates = current.length > 0 ? current : good
  const newest = candidates.reduce((a, b) => b.signedAt > a.signedAt ? b : a)
  return candidates.every((each) => isSameSession(each, newest)) ? newest : { ok: false, reason: 'ambiguous' }
}

function isSameSession (a: OpenedToken, b: OpenedToken): boolean {
  if (a.metadata.id !== undefined) return a.metadata.id === b.metadata.id
  return equalRecords({ ...a.metadata, scope: undefined }, { ...b.metadata, scope: undefined }) && equalRecords(a.data, b.data)
}

/** Whether a session is old enough to be refreshed: its signature or, where the record has the data, its record. */
export function isDue ({ kept, signedAt, metadata }: FoundToken, { dataInCookie, lifetime, refresh }: Settings, now: number): boolean {
  const since = kept === undefined || dataInCookie ? signedAt : kept.record.seen
  return now - since >= refreshAge(refresh.after, Math.min(metadata.lifetime ?? Infinity, lifetime))
}
