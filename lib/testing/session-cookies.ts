import type { $ZodObject } from 'zod/v4/core'
import type { SessionManager } from '../request/session-manager.ts'
import type { OpenedSession, SealOptions, SessionData } from '../session/types.ts'

/** What a test has of a response: that of `inject`, or the Response of fetch. */
export interface ResponseWithHeaders {
  /** Its headers, of which `set-cookie` counts. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | number | undefined>>
}

/**
 * Resolves to the cookies of a session with these data, for `inject`, so that no test logs in through a form. With `store`
 * or `revocation` it writes the record of the session.
 *
 * @throws what `begin()` of the manager does
 * @example
 * ```ts
 * const cookies = await sessionCookies(app.sessions.session, { userId: 12345 })
 * await app.inject({ url: '/me', cookies })
 * ```
 */
export async function sessionCookies<Schema extends $ZodObject> (
  manager: SessionManager<Schema>, data: Partial<SessionData<Schema>>, options?: SealOptions
): Promise<Record<string, string>> {
  const token = await manager.begin(data, options)
  return token === '' ? {} : { [manager.cookieName]: token }
}

/**
 * Resolves to the session that a response leaves the browser with: undefined if it sets no session cookie, so that the
 * browser keeps what it has, and the reason `absent` if it deletes it. With `store` or `revocation` it asks the store.
 *
 * @example
 * ```ts
 * const session = await sessionAfter(app.sessions.session, await app.inject({ method: 'POST', url: '/login' }))
 * ```
 */
export async function sessionAfter<Schema extends $ZodObject> (
  manager: SessionManager<Schema>, { headers }: ResponseWithHeaders
): Promise<OpenedSession<SessionData<Schema>> | undefined> {
  const cookies = headers instanceof Headers ? headers.getSetCookie() : [headers['set-cookie'] ?? []].flat().map(String)
  const start = `${manager.cookieName}=`
  // Those before it delete older cookies of other attributes.
  const cookie = cookies.findLast((each) => each.startsWith(start))
  const token = cookie?.slice(start.length).split(';', 1)[0]
  return token === undefined ? undefined : await manager.load(token || undefined)
}
