import { randomBytes } from 'node:crypto'
import { lifetime, optionalFunction, string } from '../options/checks.ts'
import { checkSecrets } from '../options/secrets.ts'
import { payloadText } from '../payload/payload.ts'
import type { SessionControls } from '../session/types.ts'
import { deriveSigningKeys, type Secret } from '../token/keys.ts'
import { sameText, sign, unsign, type Limits } from '../token/signer.ts'
import { encodeBase64url } from '../util/base64url.ts'
import { InvalidCsrfTokenError } from '../util/errors.ts'
import type { AnyRequest } from './any-server.ts'

/** What the Flask app configures for Flask-WTF. */
export interface FlaskWtfOptions {
  /** Flask's `WTF_CSRF_SECRET_KEY`, or its `SECRET_KEY`. Of a list, the first signs and all verify. */
  readonly secret: Secret | readonly Secret[] | undefined
  /**
   * Name of the request property that holds the session: the plugin's `name` option.
   *
   * @default 'session'
   */
  readonly session?: string | undefined
  /**
   * Flask's `WTF_CSRF_FIELD_NAME`, the session's key.
   *
   * @default 'csrf_token'
   */
  readonly fieldName?: string | undefined
  /**
   * Flask's `WTF_CSRF_TIME_LIMIT`, in seconds. Null: a token is valid as long as the session.
   *
   * @default 3600, an hour
   */
  readonly timeLimit?: number | null | undefined
  /**
   * The clock, in milliseconds since 1970.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined
}

/** Flask-WTF's functions, for requests that Fastify serves. */
export interface FlaskWtf {
  /**
   * Returns a token for a form or the header `X-CSRFToken`, which Flask accepts too. The first call of a session changes
   * it.
   *
   * @see `flask_wtf.csrf.generate_csrf`
   * @example
   * app.get('/form', async (request) => ({ csrfToken: generateCsrf(request) }))
   */
  readonly generateCsrf: (request: AnyRequest) => string
  /**
   * Throws unless a token was made for the request's session, here or by Flask, within the time limit.
   *
   * @throws FST_TYPED_SESSION_INVALID_CSRF_TOKEN, which answers 400
   * @see `flask_wtf.csrf.validate_csrf`
   * @example
   * app.post('/transfer', async (request) => {
   *   validateCsrf(request, request.headers['x-csrftoken'])
   * })
   */
  readonly validateCsrf: (request: AnyRequest, token: unknown) => void
}

/**
 * Returns functions that make and check the tokens that Flask-WTF puts into forms, for sessions of the format `flask`.
 *
 * @throws FST_TYPED_SESSION_INVALID_SECRET, FST_TYPED_SESSION_INVALID_OPTION
 * @see https://flask-wtf.readthedocs.io/en/stable/csrf/
 * @example
 * const { generateCsrf, validateCsrf } = createFlaskWtf({ secret: process.env.SECRET_KEY })
 */
export function createFlaskWtf (options: FlaskWtfOptions): FlaskWtf {
  const name = string('session', options.session, 'session')
  const field = string('fieldName', options.fieldName, 'csrf_token')
  const now = optionalFunction('now', options.now, 'returns milliseconds since 1970, as Date.now does') ?? Date.now
  const limits = timeLimits(options.timeLimit)
  // The defaults of itsdangerous, which Flask-WTF does not change.
  const keys = deriveSigningKeys(checkSecrets(options.secret, true), 'wtf-csrf-token', 'django-concat', 'sha1')
  const sessionOf = (request: AnyRequest) => request.getDecorator<SessionControls<Record<string, unknown>>>(name)
  const seconds = () => Math.floor(now() / 1000)

  return {
    generateCsrf (request) {
      const session = sessionOf(request)
      const known = session.get(field)
      const secret = typeof known === 'string' ? known : randomBytes(20).toString('hex')
      if (secret !== known) session.set(field, secret)
      return sign(encodeBase64url(JSON.stringify(secret)), seconds(), keys)
    },
    validateCsrf (request, token) {
      if (typeof token !== 'string' || token === '') throw new InvalidCsrfTokenError('is missing')
      const expected = sessionOf(request).get(field)
      if (typeof expected !== 'string') throw new InvalidCsrfTokenError('is missing in the session')
      const signed = unsign(token, keys, { now: seconds(), ...limits })
      if (!signed.ok) throw new InvalidCsrfTokenError(signed.reason === 'expired' || signed.reason === 'future' ? 'has expired' : 'is invalid')
      const json = payloadText(signed.value)
      if (json === undefined || !sameText(json, JSON.stringify(expected))) throw new InvalidCsrfTokenError('does not match the session')
    }
  }
}

function timeLimits (timeLimit: number | null | undefined): Omit<Limits, 'now'> {
  if (timeLimit === null) return { lifetime: Infinity, clockTolerance: Infinity }
  return { lifetime: lifetime('timeLimit', timeLimit) ?? 3600, clockTolerance: 0 }
}
