import type { $ZodObject } from 'zod/v4/core'
import type { SessionManager } from '../request/session-manager.ts'
import type { OpenedSession, SealOptions, SessionData } from '../session/types.ts'

/** What a test has of a response: that of `inject`, or the Response of fetch. */
export interface ResponseWithHeaders {
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | number | undefined>>
}

/**
 * The cookies of someone with these data in the session, for `inject`: no test needs to log in through a form.
 * Throws as `seal` does.
 *
 * ```ts
 * await app.inject({ url: '/me', cookies: sessionCookies(app.sessions.session, { userId: 12345 }) })
 * ```
 */
export function sessionCookies<Schema extends $ZodObject> (
  codec: SessionManager<Schema>, data: Partial<SessionData<Schema>>, options?: SealOptions
): Record<string, string> {
  return { [codec.cookieName]: codec.seal(data, options) }
}

/**
 * The session that a response leaves the browser with: undefined where it says nothing of it, so that the browser
 * keeps what it has, and `absent` where it deletes it.
 */
export function sessionAfter<Schema extends $ZodObject> (
  codec: SessionManager<Schema>, { headers }: ResponseWithHeaders
): OpenedSession<SessionData<Schema>> | undefined {
  const cookies = headers instanceof Headers ? headers.getSetCookie() : [headers['set-cookie'] ?? []].flat().map(String)
  const start = `${codec.cookieName}=`
  // Those before it delete older cookies of other attributes.
  const cookie = cookies.findLast((each) => each.startsWith(start))
  const token = cookie?.slice(start.length).split(';', 1)[0]
  return token === undefined ? undefined : codec.open(token || undefined)
}
