import { boolean, clock, lifetime, oneOf, optionalFunction, seconds, string, trustedOrigins } from './checks.ts'
import { makeBinding } from '../device-bound/binding.ts'
import { formats, type TokenSettings } from '../token/token.ts'
import { checkCookie, checkCookieName } from './cookie-checks.ts'
import { attributeNames, defaultAttributes, maxMaxAge, type CookieAttributes, type SerializeCookie } from '../util/cookies.ts'
import { InvalidCookieError, InvalidOptionError } from '../util/errors.ts'
import { digests } from '../token/hmac.ts'
import { keyDerivations } from '../token/keys.ts'
import { createBackend, storeWarnings } from './backend-options.ts'
import { resolveDeviceBound } from './device-options.ts'
import type { SessionBackend } from '../backend/backend.ts'
import { checkOptionNames } from './option-names.ts'
import type { Adopt, CookieForRequest, TypedSessionOptions } from './option-types.ts'
import { refreshModes } from '../session/cookie-action.ts'
import { SessionSchema } from '../schema/schema.ts'
import type { SessionSettings } from '../session/session-state.ts'
import { isReserved } from '../session/session.ts'
import { isPlainObject, withoutUndefined } from '../util/objects.ts'
import { ReplacedTokens } from '../token/replaced-tokens.ts'
import { hasWeakSecret, resolveSecrets, type KeyMaking, type SecretSettings } from './secrets.ts'

/** The options, checked and complete. */
export interface Settings extends SessionSettings, SecretSettings {
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
  /** Whether an accepted session with these data takes up what `adopt` returns. */
  readonly adoptInto: TypedSessionOptions['adoptInto']
  readonly now: () => number
  /** For a list of secrets that takes the place of this one. */
  readonly keyMaking: KeyMaking
  readonly replacedTokens: ReplacedTokens
  /** What the log is to say when the plugin registers. */
  readonly warnings: readonly string[]
  /** What stands behind the cookie, if there is a store. */
  readonly backend: SessionBackend | undefined
  /** How tokens are opened. If the data are in a store, the record alone knows when the session ends, and tokens do not expire. */
  readonly opening: TokenSettings
  /** Whether the cookie carries the data, rather than the id only. */
  readonly dataInCookie: boolean
  /** Whether a request goes on without its session if the store fails. */
  readonly anonymousOnError: boolean
}

const days = 86_400
const weakSecret = 'a secret has fewer than 32 bytes or is well known, and can be guessed: give Flask and this side a better one'

/** Checks the options once, when the plugin registers. */
export function resolveOptions (options: TypedSessionOptions, serialize: SerializeCookie): Settings {
  checkOptionNames(options)
  const name = string('name', options.name, 'session')
  const flask = oneOf('format', options.format, formats) === 'flask'
  const cookieName = string('cookieName', options.cookieName, flask ? 'session' : name)
  const digest = oneOf('digest', flask && options.digest === undefined ? 'sha1' : options.digest, digests)
  const derivation = oneOf('keyDerivation', options.keyDerivation, keyDerivations)
  // The cookie's name is part of the salt: the cookie of one session is invalid for another, under the same secret too.
  // No cookie's name has a slash, so no two pairs of salt and name make the same text.
  const salt = flask
    ? string('salt', options.salt, 'cookie-session')
    : `${string('salt', options.salt, 'fastify-typed-session')}/${cookieName}`
  checkCookieName(cookieName)
  const check = (attributes: CookieAttributes) => checkCookie(cookieName, attributes, serialize)
  const { cookie, cookieFor } = resolveCookie(options.cookie, flask ? { ...defaultAttributes, sameSite: false } : defaultAttributes, check)
  const encrypts = boolean('encrypt', options.encrypt, false)
  if (flask && encrypts) throw new InvalidOptionError('`encrypt` is not for the format `flask`: Flask cannot read encrypted cookies')
  const acceptSigned = boolean('acceptSigned', options.acceptSigned, false)
  if (acceptSigned && !encrypts) throw new InvalidOptionError('`acceptSigned` requires `encrypt`')
  const stored = options.store !== undefined || options.revocation !== undefined
  const longest = lifetime('lifetime', options.lifetime) ?? 31 * days
  const limits = {
    lifetime: longest,
    absoluteLifetime: lifetime('absoluteLifetime', options.absoluteLifetime),
    refreshAfter: seconds('refreshAfter', options.refreshAfter, stored ? Math.min(60, Math.floor(longest / 2)) : 0),
    clockTolerance: seconds('clockTolerance', options.clockTolerance, flask ? 0 : 60)
  }
  const tooLong = checkLengths(limits, flask)
  if (limits.refreshAfter >= limits.lifetime) {
    throw new InvalidOptionError('`refreshAfter` must be less than `lifetime`, or sessions in use would end before they are refreshed')
  }

  const schema = new SessionSchema(options.schema, isReserved, flask ? 'flask' : 'default')
  const migrate = optionalFunction('migrate', options.migrate, 'returns data that fit the schema, or undefined')
  const bindingOptions = resolveDeviceBound(options, cookieName, cookie)
  const keyMaking = { flask, cookieName, salt, derivation, digest, encrypts, bindsDevices: bindingOptions !== undefined }
  const made = resolveSecrets(options.secret, keyMaking)
  const codec: TokenSettings = {
    cookieName,
    format: flask ? 'flask' : 'default',
    signingKeys: made.signingKeys,
    encryptionKeys: made.encryptionKeys,
    acceptSigned,
    lifetime: limits.lifetime,
    absoluteLifetime: limits.absoluteLifetime,
    clockTolerance: limits.clockTolerance
  }
  const backend = createBackend(options, codec, { schema, migrate }, limits.refreshAfter)
  const dataInCookie = options.store === undefined

  return {
    ...codec,
    ...made,
    keyMaking,
    name,
    schema,
    refresh: {
      mode: oneOf('refresh', options.refresh, refreshModes),
      after: limits.refreshAfter
    },
    cookie,
    cookieFor,
    checkCookie: check,
    trustedOrigins: trustedOrigins('crossOriginProtection', options.crossOriginProtection),
    noStore: boolean('noStore', options.noStore, false),
    migrate,
    adopt: checkAdopt(options.adopt),
    adoptInto: checkAdoptInto(options),
    now: clock('now', options.now),
    replacedTokens: new ReplacedTokens(),
    warnings: [
      ...(hasWeakSecret(options.secret) ? [weakSecret] : []),
      ...tooLong,
      ...storeWarnings(options)
    ],
    backend,
    deviceBound: makeBinding(bindingOptions, codec, made.deviceKeys),
    identified: backend !== undefined,
    opening: dataInCookie ? codec : { ...codec, lifetime: Infinity, absoluteLifetime: undefined },
    dataInCookie,
    anonymousOnError: oneOf('onStoreError', options.onStoreError, ['error', 'anonymous']) === 'anonymous'
  }
}

/** The settings of a session as they are now. A request goes on with those that it began with. */
export interface CurrentSettings {
  current: Settings
}

/**
 * The same settings with another list of secrets; themselves if it is the same list. Throws
 * FST_TYPED_SESSION_INVALID_SECRET.
 */
export function withSecrets (settings: Settings, secret: TypedSessionOptions['secret']): Settings {
  const made = resolveSecrets(secret, settings.keyMaking, settings)
  if (String(made.secretHashes) === String(settings.secretHashes)) return settings
  const { signingKeys, encryptionKeys, deviceKeys } = made
  const deviceBound = makeBinding(settings.deviceBound, settings, deviceKeys)
  return { ...settings, ...made, deviceBound, opening: { ...settings.opening, signingKeys, encryptionKeys } }
}

// In milliseconds, a session would live for decades. Flask takes any lifetime, and the two sides must agree.
function checkLengths (limits: Readonly<Record<string, number | undefined>>, flask: boolean): string[] {
  const tooLong = Object.entries(limits)
    .filter(([, value = 0]) => value > maxMaxAge)
    .map(([name]) => `\`${name}\` is longer than the 400 days that browsers keep a cookie: seconds, not milliseconds?`)
  if (tooLong[0] !== undefined && !flask) throw new InvalidOptionError(tooLong[0])
  return tooLong
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

function checkAdoptInto ({ adopt, adoptInto }: TypedSessionOptions): TypedSessionOptions['adoptInto'] {
  if (adoptInto !== undefined && adopt === undefined) throw new InvalidOptionError('`adoptInto` requires `adopt`')
  return optionalFunction('adoptInto', adoptInto, 'returns whether a session takes up what `adopt` returns')
}

function checkAdopt (adopt: TypedSessionOptions['adopt']): readonly Adopt[] {
  const list: readonly unknown[] = adopt === undefined ? [] : [adopt].flat()
  if (list.every((each): each is Adopt => typeof each === 'function')) return list
  throw new InvalidOptionError('`adopt` must be a function that returns data or undefined, or a list of such functions')
}
