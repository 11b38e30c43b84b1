/** What is known of a session when its response is about to go out. */
export interface ResponseState {
  /** Whether the browser's cookie was accepted. */
  readonly accepted: boolean
  /** Whether the browser sent any cookie of the name, accepted or not. */
  readonly hasCookie: boolean
  readonly empty: boolean
  readonly modified: boolean
  readonly deleted: boolean
  /** Whether the session slides at this response. */
  readonly slides: boolean
  /** Whether the cookie was sealed otherwise than this app seals now: with an older secret, or not encrypted. */
  readonly needsReseal: boolean
}

/** Which sessions each request prolongs. */
export type RefreshMode = 'permanent' | 'all' | 'none'
export const refreshModes = ['permanent', 'all', 'none'] as const satisfies RefreshMode[]

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
 * - `delete`: makes the browser forget it
 */
export type CookieAction = 'keep' | 'write' | 'refresh' | 'reseal' | 'delete'

/** Seconds after which a session is refreshed: as the option says, and before half of its lifetime has passed. */
export function refreshAge (option: number, lifetime: number): number {
  return Math.min(option, Math.floor(lifetime / 2))
}

/** Flask's `SessionInterface.save_session` and `should_set_cookie`, with rotation beside them. */
export function decideCookieAction (outcome: ResponseState): CookieAction {
  const { accepted, hasCookie, empty, modified, deleted, slides, needsReseal } = outcome
  if (empty && (modified || deleted)) return accepted || (hasCookie && deleted) ? 'delete' : 'keep'
  if (modified) return 'write'
  if (!accepted) return 'keep'
  if (slides) return 'refresh'
  return needsReseal ? 'reseal' : 'keep'
}

/** Whether requests prolong a session. */
export function slides (permanent: boolean, mode: RefreshMode): boolean {
  return permanent ? mode !== 'none' : mode === 'all'
}
