import type { DeviceBinding } from '../device-bound/binding.ts'
import type { Settings } from '../options/options.ts'
import { encodePlain } from '../payload/python-types.ts'
import type { Payload } from '../payload/payload.ts'
import type { ReceivedData } from '../schema/schema.ts'
import type { CookieAction } from '../session/cookie-action.ts'
import { emptyMetadata, type Metadata } from '../token/metadata.ts'
import {
  cookieBytes, encodeBody, expiry, maxCookieBytes, sealToken, type Format, type OpenedToken, type ReceivedPayload
} from '../token/token.ts'
import { isSameScope, type CookieScope } from '../util/cookie-scope.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { TooLargeError } from '../util/errors.ts'

/** What a response does with the cookie. */
export interface CookieChange extends SealedToken {
  readonly action: CookieAction
  /** Seconds since 1970. */
  readonly now: number
  readonly attributes: CookieAttributes
  /** The scopes of other cookies of the session that the browser has, or may have: the response expires them. */
  readonly expired: ReadonlyArray<CookieScope | undefined>
  /** What offers browsers to bind a session that begins. */
  readonly offer?: { readonly binding: DeviceBinding, readonly challenge: string } | undefined
}

export interface SealedToken {
  /** Empty if the cookie is deleted or left alone. */
  readonly token: string
  /** Seconds until the browser drops the cookie; undefined for when it closes. */
  readonly expiresIn: number | undefined
}

/**
 * Seals a session as it is now, as of a time; `before` is what came. Throws FST_TYPED_SESSION_INVALID_DATA,
 * FST_TYPED_SESSION_UNSERIALIZABLE and FST_TYPED_SESSION_TOO_LARGE.
 */
export function sealWrite (
  data: Payload, metadata: Metadata, settings: Settings, signedAt: number, now: number,
  before: ReceivedPayload | undefined, received: ReceivedData | undefined
): SealedToken {
  const token = settings.dataInCookie
    ? sealData(data, metadata, settings, signedAt, before, received)
    : sealToken(encodeId(metadata), settings, signedAt)
  return withExpiry(token, metadata, settings, signedAt, now)
}

/** Seals a session that nobody changed, for a cookie in a scope, at the time of its signature or a new one. */
export function sealAgain (
  found: OpenedToken, scope: CookieScope | undefined, settings: Settings, signedAt: number, now: number
): SealedToken {
  const { data } = found
  const metadata = withScope(found.metadata, scope)
  const body = (isSameScope(found.metadata.scope, scope) ? found.body : undefined) ?? (settings.dataInCookie ? encodeBody(metadata, data, settings.format, found) : encodeId(metadata))
  return withExpiry(sealToken(body, settings, signedAt), metadata, settings, signedAt, now)
}

/** The metadata of a cookie in a scope. Most have none: a copy with one more property costs more than the signature. */
export function withScope (metadata: Metadata, scope: CookieScope | undefined): Metadata {
  return metadata.scope === scope ? metadata : { ...metadata, scope }
}

function withExpiry (token: string, metadata: Metadata, settings: Settings, signedAt: number, now: number): SealedToken {
  return { token, expiresIn: metadata.permanent ? Math.max(0, expiry(signedAt, metadata, settings) - now) : undefined }
}

// All that a cookie carries when a store has the data.
function encodeId ({ id, key, scope }: Metadata): string {
  return encodeBody({ ...emptyMetadata, id, key, scope }, {})
}

/** Validates and encodes data. Throws FST_TYPED_SESSION_INVALID_DATA. */
export function encodeData (data: Payload, { schema }: Settings, received?: ReceivedData): Payload {
  return encodePlain(data, (plain) => schema.encode(plain, received))
}

/** Throws as `sealWrite()` does if a session could not be saved, in the cookie or in a store. */
export function assertSavable (data: Payload, metadata: Metadata, settings: Settings, received: ReceivedData | undefined): void {
  if (settings.dataInCookie) sealData(data, metadata, settings, 0, undefined, received)
  else encodeBody(metadata, encodeData(data, settings, received))
}

/** The token of a session's data. Throws as `sealWrite()` does. */
export function sealData (
  data: Payload, metadata: Metadata, settings: Settings, signedAt: number, before?: ReceivedPayload, received?: ReceivedData
): string {
  const encoded = encodeData(data, settings, received)
  const token = sealToken(encodeBody(metadata, encoded, settings.format, before), settings, signedAt)
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
