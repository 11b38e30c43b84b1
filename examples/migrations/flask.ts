// From sessions that Flask made, or this plugin in Flask's format, to the default format.
import { createSessionManager, type Adopt, type Secret } from 'fastify-typed-session'
import { z } from 'zod'

export const fromFlask = (secret: Secret): Adopt => {
  const flask = createSessionManager({ schema: z.object({ user_id: z.number().int().optional() }), secret, format: 'flask' })
  return (request, reply) => {
    const old = flask.open(request.headers.cookie)
    if (!old.ok || old.data.user_id === undefined) return undefined
    reply.clearCookie(flask.cookieName, { path: '/' })
    return { userId: old.data.user_id, _permanent: old.permanent }
  }
}
