import { formats } from './codec.ts'
import { attributeNames, checkCookie, defaultAttributes, type CookieAttributes, type SerializeCookie } from './cookies.ts'
import { InvalidCookieError, InvalidOptionError, InvalidSecretError } from './errors.ts'
import { digests } from './hmac.ts'
import { deriveEncryptionKeys, deriveSigningKeys, isGuessable, keyDerivations, secretBytes, type Secret } from './keys.ts'
import { isLifetime } from './marks.ts'
import { SessionSchema } from './schema.ts'
import type { SessionSettings } from './session-state.ts'
import { isReserved } from './session.ts'
import type { Adopt, TypedSessionOptions } from './types.ts'

/** The options, checked and complete. */
export interface Settings extends SessionSettings {
  readonly name: string
  readonly cookie: CookieAttributes
  readonly migrate: TypedSessionOptions['migrate']
  readonly adopt: readonly Adopt[]
  readonly now: () => number
  /** How many cookies each secret of the list has had accepted, in its order. The one thing here that changes. */
  readonly acceptedBySecret: number[]
  /** What the log is to say when the plugin registers. */
  readonly warnings: readonly string[]
}

const days = 86_400
const minSecretBytes = 32
const weakSecret = 'a secret has fewer than 32 bytes or is well known, and can be guessed: give Flask and this side a better one'
const advice = 'Make one with: node -e "console.log(crypto.randomBytes(32).toString(\'base64url\'))"'

/** Checks the options once, when the plugin registers. Unknown ones are let be: loaders add their own. */
export function resolveOptions (options: TypedSessionOptions, serialize: SerializeCookie): Settings {
  const name = text('name', options.name, 'session')
  const flask = oneOf('format', options.format, formats) === 'flask'
  const cookieName = text('cookieName', options.cookieName, flask ? 'session' : name)
  const digest = oneOf('digest', flask && options.digest === undefined ? 'sha1' : options.digest, digests)
  const derivation = oneOf('keyDerivation', options.keyDerivation, keyDerivations)
  // The cookie's name is part of the salt: one session's cookie is none of another's, though the secret is the same.
  // No cookie's name has a slash, so no two pairs of salt and name make the same text.
  const salt = flask
    ? text('salt', options.salt, 'cookie-session')
    : `${text('salt', options.salt, 'fastify-typed-session')}/${cookieName}`
  const cookie = withDefaults(options.cookie, flask ? { ...defaultAttributes, sameSite: false } : defaultAttributes)
  const check = (attributes: CookieAttributes) => checkCookie(cookieName, { ...cookie, ...attributes }, serialize)
  check(cookie)
  const secrets = checkSecrets(options.secret, flask)
  const encrypts = flag('encrypt', options.encrypt, false)
  if (flask && encrypts) throw new InvalidOptionError('`encrypt` is not for the format `flask`: Flask reads no encrypted cookies')
  const acceptSigned = flag('acceptSigned', options.acceptSigned, false)
  if (acceptSigned && !encrypts) throw new InvalidOptionError('`acceptSigned` is for a move to `encrypt`, which is not set')
  const maxAge = lifetime('lifetime', options.lifetime) ?? 31 * days
  const refreshAfter = seconds('refreshAfter', options.refreshAfter, 0)
  if (refreshAfter >= maxAge) {
    throw new InvalidOptionError('`refreshAfter` must be less than `lifetime`, or sessions in use would end before they are refreshed')
  }

  return {
    name,
    cookieName,
    format: flask ? 'flask' : 'default',
    schema: new SessionSchema(options.schema, isReserved),
    signingKeys: deriveSigningKeys(secrets, salt, derivation, digest),
    encryptionKeys: encrypts ? { cookieName, keys: deriveEncryptionKeys(secrets, salt) } : undefined,
    acceptSigned,
    lifetime: maxAge,
    absoluteLifetime: lifetime('absoluteLifetime', options.absoluteLifetime),
    clockTolerance: seconds('clockTolerance', options.clockTolerance, flask ? 0 : 60),
    refresh: {
      eachRequest: flag('refreshEachRequest', options.refreshEachRequest, true),
      after: refreshAfter
    },
    cookie,
    checkCookie: check,
    migrate: optionalFunction('migrate', options.migrate, 'gives better data, or undefined'),
    adopt: checkAdopt(options.adopt),
    now: optionalFunction('now', options.now, 'gives milliseconds since 1970, as Date.now does') ?? Date.now,
    acceptedBySecret: secrets.map(() => 0),
    warnings: secrets.some(isWeak) ? [weakSecret] : []
  }
}

function checkSecrets (secret: TypedSessionOptions['secret'], flask: boolean): readonly [Secret, ...Secret[]] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  const checked = secrets.map((each, index) => checkSecret(each, secrets === secret ? `\`secret[${index}]\`` : '`secret`', flask))
  const [first, ...others] = checked
  if (first === undefined) throw new InvalidSecretError(`\`secret\` is an empty list. ${advice}`)
  return [first, ...others]
}

function checkSecret (secret: unknown, which: string, flask: boolean): Secret {
  if (secret === undefined) throw new InvalidSecretError(`${which} is missing: is the environment variable set? ${advice}`)
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new InvalidSecretError(`${which} must be a string or a Uint8Array. ${advice}`)
  }
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

function withDefaults (cookie: unknown, defaults: CookieAttributes): CookieAttributes {
  if (cookie === undefined) return defaults
  if (typeof cookie !== 'object' || cookie === null) throw new InvalidOptionError('`cookie` must be an object of attributes')
  const given = Object.entries(cookie).filter(([, value]) => value !== undefined)
  const unknown = given.map(([key]) => key).filter((key) => !attributeNames.includes(key))
  if (unknown.length > 0) {
    throw new InvalidCookieError(`\`cookie\` takes ${attributeNames.join(', ')}, and not ${unknown.join(', ')}. ` +
      'How long the cookie lives is the `lifetime` option')
  }
  return { ...defaults, ...Object.fromEntries(given) }
}

function text (option: string, value: unknown, otherwise: string): string {
  if (value === undefined) return otherwise
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidOptionError(`\`${option}\` must be a string with something in it`)
}

function flag (option: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(`\`${option}\` must be true or false`)
}

function seconds (option: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new InvalidOptionError(`\`${option}\` must be a whole number of seconds from 0`)
}

function lifetime (option: string, value: unknown): number | undefined {
  if (value === undefined || isLifetime(value)) return value
  throw new InvalidOptionError(`\`${option}\` must be a whole number of seconds from 1`)
}

function oneOf<const T extends string> (option: string, value: unknown, [first, ...others]: readonly [T, ...T[]]): T {
  if (value === undefined) return first
  const found = [first, ...others].find((choice) => choice === value)
  if (found !== undefined) return found
  throw new InvalidOptionError(`\`${option}\` must be one of: ${[first, ...others].join(', ')}`)
}

function checkAdopt (adopt: TypedSessionOptions['adopt']): readonly Adopt[] {
  const list: readonly unknown[] = adopt === undefined ? [] : [adopt].flat()
  if (list.every((each): each is Adopt => typeof each === 'function')) return list
  throw new InvalidOptionError('`adopt` must be a function that gives data or undefined, or a list of such functions')
}

function optionalFunction<F> (option: string, value: F, does: string): F {
  if (value === undefined || typeof value === 'function') return value
  throw new InvalidOptionError(`\`${option}\` must be a function that ${does}`)
}
