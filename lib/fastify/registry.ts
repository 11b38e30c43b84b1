import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { $ZodObject } from 'zod/v4/core'
import type { SessionData } from '../session/types.ts'
import { InvalidOptionError } from '../util/errors.ts'
import { registrationsKey, registrationsOf, type Registration, type Registrations } from './registration.ts'
import { SessionManager } from '../request/session-manager.ts'

/** `app.sessions`: a manager for each session, by its name. */
export type Sessions<Schemas> = {
  readonly [Name in keyof Schemas]: Schemas[Name] extends $ZodObject ? AppSessionManager<Schemas[Name]> : never
}

/** The manager of a session of an app, which also knows the app's requests. */
export class AppSessionManager<Schema extends $ZodObject> extends SessionManager<Schema> {
  readonly #registration: Registration

  constructor (registration: Registration) {
    super(registration.settings)
    this.#registration = registration
  }

  /**
   * A copy of the data of a request's session, for loggers. Never throws: undefined if there is no session, if the route
   * turns it off, or if the store has not been asked yet. It does not count as access, so the response does not vary.
   *
   * @example
   * ```ts
   * const app = Fastify({ logger: { serializers: { req: (request) => ({ url: request.url, user: app.sessions.session?.peek(request)?.userId }) } } })
   * ```
   */
  peek (request: FastifyRequest): SessionData<Schema> | undefined {
    return this.#registration.peek(request) as SessionData<Schema> | undefined
  }
}

/** The sessions of a context: its own, and those of its parents whose names it has not given anew. */
export function registrationsIn (fastify: FastifyInstance): Registration[] {
  const registrations = registrationsOf(fastify)
  const found: Registration[] = []
  for (const name in registrations) found.push(registrations[name] as Registration)
  return found
}

/**
 * Enters a session in its context. What a child context adds, its parents and siblings do not see.
 * Throws FST_TYPED_SESSION_INVALID_OPTION.
 */
export function addSession (registration: Registration): void {
  const { fastify, settings: { name, cookieName } } = registration
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
  Object.assign(fastify.sessions, { [name]: new AppSessionManager(registration) })
}
