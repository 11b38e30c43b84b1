import { boolean, clock, lifetime, oneOf, optionalFunction, seconds, string, trustedOrigins } from './checks.ts'
import { formats, type TokenSettings } from '../token/token.ts'
import { checkCookie, checkCookieName } from './cookie-checks.ts'
import { attributeNames, defaultAttributes, maxMaxAge, type CookieAttributes, type SerializeCookie } from '../util/cookies.ts'
import { InvalidCookieError, InvalidOptionError, InvalidSecretError } from '../util/errors.ts'
import { digests } from '../token/hmac.ts'
import { deriveEncryptionKeys, deriveSigningKeys, isGuessable, isSecret, keyDerivations, secretBytes, type Secret } from '../token/keys.ts'
import { createBackend } from './backend-options.ts'
import type { SessionBackend } from '../backend/backend.ts'
import { findUnknownOptions } from './option-names.ts'
import type { Adopt, CookieForRequest, TypedSessionOptions } from './option-types.ts'
import { SessionSchema } from '../schema/schema.ts'
import type { SessionSettings } from '../session/session-state.ts'
import { isReserved } from '../session/session.ts'
import { isPlainObject, withoutUndefined } from '../util/objects.ts'
import { ReplacedTokens } from '../token/replaced-tokens.ts'
import { TokenCache } from '../token/token-cache.ts'

/** The options, checked and complete. */
export interface Settings extends SessionSettings {
  readonly name: string
  /** The cookie's attributes, complete; undefined if they depend on the request. */
  readonly cookie: CookieAttributes | undefined
  /** The same for a request. Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly cookieFor: (request: Parameters<CookieForRequest>[0]) => CookieAttributes
  /** Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly checkCookie: (attributes: CookieAttributes) => void
  /** The origins that may make unsafe requests beside the app's own; undefined if all may. */
  readonly trustedOrigins: ReadonlySet<string> | undefined
  /** Whether no browser may keep a response that a session with data went into. */
  readonly noStore: boolean
  readonly migrate: TypedSessionOptions['migrate']
  readonly adopt: readonly Adopt[]
  readonly now: () => number
  /** How many cookies each secret of the list has had accepted, in its order: a count. */
  readonly acceptedBySecret: number[]
  readonly tokenCache: TokenCache
  readonly replacedTokens: ReplacedTokens
  /** What the log is to say when the plugin registers. */
  readonly warnings: readonly string[]
  /** What stands behind the cookie, where a store does. */
  readonly backend: SessionBackend | undefined
  /** How tokens are opened: where the record alone knows when the session ends, tokens do not expire. */
  readonly opening: TokenSettings
  /** Whether the cookie carries the data, rather than the id only. */
  readonly dataInCookie: boolean
  /** Whether a request goes on without its session where the store fails. */
  readonly anonymousOnError: boolean
}

const days = 86_400
const minSecretBytes = 32
const weakSecret = 'a secret has fewer than 32 bytes or is well known, and can be guessed: give Flask and this side a better one'
const advice = 'Make one with: node -e "console.log(crypto.randomBytes(32).toString(\'base64url\'))"'

/** Checks the options once, when the plugin registers. */
export function resolveOptions (options: TypedSessionOptions, serialize: SerializeCookie): Settings {
  const unknown = findUnknownOptions(options)
  const name = string('name', options.name, 'session')
  const flask = oneOf('format', options.format, formats) === 'flask'
  const cookieName = string('cookieName', options.cookieName, flask ? 'session' : name)
  const digest = oneOf('digest', flask && options.digest === undefined ? 'sha1' : options.digest, digests)
  const derivation = oneOf('keyDerivation', options.keyDerivation, keyDerivations)
  // The cookie's name is part of the salt: one session's cookie is none of another's, though the secret is the same.
  // No cookie's name has a slash, so no two pairs of salt and name make the same text.
  const salt = flask
    ? string('salt', options.salt, 'cookie-session')
    : `${string('salt', options.salt, 'fastify-typed-session')}/${cookieName}`
  checkCookieName(cookieName)
  const check = (attributes: CookieAttributes) => checkCookie(cookieName, attributes, serialize)
  const { cookie, cookieFor } = resolveCookie(options.cookie, flask ? { ...defaultAttributes, sameSite: false } : defaultAttributes, check)
  const secrets = checkSecrets(options.secret, flask)
  const encrypts = boolean('encrypt', options.encrypt, false)
  if (flask && encrypts) throw new InvalidOptionError('`encrypt` is not for the format `flask`: Flask reads no encrypted cookies')
  const acceptSigned = boolean('acceptSigned', options.acceptSigned, false)
  if (acceptSigned && !encrypts) throw new InvalidOptionError('`acceptSigned` is for a move to `encrypt`, which is not set')
  const limits = {
    lifetime: lifetime('lifetime', options.lifetime) ?? 31 * days,
    absoluteLifetime: lifetime('absoluteLifetime', options.absoluteLifetime),
    refreshAfter: seconds('refreshAfter', options.refreshAfter, 0),
    clockTolerance: seconds('clockTolerance', options.clockTolerance, flask ? 0 : 60)
  }
  const tooLong = checkLengths(limits, flask)
  if (limits.refreshAfter >= limits.lifetime) {
    throw new InvalidOptionError('`refreshAfter` must be less than `lifetime`, or sessions in use would end before they are refreshed')
  }

  const schema = new SessionSchema(options.schema, isReserved, flask ? 'flask' : 'default')
  const migrate = optionalFunction('migrate', options.migrate, 'gives better data, or undefined')
  const codec: TokenSettings = {
    cookieName,
    format: flask ? 'flask' : 'default',
    signingKeys: deriveSigningKeys(secrets, salt, derivation, digest),
    encryptionKeys: encrypts ? { cookieName, keys: deriveEncryptionKeys(secrets, salt) } : undefined,
    acceptSigned,
    lifetime: limits.lifetime,
    absoluteLifetime: limits.absoluteLifetime,
    clockTolerance: limits.clockTolerance
  }
  const backend = createBackend(options, codec, { schema, migrate })
  const dataInCookie = options.store === undefined

  return {
    ...codec,
    name,
    schema,
    refresh: {
      eachRequest: boolean('refreshEachRequest', options.refreshEachRequest, true),
      after: limits.refreshAfter
    },
    cookie,
    cookieFor,
    checkCookie: check,
    trustedOrigins: trustedOrigins('crossOriginProtection', options.crossOriginProtection),
    noStore: boolean('noStore', options.noStore, false),
    migrate,
    adopt: checkAdopt(options.adopt),
    now: clock('now', options.now),
    acceptedBySecret: secrets.map(() => 0),
    tokenCache: new TokenCache(),
    replacedTokens: new ReplacedTokens(),
    warnings: [
      ...(secrets.some(isWeak) ? [weakSecret] : []),
      ...tooLong,
      ...(unknown.length > 0 ? [`unknown options: ${unknown.join(', ')}`] : [])
    ],
    backend,
    identified: backend !== undefined,
    opening: dataInCookie ? codec : { ...codec, lifetime: Infinity, absoluteLifetime: undefined },
    dataInCookie,
    anonymousOnError: oneOf('onStoreError', options.onStoreError, ['error', 'anonymous']) === 'anonymous'
  }
}

// In milliseconds, a session would live for decades. Flask takes any lifetime, and the two sides must agree.
function checkLengths (limits: Readonly<Record<string, number | undefined>>, flask: boolean): string[] {
  const tooLong = Object.entries(limits)
    .filter(([, value = 0]) => value > maxMaxAge)
    .map(([name]) => `\`${name}\` is longer than the 400 days that browsers keep a cookie: seconds, not milliseconds?`)
  if (tooLong[0] !== undefined && !flask) throw new InvalidOptionError(tooLong[0])
  return tooLong
}

export function checkSecrets (secret: TypedSessionOptions['secret'], flask: boolean): readonly [Secret, ...Secret[]] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  const checked = secrets.map((each, index) => checkSecret(each, secrets === secret ? `\`secret[${index}]\`` : '`secret`', flask))
  const [first, ...others] = checked
  if (first === undefined) throw new InvalidSecretError(`\`secret\` is an empty list. ${advice}`)
  return [first, ...others]
}

function checkSecret (secret: unknown, which: string, flask: boolean): Secret {
  if (secret === undefined) throw new InvalidSecretError(`${which} is missing: is the environment variable set? ${advice}`)
  if (!isSecret(secret)) throw new InvalidSecretError(`${which} must be a string, a Uint8Array or a secret KeyObject. ${advice}`)
  const { length } = secretBytes(secret)
  const min = flask ? 1 : minSecretBytes
  if (length < min) throw new InvalidSecretError(`${which} has ${length} bytes and needs at least ${min}. ${advice}`)
  // One that Flask uses already cannot be changed on this side alone.
  if (flask) return secret
  if (isGuessable(secret)) throw new InvalidSecretError(`${which} is known to everyone, or a single repeated byte. ${advice}`)
  return secret
}

function isWeak (secret: Secret): boolean {
  return secretBytes(secret).length < minSecretBytes || isGuessable(secret)
}

function resolveCookie (
  option: TypedSessionOptions['cookie'], defaults: CookieAttributes, check: (attributes: CookieAttributes) => void
): Pick<Settings, 'cookie' | 'cookieFor'> {
  const resolve = (given: unknown) => {
    const attributes = withDefaults(given, defaults)
    check(attributes)
    return attributes
  }
  if (typeof option === 'function') return { cookie: undefined, cookieFor: (request) => resolve(option(request)) }
  const cookie = resolve(option)
  return { cookie, cookieFor: () => cookie }
}

export function withDefaults (cookie: unknown, defaults: CookieAttributes): CookieAttributes {
  if (cookie === undefined) return defaults
  if (!isPlainObject(cookie)) throw new InvalidOptionError('`cookie` must be an object of attributes, or a function that returns one')
  const given = withoutUndefined(cookie)
  const unknown = Object.keys(given).filter((key) => !attributeNames.includes(key))
  if (unknown.length > 0) {
    throw new InvalidCookieError(`\`cookie\` takes ${attributeNames.join(', ')}, and not ${unknown.join(', ')}. ` +
      'How long the cookie lives is the `lifetime` option')
  }
  return { ...defaults, ...given }
}

function checkAdopt (adopt: TypedSessionOptions['adopt']): readonly Adopt[] {
  const list: readonly unknown[] = adopt === undefined ? [] : [adopt].flat()
  if (list.every((each): each is Adopt => typeof each === 'function')) return list
  throw new InvalidOptionError('`adopt` must be a function that gives data or undefined, or a list of such functions')
}
