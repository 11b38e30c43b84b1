import fastifyCookie from '@fastify/cookie'

/**
 * Returns the session id in a cookie of express-session or @fastify/session, or undefined if the signature is not valid.
 * Give it the value as `request.cookies` has it, and the `secret` of that library, or its list.
 *
 * @see cookie-signature, `sign()`; express-session puts `s:` in front
 * @example
 * ```ts
 * const id = readSessionId(request.cookies['connect.sid'], process.env.OLD_SECRET ?? '')
 * ```
 */
export function readSessionId (cookie: string | undefined, secret: string | readonly string[]): string | undefined {
  if (cookie === undefined) return undefined
  const signed = cookie.startsWith('s:') ? cookie.slice(2) : cookie
  for (const each of [secret].flat()) {
    const { valid, value } = fastifyCookie.unsign(signed, each)
    if (valid) return value
  }
  return undefined
}
