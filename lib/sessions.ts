import type { FastifyInstance } from 'fastify'
import type { $ZodObject } from 'zod/v4/core'
import { InvalidOptionError } from './errors.ts'
import type { SessionCodec } from './session-codec.ts'

/** `app.sessions`: for each session, by its name, what opens and seals its tokens without a request. */
export type Sessions<Schemas> = {
  readonly [Name in keyof Schemas]: Schemas[Name] extends $ZodObject ? SessionCodec<Schemas[Name]> : never
}

const ownSessions = Symbol('fastify-typed-session.sessions')

interface Holder {
  [ownSessions]?: Record<string, SessionCodec<$ZodObject>>
}

/**
 * Enters a session in the `sessions` of its context. What a child context adds, its parents and siblings do not see;
 * what they have, it sees, but for a session of the same name. Throws FST_TYPED_SESSION_INVALID_OPTION.
 */
export function addSession (fastify: FastifyInstance, name: string, codec: SessionCodec<$ZodObject>): void {
  const sessions = sessionsOf(fastify)
  if (Object.hasOwn(sessions, name)) {
    throw new InvalidOptionError(`there is a session named ${name} already: give one of the two another \`name\``)
  }
  if (!(name in sessions) && fastify.hasRequestDecorator(name)) {
    throw new InvalidOptionError(`a request has something named ${name} already: give the session another \`name\``)
  }
  for (const other in sessions) {
    if (other !== name && sessions[other]?.cookieName === codec.cookieName) {
      throw new InvalidOptionError(`the session ${other} has a cookie named ${codec.cookieName}: give one of the two another \`cookieName\``)
    }
  }
  sessions[name] = codec
}

function sessionsOf (fastify: FastifyInstance): Record<string, SessionCodec<$ZodObject>> {
  const inherited = (fastify as Holder)[ownSessions] ?? null
  if (inherited && Object.hasOwn(fastify, ownSessions)) return inherited
  const sessions = Object.create(inherited)
  fastify.decorate(ownSessions, sessions).decorate('sessions', sessions)
  return sessions
}
