import type { FastifyInstance, FastifyRequest } from 'fastify'
import { InvalidOptionError } from '../util/errors.ts'
import { registrationsKey, registrationsOf, type Registration, type Registrations } from './registration.ts'
import { SessionManager } from '../request/session-manager.ts'
import type { DescriptionOf, SchemaOf } from '../session/types.ts'

/** `app.sessions`: a manager for each session, by its name. */
export type Sessions<Registered> = {
  readonly [Name in keyof Registered]: [SchemaOf<Registered[Name]>] extends [never]
    ? never
    : SessionManager<SchemaOf<Registered[Name]>, DescriptionOf<Registered[Name]>>
}

/** The sessions of a context: its own, and those of its parents whose names it has not used again. */
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
  const { fastify, settings: { name }, cookieNames } = registration
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
    const taken = other === name ? undefined : registrations[other]?.cookieNames.find((each) => cookieNames.includes(each))
    if (taken !== undefined) throw new InvalidOptionError(`the session ${other} has a cookie named ${taken}: give one of the two another \`cookieName\``)
  }
  registrations[name] = registration
  Object.assign(fastify.sessions, { [name]: new SessionManager(registration.shared, (request) => registration.peek(request as FastifyRequest)) })
}
