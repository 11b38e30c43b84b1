import type { ProofHeaders } from '../device-bound/binding.ts'
import type { Payload } from '../payload/payload.ts'
import type { CookieAction } from '../session/cookie-action.ts'
import type { RejectionReason } from '../session/types.ts'
import type { CookieAttributes } from '../util/cookies.ts'

/** What a session needs to know of its request, and reports to it. */
export interface RequestContext {
  /** Whether the route may only read the session. */
  readonly readOnly: boolean
  /** Whether the request prolongs the session: not if its route says so, or the browser fetches ahead. */
  readonly refreshes: boolean
  /** Whether a cookie that is sealed otherwise than today is sealed anew: not if the request was refused. */
  readonly reseals: boolean
  /** Whether the request failed: an error is being answered. */
  readonly failed: boolean
  /** Whether the plugin's onSend hook has begun to save the session for the response that is being sent. */
  readonly saved: boolean
  /** The cookie's attributes for this request. Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly attributes: CookieAttributes
  /** The request's headers. */
  readonly headers: ProofHeaders
  /** Whether the headers have been sent, so that the response cannot carry a change. */
  headersSent (): boolean
  /** Whether the app lets shared caches keep the response. */
  isPublic (): boolean
  /** The cookie was accepted; it was sealed by the secret at this place in the list, 0 being the first. */
  accepted (secretIndex: number): void
  /** The cookie was not accepted. */
  rejected (reason: RejectionReason): void
  /** The response does this with the cookie. */
  changed (action: Exclude<CookieAction, 'keep'>): void
  /** The app's `migrate` threw. */
  migrateFailed (error: unknown): void
  /** What each of the app's `adopt` functions returns; none if there is a session with these data that `adoptInto` leaves alone. */
  adoptCandidates (accepted: Payload | undefined): AsyncIterable<unknown>
  /** `adopt` returned something that cannot be a session: what is wrong with it, without a value. */
  adoptRejected (problem: string): void
}
