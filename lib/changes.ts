/** What is known of a session when its response is about to go out. */
export interface Outcome {
  /** The age in seconds of the accepted cookie's signature; undefined where there was none. */
  readonly age: number | undefined
  /** Whether the browser sent any cookie of the name, accepted or not. */
  readonly sent: boolean
  readonly empty: boolean
  readonly modified: boolean
  readonly deleted: boolean
  readonly permanent: boolean
  /** Whether another secret than the first signed the cookie. */
  readonly oldSecret: boolean
}

/**
 * What the response does with the cookie.
 *
 * - `keep`: nothing
 * - `write`: the session as it is now, signed now
 * - `refresh`: the same session, signed now
 * - `resign`: the same session and time, signed with the first secret
 * - `delete`: has the browser forget it
 */
export type Change = 'keep' | 'write' | 'refresh' | 'resign' | 'delete'

/** Flask's `SessionInterface.save_session` and `should_set_cookie`, with rotation beside them. */
export function decide (outcome: Outcome, refresh: { readonly eachRequest: boolean, readonly after: number }): Change {
  const { age, sent, empty, modified, deleted, permanent, oldSecret } = outcome
  if (empty && (modified || deleted)) return age !== undefined || (sent && deleted) ? 'delete' : 'keep'
  if (modified) return 'write'
  if (age === undefined) return 'keep'
  if (permanent && refresh.eachRequest && age >= refresh.after) return 'refresh'
  return oldSecret ? 'resign' : 'keep'
}
