// From @fastify/session or express-session, with sessions in Redis by connect-redis. The cookie's name is `sessionId` or
// `connect.sid`, unless the old app had set another.
import type { RedisStore } from 'connect-redis'
import type { Adopt } from 'fastify-typed-session'
import { readSessionId } from 'fastify-typed-session/adopt'
import { schema } from './app.ts'

export interface OldSessions {
  store: RedisStore
  cookieName: 'sessionId' | 'connect.sid'
  secret: string | string[]
}

export const fromRedisSession = ({ store, cookieName, secret }: OldSessions): Adopt => async (request, reply) => {
  const id = readSessionId(request.cookies[cookieName], secret)
  const old: unknown = id === undefined ? undefined : await store.get(id)
  if (id === undefined || typeof old !== 'object' || old === null || !('userId' in old)) return undefined
  const data = { userId: old.userId }
  if (schema.safeParse(data).success) {
    await store.destroy(id)
    reply.clearCookie(cookieName, { path: '/' })
  }
  return data
}
