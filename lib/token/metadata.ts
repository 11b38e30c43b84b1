import { isScope, type CookieScope } from '../util/cookie-scope.ts'
import { InvalidDataError, InvalidLifetimeError, InvalidOptionError } from '../util/errors.ts'
import type { Payload } from '../payload/payload.ts'
import { isPlainObject, withoutUndefined } from '../util/objects.ts'

/** What the plugin keeps of a session beside its data. */
export interface Metadata {
  /** Whether the cookie outlives the browser. */
  readonly permanent: boolean
  /** The session's own lifetime in seconds, where it has one. */
  readonly lifetime: number | undefined
  /** When the session began, in seconds since 1970: kept where an absolute lifetime counts from it. */
  readonly authenticatedAt: number | undefined
  /** The session's own absolute lifetime in seconds, counted from then, where it has one. */
  readonly absoluteLifetime?: number | undefined
  /** How the user authenticated then, where the app said so. */
  readonly methods?: readonly string[] | undefined
  /** Where a store has records of sessions: which one is this session's. */
  readonly id?: string | undefined
  /** What a cookie must bring to be that session's: `regenerate()` changes it. */
  readonly key?: string | undefined
  /** The device that the session is, or may become, bound to. */
  readonly device?: string | undefined
  /** Whether the device has registered its key, so that the session is nothing without proof of it. */
  readonly bound?: true | undefined
  /** The scope that the cookie was set with. Not known in Flask's format, where Flask may have set it. */
  readonly scope?: CookieScope | undefined
}

/** The metadata of a session that has, or is to have, a record in a store. */
export interface IdentifiedMetadata extends Metadata {
  readonly authenticatedAt: number
  readonly id: string
  readonly key: string
}

/** Flask's mark of a permanent session, and the one key under which all metadata of our own lie. */
export const reservedKeys = ['_permanent', '_typed'] as const

export const emptyMetadata: Metadata = { permanent: false, lifetime: undefined, authenticatedAt: undefined }

/** Takes a payload apart; undefined if the metadata are not as `attachMetadata` writes them. */
export function extractMetadata (payload: Payload): { metadata: Metadata, data: Payload } | undefined {
  if (!reservedKeys.some((key) => Object.hasOwn(payload, key))) return { metadata: emptyMetadata, data: payload }
  const { _permanent: permanent = false, _typed: own = {}, ...data } = payload
  if (!isPlainObject(own)) return undefined
  const { lifetime, login: authenticatedAt, absolute: absoluteLifetime, amr: methods, id, key, device, bound, scope } = own
  if (!isSeconds(lifetime) || !isSeconds(authenticatedAt) || lifetime === 0) return undefined
  if (!isSeconds(absoluteLifetime) || absoluteLifetime === 0 || !(methods === undefined || isMethods(methods))) return undefined
  // Both are of the time that the user authenticated at.
  if (authenticatedAt === undefined && (absoluteLifetime !== undefined || methods !== undefined)) return undefined
  if (!isName(id) || !isName(key)) return undefined
  if (!isName(device) || !isMark(bound) || !isScope(scope)) return undefined
  const names = withoutUndefined({ absoluteLifetime, methods, id, key, device, bound, scope })
  return { metadata: { permanent: Boolean(permanent), lifetime, authenticatedAt, ...names }, data }
}

/** A mark that says nothing is not written. Throws FST_TYPED_SESSION_INVALID_DATA where the data pretend to be metadata. */
export function attachMetadata (metadata: Metadata, data: Payload): Payload {
  for (const key of reservedKeys) if (Object.hasOwn(data, key)) refuseReservedKey(key)
  if (sayNothing(metadata)) return data
  const { permanent, lifetime, authenticatedAt, absoluteLifetime, methods, id, key, device, bound, scope } = metadata
  const own = withoutUndefined({ lifetime, login: authenticatedAt, absolute: absoluteLifetime, amr: methods, id, key, device, bound, scope })
  return { ...(permanent && { _permanent: true }), ...data, ...(Object.keys(own).length > 0 && { _typed: own }) }
}

function sayNothing (metadata: Metadata): boolean {
  for (const key in metadata) if (metadata[key as keyof Metadata] !== undefined && metadata[key as keyof Metadata] !== false) return false
  return true
}

/** Throws where a key of the data is a mark's: foreign data, merged into a session, must not change its lifetime. */
export function refuseReservedKey (key: string): void {
  if (isReservedKey(key)) throw new InvalidDataError(`${key} (a name that the session needs itself)`)
}

export function isReservedKey (key: string): boolean {
  return (reservedKeys as readonly string[]).includes(key)
}

/** A whole number of seconds from 1. */
export function isLifetime (value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

/** Throws FST_TYPED_SESSION_INVALID_LIFETIME for a lifetime that a session cannot have; undefined is the longest. */
export function checkLifetime (name: 'lifetime' | 'absoluteLifetime', lifetime: number | undefined, max: number): void {
  if (lifetime !== undefined && !(isLifetime(lifetime) && lifetime <= max)) throw new InvalidLifetimeError(name, max)
}

/** Whether a session is to be permanent; undefined is the default. Throws FST_TYPED_SESSION_INVALID_OPTION, for 'false' too. */
export function checkPermanent (permanent: unknown): boolean {
  if (typeof permanent === 'boolean' || permanent === undefined) return permanent === true
  throw new InvalidOptionError('`session.permanent` must be true or false')
}

/** A method, or a list of them, as a list; undefined if there is none. Throws FST_TYPED_SESSION_INVALID_OPTION. */
export function checkMethods (method: unknown): readonly string[] | undefined {
  const methods = method === undefined ? [] : [method].flat()
  if (!isMethods(methods)) throw new InvalidOptionError('`method` must be a name of 1 to 64 characters, or a list of at most 8 such names')
  return methods.length > 0 ? methods : undefined
}

// At most eight, so that they fit into a cookie.
function isMethods (value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 8 &&
    value.every((each) => typeof each === 'string' && each.length >= 1 && each.length <= 64)
}

function isName (value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && /^[\w-]{8,43}$/.test(value))
}

function isMark (value: unknown): value is true | undefined {
  return value === undefined || value === true
}

function isSeconds (value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)
}
