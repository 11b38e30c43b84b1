import { cookieBytes, maxCookieBytes, openToken, encodeBody, reopenToken, sealToken, type ReceivedPayload, type Format, type OpenedToken, type RefusedToken } from '../token/token.ts'
import { maxTokens } from '../util/cookies.ts'
import { StoreUnavailableError, TooLargeError } from '../util/errors.ts'
import type { SessionBackend, LoadedSession } from '../backend/backend.ts'
import { emptyMetadata, type Metadata } from '../token/metadata.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { convert } from '../payload/python-types.ts'
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

/** Validates and encodes what is to be kept. Throws FST_TYPED_SESSION_INVALID_DATA. */
export function encodeData (data: Payload, { schema }: Settings): Payload {
  return convert(data, (plain) => schema.encode(plain))
}

/**
 * The token of a session's data, sealed at a time in seconds; `before` is what came. Throws FST_TYPED_SESSION_INVALID_DATA,
 * FST_TYPED_SESSION_UNSERIALIZABLE and FST_TYPED_SESSION_TOO_LARGE.
 */
export function sealData (data: Payload, metadata: Metadata, settings: Settings, now: number, before?: ReceivedPayload): string {
  const encoded = encodeData(data, settings)
  const token = sealToken(encodeBody(metadata, encoded, settings.format, before), settings, now)
  const size = cookieBytes(settings.cookieName, token)
  if (size > maxCookieBytes) throw new TooLargeError(size, maxCookieBytes, largestKeys(encoded, settings.format))
  return token
}

function largestKeys (data: Payload, format: Format): string {
  return Object.keys(data)
    .map((key) => ({ key, bytes: encodeBody(emptyMetadata, { [key]: data[key] }, format).length }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ key, bytes }) => `${key} (${bytes} bytes)`)
    .join(', ')
}
