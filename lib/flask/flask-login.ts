import { lifetime, oneOf, optionalFunction, string } from '../options/checks.ts'
import { checkCookie } from '../options/cookie-checks.ts'
import { withDefaults } from '../options/options.ts'
import { checkSecrets } from '../options/secrets.ts'
import type { SessionControls } from '../session/types.ts'
import type { Secret } from '../token/keys.ts'
import { defaultAttributes, type CookieAttributes } from '../util/cookies.ts'
import { InvalidDataError } from '../util/errors.ts'
import type { AnyReply, AnyRequest } from './any-server.ts'
import { RememberCookie } from './remember-cookie.ts'
import { rememberTokens } from './remember-token.ts'
import { defaultRemoteAddress, sessionIdentifier } from './session-identifier.ts'

/** What the Flask app configures for Flask-Login. */
export interface FlaskLoginOptions {
  /**
   * Flask's `SECRET_KEY`, which signs the remember cookie. Of a list, the first signs and all verify; Flask-Login knows
   * only one.
   */
  readonly secret: Secret | readonly Secret[] | undefined
  /**
   * Name of the request property that holds the session: the plugin's `name` option.
   *
   * @default 'session'
   */
  readonly session?: string | undefined
  /**
   * Flask's `SESSION_PROTECTION`: what to do with a login that comes from another address or browser than it was made
   * from. `'basic'` takes its freshness, `'strong'` does not accept it unless the session is permanent, `'none'` lets it
   * pass.
   *
   * @default 'basic'
   */
  readonly sessionProtection?: 'basic' | 'strong' | 'none' | undefined
  /**
   * Returns the address of the client as Flask-Login sees it.
   *
   * @default the first address of `X-Forwarded-For`, otherwise that of the connection, as in Flask-Login 0.6
   */
  remoteAddress? (request: AnyRequest): string | undefined
  /**
   * Flask's `REMEMBER_COOKIE_NAME`.
   *
   * @default 'remember_token'
   */
  readonly cookieName?: string | undefined
  /**
   * Flask's `REMEMBER_COOKIE_DURATION`, in seconds. The browser drops the cookie then; its signature does not expire.
   *
   * @default 31_536_000, 365 days
   */
  readonly duration?: number | undefined
  /**
   * Flask's `REMEMBER_COOKIE_DOMAIN`, `_PATH`, `_SECURE`, `_HTTPONLY` and `_SAMESITE`.
   *
   * @default Flask-Login's, but `secure: 'auto'`
   */
  readonly cookie?: CookieAttributes | undefined
  /**
   * The clock, in milliseconds since 1970.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined
}

/** How to log a user in. */
export interface LoginUserOptions {
  /**
   * Whether to set the remember cookie, which outlives the session.
   *
   * @default false
   */
  readonly remember?: boolean | undefined
  /**
   * Seconds that the browser keeps the remember cookie.
   *
   * @default the `duration` option
   */
  readonly duration?: number | undefined
  /**
   * Whether the user has just proved who they are, so that Flask's `fresh_login_required` accepts the login.
   *
   * @default true
   */
  readonly fresh?: boolean | undefined
}

/** Flask-Login's functions, for requests that Fastify serves. */
export interface FlaskLogin {
  /**
   * Logs a user in, at Flask too.
   *
   * @throws FST_TYPED_SESSION_INVALID_DATA if the id is not a non-empty string
   * @see `flask_login.login_user`, which leaves the rest of the session as it is too
   * @example
   * app.post('/login', async (request, reply) => {
   *   const user = await checkPassword(request.body)
   *   await request.session.regenerate(['cart'])
   *   loginUser(request, reply, String(user.id), { remember: true })
   * })
   */
  readonly loginUser: (request: AnyRequest, reply: AnyReply, userId: string, options?: LoginUserOptions) => void
  /**
   * Logs the user out, at Flask too: the remember cookie does not bring them back.
   *
   * @see `flask_login.logout_user`, which leaves the rest of the session as it is too
   * @example
   * app.post('/logout', async (request, reply) => { logoutUser(request, reply) })
   */
  readonly logoutUser: (request: AnyRequest, reply: AnyReply) => void
  /**
   * Returns the id of the user who is logged in or remembered. Load the user by it: it may have been deleted since. The
   * session is not changed.
   *
   * @see `flask_login.current_user`
   * @example
   * app.get('/me', async (request, reply) => {
   *   const userId = currentUserId(request)
   *   return userId === undefined ? reply.code(401).send() : await findUser(userId)
   * })
   */
  readonly currentUserId: (request: AnyRequest) => string | undefined
  /**
   * Whether the user logged in during this session, in this browser, rather than being remembered.
   *
   * @see `flask_login.login_fresh`
   * @example
   * if (!isLoginFresh(request)) return reply.redirect('/confirm-password')
   */
  readonly isLoginFresh: (request: AnyRequest) => boolean
  /**
   * Makes the login fresh again, after the user has entered their password.
   *
   * @see `flask_login.confirm_login`
   * @example
   * app.post('/confirm-password', async (request) => { confirmLogin(request) })
   */
  readonly confirmLogin: (request: AnyRequest) => void
}

type LoginSession = SessionControls<Record<string, unknown>>

/**
 * Returns functions that log users in and out the way Flask-Login does, for sessions of the format `flask`.
 *
 * @throws FST_TYPED_SESSION_INVALID_SECRET, FST_TYPED_SESSION_INVALID_COOKIE, FST_TYPED_SESSION_INVALID_OPTION
 * @see https://flask-login.readthedocs.io
 * @example
 * const { loginUser, logoutUser, currentUserId } = createFlaskLogin({ secret: process.env.SECRET_KEY })
 */
export function createFlaskLogin (options: FlaskLoginOptions): FlaskLogin {
  const { name, protection, remoteAddress, cookie } = resolveLoginOptions(options)
  const sessionOf = (request: AnyRequest) => request.getDecorator<LoginSession>(name)

  // `LoginManager._session_protection_failed`: an empty session has nothing to protect.
  function isForeign (request: AnyRequest, session: LoginSession): boolean {
    return protection !== 'none' && !session.new && session.get('_id') !== sessionIdentifier(request, remoteAddress)
  }

  function markFresh (request: AnyRequest, session: LoginSession, fresh: boolean): void {
    session.set('_fresh', fresh)
    session.set('_id', sessionIdentifier(request, remoteAddress))
  }

  return {
    loginUser (request, reply, userId, { remember = false, duration, fresh = true } = {}) {
      if (typeof userId !== 'string' || userId === '') throw new InvalidDataError('_user_id (the id of a user must be a non-empty string)')
      const seconds = lifetime('duration', duration)
      const session = sessionOf(request)
      session.set('_user_id', userId)
      // Equal values are no change: a response with the remember cookie alone would not be marked private.
      session.touch()
      markFresh(request, session, fresh)
      if (!remember) return
      // Of a logout that Flask has not seen yet: it would take the cookie away again.
      remove(session, '_remember')
      // By this, Flask-Login refreshes the cookie.
      if (seconds === undefined) remove(session, '_remember_seconds')
      else session.set('_remember_seconds', seconds)
      cookie.set(reply, userId, seconds)
    },
    logoutUser (request, reply) {
      const session = sessionOf(request)
      for (const key of ['_user_id', '_fresh', '_id', '_remember_seconds']) remove(session, key)
      if (!cookie.mayBeKept(reply)) return
      // Tells Flask-Login not to heed the cookie, and to delete it with the attributes that it has there.
      session.set('_remember', 'clear')
      cookie.clear(reply)
    },
    currentUserId (request) {
      const session = sessionOf(request)
      if (protection === 'strong' && !session.permanent && isForeign(request, session)) return undefined
      const userId = session.get('_user_id')
      if (userId !== undefined && userId !== null) return String(userId)
      return session.get('_remember') === 'clear' ? undefined : cookie.userId(request)
    },
    isLoginFresh (request) {
      const session = sessionOf(request)
      return session.get('_fresh') === true && !isForeign(request, session)
    },
    confirmLogin (request) {
      markFresh(request, sessionOf(request), true)
    }
  }
}

function resolveLoginOptions (options: FlaskLoginOptions) {
  const name = string('cookieName', options.cookieName, 'remember_token')
  const attributes = withDefaults(options.cookie, { ...defaultAttributes, sameSite: false })
  checkCookie(name, attributes, () => '')
  const now = optionalFunction('now', options.now, 'returns milliseconds since 1970, as Date.now does') ?? Date.now
  const duration = lifetime('duration', options.duration) ?? 365 * 86_400
  return {
    name: string('session', options.session, 'session'),
    protection: oneOf('sessionProtection', options.sessionProtection, ['basic', 'strong', 'none']),
    remoteAddress: optionalFunction('remoteAddress', options.remoteAddress, 'returns the address of a request') ?? defaultRemoteAddress,
    cookie: new RememberCookie({ name, attributes, duration, now }, rememberTokens(checkSecrets(options.secret, true)))
  }
}

function remove (session: LoginSession, key: string): void {
  if (session.get(key) !== undefined) session.set(key, undefined)
}
