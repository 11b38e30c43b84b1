/** What is known of a session when its response is about to go out. */
export interface ResponseState {
  /** The age in seconds of the accepted cookie's signature; undefined where there was none. */
  readonly age: number | undefined
  /** Whether the browser sent any cookie of the name, accepted or not. */
  readonly hasCookie: boolean
  readonly empty: boolean
  readonly modified: boolean
  readonly deleted: boolean
  readonly permanent: boolean
  /** Whether the cookie was sealed otherwise than this app seals now: with an older secret, or not encrypted. */
  readonly needsReseal: boolean
}

/** Which sessions a request prolongs. */
export const refreshModes = ['permanent', 'all', 'none'] as const
export type RefreshMode = (typeof refreshModes)[number]

/** When sessions that nobody changes are signed again. */
export interface RefreshPolicy {
  readonly mode: RefreshMode
  /** Seconds that a signature must be old. */
  readonly after: number
}

/**
 * What the response does with the cookie.
 *
 * - `keep`: nothing
 * - `write`: the session as it is now, signed now
 * - `refresh`: the same session, signed now
 * - `reseal`: the same session and time, sealed as this app seals now
 * - `delete`: has the browser forget it
 */
export type CookieAction = 'keep' | 'write' | 'refresh' | 'reseal' | 'delete'

/** Flask's `SessionInterface.save_session` and `should_set_cookie`, with rotation beside them. */
export function decideCookieAction (outcome: ResponseState, refresh: RefreshPolicy): CookieAction {
  const { age, hasCookie, empty, modified, deleted, permanent, needsReseal } = outcome
  if (empty && (modified || deleted)) return age !== undefined || (hasCookie && deleted) ? 'delete' : 'keep'
  if (modified) return 'write'
  if (age === undefined) return 'keep'
  if (isRefreshDue(age, permanent, refresh)) return 'refresh'
  return needsReseal ? 'reseal' : 'keep'
}

/** Whether a session slides at this request. `age` in seconds. */
export function isRefreshDue (age: number, permanent: boolean, refresh: RefreshPolicy): boolean {
  return (permanent ? refresh.mode !== 'none' : refresh.mode === 'all') && age >= refresh.after
}
