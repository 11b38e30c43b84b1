import { cookieBytes, maxCookieBytes, open, pack, reopen, seal, type Before, type Format, type Opened, type Refused } from '../token/token.ts'
import { StoreUnavailableError, TooLargeError } from '../util/errors.ts'
import type { Keeper, Kept } from '../backend/backend.ts'
import { noMarks, type Marks } from '../token/metadata.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { convert } from '../payload/python-types.ts'
import type { RejectedSession } from '../session/types.ts'

// Each costs an authentication code a secret, and a header has room for hundreds. No browser of ours has so many.
const maxTokens = 8

/** The session that a request's tokens stand for. Its data are shared with other requests: not to be changed. */
export function findToken (tokens: readonly string[], settings: Settings, now: number): Opened | RejectedSession {
  if (tokens.length > maxTokens) return { ok: false, reason: 'ambiguous' }
  return choose(tokens.map((token) => openAgain(token, settings, now)))
}

function openAgain (token: string, settings: Settings, now: number): Opened | Refused {
  const known = settings.verified.get(token)
  if (known !== undefined) return reopen(known, settings, now)
  if (token.length > maxCookieBytes) return open(token, settings, now)
  // A part of a text keeps the whole of it in memory, and a token is part of a header.
  const own = Buffer.from(token).toString()
  const opened = open(own, settings, now)
  if (opened.ok) settings.verified.add(own, opened)
  return opened
}

/** The same, where a store has to be asked. Rejects with FST_TYPED_SESSION_STORE_UNAVAILABLE. */
export async function loadToken (
  tokens: readonly string[], settings: Settings, keeper: Keeper, now: number
): Promise<(Opened & Kept) | RejectedSession> {
  if (tokens.length > maxTokens) return { ok: false, reason: 'ambiguous' }
  try {
    return choose(await Promise.all(tokens.map(async (token) => {
      const opened = open(token, settings.opening, now)
      return opened.ok ? await keeper.load(opened) : opened
    })))
  } catch (error) {
    if (settings.anonymousOnError && error instanceof StoreUnavailableError) return { ok: false, reason: 'unavailable', cause: error }
    throw error
  }
}

// A good token counts, though a bad one of the same name stands before it; of two good ones, neither does.
function choose<Good extends Opened> (results: ReadonlyArray<Good | RejectedSession>): Good | RejectedSession {
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
export function sealData (data: Payload, marks: Marks, settings: Settings, now: number, before?: Before): string {
  const encoded = encodeData(data, settings)
  const token = seal(pack(marks, encoded, settings.format, before), settings, now)
  const size = cookieBytes(settings.cookieName, token)
  if (size > maxCookieBytes) throw new TooLargeError(size, maxCookieBytes, largestKeys(encoded, settings.format))
  return token
}

function largestKeys (data: Payload, format: Format): string {
  return Object.keys(data)
    .map((key) => ({ key, bytes: pack(noMarks, { [key]: data[key] }, format).length }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ key, bytes }) => `${key} (${bytes} bytes)`)
    .join(', ')
}
