import { hash } from 'node:crypto'
import { devicePurposes, type DeviceKeys, type DevicePurpose } from '../device-bound/device-tokens.ts'
import type { EncryptionKeys } from '../token/cipher.ts'
import type { Digest } from '../token/hmac.ts'
import {
  deriveEncryptionKeys, deriveSigningKeys, isGuessable, isSecret, secretBytes, type KeyDerivation, type Secret, type SigningKeys
} from '../token/keys.ts'
import { TokenCache } from '../token/token-cache.ts'
import { InvalidSecretError } from '../util/errors.ts'

/** How keys are made of the secrets. */
export interface KeyMaking {
  readonly flask: boolean
  readonly cookieName: string
  readonly salt: string
  readonly derivation: KeyDerivation
  readonly digest: Digest
  readonly encrypts: boolean
  readonly bindsDevices: boolean
}

/** What is made of the secrets, and what they have verified. */
export interface SecretSettings {
  readonly signingKeys: SigningKeys
  readonly encryptionKeys: EncryptionKeys | undefined
  /** With `deviceBound`. */
  readonly deviceKeys: DeviceKeys | undefined
  /** Tells secrets apart without keeping them. */
  readonly secretHashes: readonly string[]
  /** How many cookies each secret of the list has had accepted, in its order: a count. */
  readonly acceptedBySecret: number[]
  readonly tokenCache: TokenCache
}

const minSecretBytes = 32
const advice = 'Make one with: node -e "console.log(crypto.randomBytes(32).toString(\'base64url\'))"'

/**
 * What is made of a list of secrets, `before` being what was made of the last one. Counts of secrets that stay go on; what
 * the last list verified must be verified again. Throws FST_TYPED_SESSION_INVALID_SECRET.
 */
export function resolveSecrets (secret: unknown, { flask, cookieName, salt, derivation, digest, encrypts, bindsDevices }: KeyMaking, before?: SecretSettings): SecretSettings {
  const secrets = checkSecrets(secret, flask)
  const secretHashes = secrets.map((each) => hash('sha256', secretBytes(each)))
  return {
    signingKeys: deriveSigningKeys(secrets, salt, derivation, digest),
    encryptionKeys: encrypts ? { cookieName, keys: deriveEncryptionKeys(secrets, salt) } : undefined,
    deviceKeys: bindsDevices ? deriveDeviceKeys((purpose) => deriveSigningKeys(secrets, `${salt}/device-bound ${purpose}`, derivation, digest)) : undefined,
    secretHashes,
    acceptedBySecret: secretHashes.map((each) => before?.acceptedBySecret[before.secretHashes.indexOf(each)] ?? 0),
    tokenCache: new TokenCache()
  }
}

// No cookie's name has a space, so that no session of another cookie has the same salt.
function deriveDeviceKeys (derive: (purpose: DevicePurpose) => SigningKeys): DeviceKeys {
  return Object.fromEntries(devicePurposes.map((purpose) => [purpose, derive(purpose)])) as DeviceKeys
}

/** Whether a secret is one that Flask accepts and that can be guessed. */
export function hasWeakSecret (secret: unknown): boolean {
  return checkSecrets(secret, true).some((each) => secretBytes(each).length < minSecretBytes || isGuessable(each))
}

export function checkSecrets (secret: unknown, flask: boolean): readonly [Secret, ...Secret[]] {
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
