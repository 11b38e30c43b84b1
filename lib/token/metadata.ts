import { InvalidDataError, InvalidLifetimeError } from '../util/errors.ts'
import type { Payload } from '../payload/payload.ts'
import { isPlainObject, withoutUndefined } from '../util/objects.ts'

/** What the plugin keeps of a session beside its data. */
export interface Marks {
  /** Whether the cookie outlives the browser. */
  readonly permanent: boolean
  /** The session's own lifetime in seconds, where it has one. */
  readonly lifetime: number | undefined
  /** When the session began, in seconds since 1970: kept where an absolute lifetime counts from it. */
  readonly login: number | undefined
  /** Where sessions are kept or revoked by a store: which session this is. */
  readonly id?: string | undefined
  /** The epoch of all sessions, and that of its subject's, in which it began. */
  readonly era?: string | undefined
  readonly epoch?: string | undefined
}

/** Flask's mark of a permanent session, and the one key under which all marks of our own lie. */
export const markKeys = ['_permanent', '_typed'] as const

export const noMarks: Marks = { permanent: false, lifetime: undefined, login: undefined }

/** Takes a payload apart; undefined where the marks are none that `joinMarks` writes. */
export function splitMarks (payload: Payload): { marks: Marks, data: Payload } | undefined {
  if (!markKeys.some((key) => Object.hasOwn(payload, key))) return { marks: noMarks, data: payload }
  const { _permanent: permanent = false, _typed: own = {}, ...data } = payload
  if (!isPlainObject(own)) return undefined
  const { lifetime, login, id, era, epoch } = own
  if (!isSeconds(lifetime) || !isSeconds(login) || lifetime === 0) return undefined
  if (!isName(id) || !isName(era) || !isName(epoch)) return undefined
  const names = { ...(id !== undefined && { id }), ...(era !== undefined && { era }), ...(epoch !== undefined && { epoch }) }
  return { marks: { permanent: Boolean(permanent), lifetime, login, ...names }, data }
}

/** A mark that says nothing is not written. Throws FST_TYPED_SESSION_INVALID_DATA where the data pretend to be marks. */
export function joinMarks (marks: Marks, data: Payload): Payload {
  for (const key of markKeys) if (Object.hasOwn(data, key)) refuseMark(key)
  if (sayNothing(marks)) return data
  const { permanent, ...others } = marks
  const own = withoutUndefined(others)
  return { ...(permanent && { _permanent: true }), ...data, ...(Object.keys(own).length > 0 && { _typed: own }) }
}

function sayNothing (marks: Marks): boolean {
  for (const key in marks) if (marks[key as keyof Marks] !== undefined && marks[key as keyof Marks] !== false) return false
  return true
}

/** Throws where a key of the data is a mark's: foreign data, merged into a session, must not change its lifetime. */
export function refuseMark (key: string): void {
  if (isMark(key)) throw new InvalidDataError(`${key} (a name that the session needs itself)`)
}

export function isMark (key: string): boolean {
  return (markKeys as readonly string[]).includes(key)
}

/** A whole number of seconds from 1. */
export function isLifetime (value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

/** Throws FST_TYPED_SESSION_INVALID_LIFETIME for what is no lifetime that a session can have; undefined is the longest. */
export function checkLifetime (lifetime: number | undefined, max: number): void {
  if (lifetime !== undefined && !(isLifetime(lifetime) && lifetime <= max)) throw new InvalidLifetimeError(max)
}

function isName (value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && /^[\w-]{8,43}$/.test(value))
}

function isSeconds (value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)
}
