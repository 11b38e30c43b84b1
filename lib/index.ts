import { fastifyTypedSession } from './plugin.ts'

export { fastifyTypedSession, fastifyTypedSession as default }
export { SessionError } from './errors.ts'
export { sessionSecurityScheme, type CookieSecurityScheme } from './security-scheme.ts'
export { createSessionCodec, type SessionCodec } from './session-codec.ts'
export type { Sessions } from './sessions.ts'
export { markup, tuple, uuid } from './python.ts'
export type { Format } from './codec.ts'
export type { CookieAttributes } from './cookies.ts'
export type { Digest } from './hmac.ts'
export type { KeyDerivation, Secret } from './keys.ts'
export type { Adopt, TypedSessionOptions } from './option-types.ts'
export type {
  ListedSession, OpenedSession, Register, RejectedSession, RejectionReason, RouteSession, SealOptions, Session, SessionControls,
  SessionData
} from './types.ts'
