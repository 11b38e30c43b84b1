import { fastifyTypedSession } from './fastify/plugin.ts'

export { fastifyTypedSession, fastifyTypedSession as default }
export { SessionError } from './util/errors.ts'
export { sessionSecurityScheme, type CookieSecurityScheme } from './request/openapi.ts'
export { createSessionManager, type SessionManager } from './request/session-manager.ts'
export type { Sessions } from './fastify/registry.ts'
export { markup, tuple, uuid } from './payload/python-types.ts'
export type { Format } from './token/token.ts'
export type { ResponseCookieAttributes } from './util/cookie-scope.ts'
export type { CookieAttributes } from './util/cookies.ts'
export type { Digest } from './token/hmac.ts'
export type { KeyDerivation, Secret } from './token/keys.ts'
export type { RefreshMode } from './session/cookie-action.ts'
export { defineSession, type SessionDefinition, type TypedRevocation } from './options/define-session.ts'
export type {
  Adopt, CookieForRequest, CrossOriginOptions, DeviceBoundOptions, RevocationOptions, SessionSchemaOption, TypedSessionOptions
} from './options/option-types.ts'
export type { SchemaIssue } from './schema/schema.ts'
export type {
  ListedSession, OpenedSession, RegenerateOptions, Register, RejectedSession, RejectionReason, RouteSession, RouteSettings, SealOptions, Session,
  SessionControls, SessionData
} from './session/types.ts'
