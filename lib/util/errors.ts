import createError, { type FastifyError, type FastifyErrorConstructor } from '@fastify/error'

/**
 * The class of every error that this plugin throws. Its `code` begins with FST_TYPED_SESSION_, and its `statusCode` is
 * what Fastify answers with.
 *
 * @see docs/troubleshooting.md, which lists the codes
 * @example
 * ```ts
 * app.setErrorHandler((error, request, reply) => {
 *   if (error instanceof SessionError) request.log.error(error)
 *   return reply.send(error)
 * })
 * ```
 */
export class SessionError extends Error {}

type ErrorClass<Args extends unknown[]> = FastifyErrorConstructor<FastifyError & { code: string, statusCode: number }, Args>
type WithText = ErrorClass<[text: string, options?: ErrorOptions]>

const Base = SessionError as ErrorConstructor

/** Registration: the `schema` cannot hold a session. */
export const InvalidSchemaError: WithText = createError('FST_TYPED_SESSION_INVALID_SCHEMA', '%s', 500, Base)

/** Registration, or `rotate()`: a `secret` is missing, too short, or not a secret. */
export const InvalidSecretError: WithText = createError('FST_TYPED_SESSION_INVALID_SECRET', '%s', 500, Base)

/** Registration, or `session.options()`: a browser would refuse a cookie with this name or these attributes. */
export const InvalidCookieError: WithText = createError('FST_TYPED_SESSION_INVALID_COOKIE', '%s', 500, Base)

/** Registration: any other option is wrong. */
export const InvalidOptionError: WithText = createError('FST_TYPED_SESSION_INVALID_OPTION', '%s', 500, Base)

/** A request: the session's data do not fit the schema. Names the paths, never the values. */
export const InvalidDataError: WithText = createError(
  'FST_TYPED_SESSION_INVALID_DATA', 'The session\'s data do not fit the schema: %s', 500, Base)

/** A request: the session holds a value that JSON and its tags cannot carry. */
export const UnserializableError: WithText = createError(
  'FST_TYPED_SESSION_UNSERIALIZABLE', 'The session cannot be saved: %s', 500, Base)

/** A request: the cookie's name and value would exceed what browsers keep (RFC 6265bis: 4,096 bytes). */
export const TooLargeError: ErrorClass<[size: number, max: number, largest: string]> = createError(
  'FST_TYPED_SESSION_TOO_LARGE',
  'The session cannot be saved: its cookie would take %d bytes of the %d that browsers keep. The largest keys: %s. Keep less in it, or use the option `store`', 500, Base)

/** A request: `session.lifetime` or `session.absoluteLifetime` was set to something that is not a lifetime. */
export const InvalidLifetimeError: ErrorClass<[name: string, max: number]> = createError(
  'FST_TYPED_SESSION_INVALID_LIFETIME', '`session.%s` must be a whole number of seconds from 1 to %d, or undefined for the option of that name', 500, Base)

/**
 * A request: another one ended the session, or changed it, since this one read it, and what this one wrote was not saved.
 * Only where sessions are kept or revoked by a store.
 */
export const ConflictError: ErrorClass<[]> = createError(
  'FST_TYPED_SESSION_CONFLICT', 'The session was ended or changed by another request at the same time', 409, Base)

/** A request: a hook asked for the session before the plugin's own hook had loaded it from the store. */
export const NotLoadedError: ErrorClass<[]> = createError(
  'FST_TYPED_SESSION_NOT_LOADED',
  'The session is not loaded yet: register the plugin before the hooks that use it; a logger can ask `app.sessions` to `peek()`', 500, Base)

/** A request, `revokeSubject()` or `listSubject()`: a subject is not a string of 1 to 256 characters. */
export const InvalidSubjectError: ErrorClass<[what: string]> = createError(
  'FST_TYPED_SESSION_INVALID_SUBJECT', 'A subject must be a string of 1 to 256 characters, or a list of at most 8, and this one is %s', 500, Base)

/** A request: a user logged in who has as many sessions as `maxSessions` allows, and `onMaxSessions` is `error`. */
export const TooManySessionsError: ErrorClass<[max: number]> = createError(
  'FST_TYPED_SESSION_TOO_MANY_SESSIONS', 'This user has %d sessions already, and no more are allowed', 409, Base)

/** A request: the store of sessions or revocations failed, or did not answer in time. Nothing was decided without it. */
export const StoreUnavailableError: ErrorClass<[options?: ErrorOptions]> = createError(
  'FST_TYPED_SESSION_STORE_UNAVAILABLE', 'The session store is not available', 503, Base)

/** A request: `validateCsrf()` was given a token that Flask-WTF would refuse too. */
export const InvalidCsrfTokenError: ErrorClass<[what: string]> = createError(
  'FST_TYPED_SESSION_INVALID_CSRF_TOKEN', 'The CSRF token %s', 400, Base)

/** A request: a page of another origin made it, and `crossOriginProtection` refuses it. Names the header that says so. */
export const CrossOriginError: ErrorClass<[header: string]> = createError(
  'FST_TYPED_SESSION_CROSS_ORIGIN', 'A page of another origin made this request, as its %s header says', 403, Base)

/** A request: the session was asked for in a route whose `config` turns it off. */
export const SessionDisabledError: ErrorClass<[name: string]> = createError(
  'FST_TYPED_SESSION_DISABLED', 'This route has no session: its `config.%s` is false. A logger can ask `app.sessions` to `peek()`', 500, Base)

/** A request: the session was changed in a route whose `config` says `readOnly`. */
export const ReadOnlyError: ErrorClass<[name: string]> = createError(
  'FST_TYPED_SESSION_READ_ONLY', 'This route may not change the session: its `config.%s` is read-only', 500, Base)

/** A request: something was assigned to the property that holds the session. */
export const NotAssignableError: ErrorClass<[name: string]> = createError(
  'FST_TYPED_SESSION_NOT_ASSIGNABLE',
  '`request.%s` cannot be assigned: call its `delete()` to log out, and assign its properties to change data', 500, Base)

/** A request: the session was changed, or committed, after the response's headers had been sent. */
export const HeadersSentError: ErrorClass<[]> = createError(
  'FST_TYPED_SESSION_HEADERS_SENT',
  'The session cannot be saved: the response\'s headers have been sent. Change it before, and call `reply.commitSession()` ' +
  'if Fastify does not send the reply; a websocket cannot change it at all', 500, Base)

/** A request: the session was changed after it had been saved for this response, in an onSend hook that runs after the plugin's. */
export const AlreadySavedError: ErrorClass<[]> = createError(
  'FST_TYPED_SESSION_ALREADY_SAVED',
  'The session has been saved for this response already. Change it in an earlier hook, or register this onSend hook before the plugin', 500, Base)

/** A request: `session.update()` was given an asynchronous function. */
export const AsyncUpdateError: ErrorClass<[]> = createError(
  'FST_TYPED_SESSION_ASYNC_UPDATE',
  '`session.update()` takes a synchronous function: await first, then update', 500, Base)
