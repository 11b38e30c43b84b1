import { InvalidDataError } from './errors.ts'
import type { Payload } from './payload.ts'
import { isPlainObject } from './values.ts'

/** What the plugin keeps of a session beside its data. */
export interface Marks {
  /** Whether the cookie outlives the browser. */
  readonly permanent: boolean
  /** The session's own lifetime in seconds, where it has one. */
  readonly lifetime: number | undefined
  /** When the session began, in seconds since 1970: kept where an absolute lifetime counts from it. */
  readonly login: number | undefined
}

/** Flask's mark of a permanent session, and the one key under which all marks of our own lie. */
export const markKeys = ['_permanent', '_typed'] as const

export const noMarks: Marks = { permanent: false, lifetime: undefined, login: undefined }

/** Takes a payload apart; undefined where the marks are none that `joinMarks` writes. */
export function splitMarks (payload: Payload): { marks: Marks, data: Payload } | undefined {
  if (!markKeys.some((key) => Object.hasOwn(payload, key))) return { marks: noMarks, data: payload }
  const { _permanent: permanent = false, _typed: own = {}, ...data } = payload
  if (!isPlainObject(own)) return undefined
  const { lifetime, login } = own
  if (!isSeconds(lifetime) || !isSeconds(login) || lifetime === 0) return undefined
  return { marks: { permanent: Boolean(permanent), lifetime, login }, data }
}

/** A mark that says nothing is not written. Throws FST_TYPED_SESSION_INVALID_DATA where the data pretend to be marks. */
export function joinMarks ({ permanent, lifetime, login }: Marks, data: Payload): Payload {
  for (const key of Object.keys(data)) refuseMark(key)
  const own = { ...(lifetime !== undefined && { lifetime }), ...(login !== undefined && { login }) }
  return {
    ...(permanent && { _permanent: true }),
    ...data,
    ...(Object.keys(own).length > 0 && { _typed: own })
  }
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

function isSeconds (value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)
}
