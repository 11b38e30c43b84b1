// From iron-session, which opens its own cookies.
import type { Adopt } from 'fastify-typed-session'
import { unsealData } from 'iron-session'

export const fromIronSession = ({ cookieName, password }: { cookieName: string, password: string }): Adopt => async (request, reply) => {
  const cookie = request.cookies[cookieName]
  if (cookie === undefined) return undefined
  const { userId } = await unsealData<{ userId?: number }>(cookie, { password })
  if (userId === undefined) return undefined
  reply.clearCookie(cookieName, { path: '/' })
  return { userId }
}
