// The app after the move. How it gets at the old sessions is in the files beside this one, one for each library.
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import fastifyTypedSession, { type Adopt, type Secret, type Session } from 'fastify-typed-session'
import { z } from 'zod'

/** The old data count if they fit it. Only then does an old session end. */
export const schema = z.object({ userId: z.number().int().optional() })

// Not `Register`: some of the old packages say that `request.session` is theirs.
const sessionOf = (request: FastifyRequest) => request.getDecorator<Session<typeof schema>>('session')

export interface AppOptions {
  secret: Secret
  adopt: Adopt
  /** Registers what `adopt` needs. */
  before?: (app: FastifyInstance) => Promise<void>
}

export async function buildApp ({ secret, adopt, before }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify()
  await before?.(app)
  // Another name than the old cookie has.
  await app.register(fastifyTypedSession, { schema, secret, cookieName: 'typed-session', adopt })

  app.get('/me', async (request) => ({ userId: sessionOf(request).userId ?? null }))
  app.post('/logout', async (request) => {
    sessionOf(request).delete()
    return {}
  })
  return app
}
