import type { Payload } from './payload.ts'
import { isPlainObject } from './values.ts'

/** What the plugin keeps of a session beside its data. */
export interface Marks {
  /** Whether the cookie outlives the browser. */
  readonly permanent: boolean
  /** The session's own lifetime in seconds, where it has one. */
  readonly lifetime: number | undefined
}

/** Flask's mark of a permanent session, and the one key under which all marks of our own lie. */
export const markKeys = ['_permanent', '_typed'] as const

export const noMarks: Marks = { permanent: false, lifetime: undefined }

/** Takes a payload apart; undefined where the marks are none that `joinMarks` writes. */
export function splitMarks (payload: Payload): { marks: Marks, data: Payload } | undefined {
  const { _permanent: permanent = false, _typed: own = {}, ...data } = payload
  if (!isPlainObject(own)) return undefined
  const { lifetime } = own
  if (lifetime !== undefined && !isLifetime(lifetime)) return undefined
  return { marks: { permanent: Boolean(permanent), lifetime }, data }
}

/** A mark that says nothing is not written. */
export function joinMarks ({ permanent, lifetime }: Marks, data: Payload): Payload {
  return {
    ...(permanent && { _permanent: true }),
    ...data,
    ...(lifetime !== undefined && { _typed: { lifetime } })
  }
}

/** A whole number of seconds from 1. */
export function isLifetime (value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
