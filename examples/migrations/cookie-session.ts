// From cookie-session.
import type { Adopt } from 'fastify-typed-session'
import { readCookieSession } from 'fastify-typed-session/adopt'
import { schema } from './app.ts'

export const fromCookieSession = (keys: readonly string[]): Adopt => (request, reply) => {
  const old = readCookieSession(request.cookies, { name: 'session', keys })
  if (old?.userId === undefined) return undefined
  const data = { userId: old.userId }
  if (schema.safeParse(data).success) reply.clearCookie('session', { path: '/' }).clearCookie('session.sig', { path: '/' })
  return data
}
