// From iron-session, which opens its own cookies.
import type { Adopt } from 'fastify-typed-session'
import { unsealData } from 'iron-session'
import { schema } from './app.ts'

export const fromIronSession = ({ cookieName, password }: { cookieName: string, password: string }): Adopt => async (request, reply) => {
  const cookie = request.cookies[cookieName]
  if (cookie === undefined) return undefined
  const { userId } = await unsealData<{ userId?: unknown }>(cookie, { password })
  if (userId === undefined) return undefined
  if (schema.safeParse({ userId }).success) reply.clearCookie(cookieName, { path: '/' })
  return { userId }
}
