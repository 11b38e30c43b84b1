// From cookie-session.
import type { Adopt } from 'fastify-typed-session'
import { readCookieSession } from 'fastify-typed-session/adopt'

export const fromCookieSession = (keys: readonly string[]): Adopt => (request, reply) => {
  const data = readCookieSession(request.cookies, { name: 'session', keys })
  if (data === undefined) return undefined
  reply.clearCookie('session', { path: '/' }).clearCookie('session.sig', { path: '/' })
  return { userId: data.userId }
}
