import type { FastifyInstance } from 'fastify'
import type { $ZodObject } from 'zod/v4/core'
import type { WriteCookie } from '../util/cookies.ts'
import { InvalidOptionError } from '../util/errors.ts'
import type { Settings } from '../options/options.ts'
import type { SessionManager } from '../request/session-manager.ts'

/** `app.sessions`: for each session, by its name, what opens and seals its tokens without a request. */
export type Sessions<Schemas> = {
  readonly [Name in keyof Schemas]: Schemas[Name] extends $ZodObject ? SessionManager<Schemas[Name]> : never
}

/** One call of `register`. */
export interface Registration {
  readonly fastify: FastifyInstance
  readonly settings: Settings
  readonly manager: SessionManager<$ZodObject>
  readonly writeCookie: WriteCookie
  /** Where the request keeps its session: no other registration's. */
  readonly key: symbol
  /** Where the reply keeps the Set-Cookie that was sent: onSend runs again after an error in it. */
  readonly setCookieSlot: symbol
  /** What the log has been told of already. */
  readonly warnings: Set<string>
  /** How many sessions were handed out. */
  handedOut: number
}

type Registrations = Record<string, Registration>

const registrationsKey = Symbol('fastify-typed-session.registrations')

/** The sessions of a context: its own, and those of its parents whose names it has not given anew. */
export function registrationsIn (fastify: FastifyInstance): Registration[] {
  const registrations = registrationsOf(fastify)
  const found: Registration[] = []
  for (const name in registrations) found.push(registrations[name] as Registration)
  return found
}

/** Whether a session is one of a context: not where a child has its own of that name. */
export function isIn (fastify: FastifyInstance, registration: Registration): boolean {
  return registrationsOf(fastify)?.[registration.settings.name] === registration
}

function registrationsOf (fastify: FastifyInstance): Registrations | undefined {
  return (fastify as unknown as { [registrationsKey]?: Registrations })[registrationsKey]
}

/**
 * Enters a session in its context. What a child context adds, its parents and siblings do not see.
 * Throws FST_TYPED_SESSION_INVALID_OPTION.
 */
export function addSession (registration: Registration): void {
  const { fastify, settings: { name, cookieName }, manager } = registration
  if (!Object.hasOwn(fastify, registrationsKey)) {
    const inherited = registrationsOf(fastify) ?? null
    fastify.decorate('sessions', Object.create(inherited && fastify.sessions))
    fastify.decorate(registrationsKey, Object.create(inherited))
  }
  const registrations = registrationsOf(fastify) as Registrations
  if (Object.hasOwn(registrations, name)) {
    throw new InvalidOptionError(`there is a session named ${name} already: give one of the two another \`name\``)
  }
  if (!(name in registrations) && fastify.hasRequestDecorator(name)) {
    throw new InvalidOptionError(`a request has something named ${name} already: give the session another \`name\``)
  }
  for (const other in registrations) {
    if (other !== name && registrations[other]?.settings.cookieName === cookieName) {
      throw new InvalidOptionError(`the session ${other} has a cookie named ${cookieName}: give one of the two another \`cookieName\``)
    }
  }
  registrations[name] = registration
  Object.assign(fastify.sessions, { [name]: manager })
}
