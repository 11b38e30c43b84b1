import { fastifyTypedSession } from './plugin.ts'

export { fastifyTypedSession, fastifyTypedSession as default, fastifyTypedSession as 'module.exports' }
export { SessionError } from './errors.ts'
export type { CookieAttributes } from './cookies.ts'
export type { Digest, KeyDerivation, Secret } from './keys.ts'
export type { Register, RejectionReason, Session, SessionControls, SessionData, TypedSessionOptions } from './types.ts'
