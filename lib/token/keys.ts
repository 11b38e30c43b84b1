import { createHash, createHmac, hkdfSync, KeyObject } from 'node:crypto'
import { hmac, type Digest, type Mac } from './hmac.ts'
import { xaesKey, type XaesKey } from './xaes.ts'

/** A secret: at least 32 bytes, better from a CSPRNG. A string counts as its UTF-8 bytes, and a KeyObject must be a secret key. */
export type Secret = string | Uint8Array | KeyObject

/** How itsdangerous makes a key of a secret and a salt (`Signer.key_derivation`). */
export type KeyDerivation = 'hmac' | 'concat' | 'django-concat'
export const keyDerivations = ['hmac', 'concat', 'django-concat'] as const satisfies KeyDerivation[]

/** What signs and verifies: the first key signs, all verify. */
export type SigningKeys = readonly [Mac, ...Mac[]]

/** Whether a value can be a secret, whatever its strength. */
export function isSecret (value: unknown): value is Secret {
  return typeof value === 'string' || value instanceof Uint8Array || (value instanceof KeyObject && value.type === 'secret')
}

export function secretBytes (secret: Secret): Uint8Array {
  if (typeof secret === 'string') return Buffer.from(secret)
  return secret instanceof KeyObject ? secret.export() : secret
}

// Secrets that the manuals print of the libraries that people come from.
const published = new Set([
  'averylogphrasebiggerthanthirtytwochars',
  'a secret with minimum length of 32 characters',
  'complex_password_at_least_32_characters_long',
  '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf'
])

/** Whether a secret is no secret: printed in a manual, or one byte again and again. */
export function isGuessable (secret: Secret): boolean {
  const bytes = secretBytes(secret)
  return published.has(Buffer.from(bytes).toString()) || bytes.every((byte) => byte === bytes[0])
}

/** Derives one signing key a secret, in their order. */
export function deriveSigningKeys (
  secrets: readonly [Secret, ...Secret[]], salt: string, derivation: KeyDerivation, digest: Digest
): SigningKeys {
  const [first, ...others] = secrets
  const derive = (secret: Secret) => hmac(digest, deriveKey(secretBytes(secret), salt, derivation, digest))
  return [derive(first), ...others.map(derive)]
}

/** `itsdangerous.Signer.derive_key`. */
export function deriveKey (secret: Uint8Array, salt: string, derivation: KeyDerivation, digest: Digest): Buffer {
  switch (derivation) {
    case 'hmac': return createHmac(digest, secret).update(salt).digest()
    case 'concat': return createHash(digest).update(salt).update(secret).digest()
    case 'django-concat': return createHash(digest).update(salt).update('signer').update(secret).digest()
  }
}

/** Derives one encryption key a secret, in their order: HKDF (RFC 5869) with the purpose in its info. */
export function deriveEncryptionKeys (
  secrets: readonly [Secret, ...Secret[]], salt: string
): readonly [XaesKey, ...XaesKey[]] {
  const [first, ...others] = secrets
  const derive = (secret: Secret) =>
    xaesKey(new Uint8Array(hkdfSync('sha256', secretBytes(secret), salt, 'fastify-typed-session encryption', 32)))
  return [derive(first), ...others.map(derive)]
}
