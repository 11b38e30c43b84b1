import { createSecretKey, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { digests, hmac, type Digest } from '../../lib/token/hmac.ts'
import {
  deriveEncryptionKeys, deriveKey, deriveSigningKeys, isGuessable, isSecret, keyDerivations, secretBytes, type KeyDerivation
} from '../../lib/token/keys.ts'
import { xaesKey } from '../../lib/token/xaes.ts'

interface Vector { digest: Digest, keyDerivation: KeyDerivation, salt: string, key: string }

const { secret, vectors } = JSON.parse(
  readFileSync(new URL('../vectors/itsdangerous.json', import.meta.url), 'utf8')) as { secret: string, vectors: Vector[] }

t.test('a secret is a string, bytes or a secret KeyObject', async (t) => {
  for (const value of ['', 'a', new Uint8Array(1), Buffer.from('a'), createSecretKey(Buffer.from('a'))]) t.equal(isSecret(value), true)
  for (const value of [undefined, null, 5, {}, [1], new ArrayBuffer(1), generateKeyPairSync('ed25519').publicKey]) t.equal(isSecret(value), false)
})

t.test('a secret in text counts as its UTF-8 bytes, and a KeyObject as what it holds', async (t) => {
  t.same(secretBytes(createSecretKey(Buffer.from('Zoë'))), Buffer.from('Zoë'))
  t.same(secretBytes('Zoë'), Buffer.from([0x5a, 0x6f, 0xc3, 0xab]))
  const bytes = Uint8Array.of(1, 2, 3)
  t.equal(secretBytes(bytes), bytes)
})

t.test('keys are those that itsdangerous derives', async (t) => {
  for (const { digest, keyDerivation, salt, key } of vectors) {
    t.equal(deriveKey(Buffer.from(secret), salt, keyDerivation, digest).toString('hex'), key, `${digest}, ${keyDerivation}, salt ${salt}`)
  }
  for (const digest of digests) {
    for (const derivation of keyDerivations) {
      t.ok(vectors.some((vector) => vector.digest === digest && vector.keyDerivation === derivation), `${digest}, ${derivation} has a vector`)
    }
  }
})

t.test('one key a secret, in their order, whether the secret is text or bytes', async (t) => {
  const keys = deriveSigningKeys([secret, Buffer.from('another')], 'salt', 'hmac', 'sha512')
  t.same(keys.map((mac) => mac('e30')), [
    hmac('sha512', deriveKey(Buffer.from(secret), 'salt', 'hmac', 'sha512'))('e30'),
    hmac('sha512', deriveKey(Buffer.from('another'), 'salt', 'hmac', 'sha512'))('e30')
  ])
})

t.test('no two of secret, salt, derivation and digest give the same key', async (t) => {
  const keys = new Set<string>()
  for (const bytes of [Buffer.from(secret), Buffer.from(secret.toUpperCase())]) {
    for (const salt of ['a', 'b']) {
      for (const derivation of keyDerivations) {
        for (const digest of digests) keys.add(deriveKey(bytes, salt, derivation, digest).toString('hex'))
      }
    }
  }
  t.equal(keys.size, 2 * 2 * keyDerivations.length * digests.length)
})

t.test('encryption keys come from HKDF, with their own salt and purpose, one per secret', async (t) => {
  const derived = (from: string | Uint8Array) =>
    xaesKey(new Uint8Array(hkdfSync('sha256', Buffer.from(from), 'salt', 'fastify-typed-session encryption', 32)))
  const keys = deriveEncryptionKeys([secret, Buffer.from('another')], 'salt')
  t.same(keys.map(({ key, mask }) => [key.export(), mask]), [secret, 'another'].map((from) => [derived(from).key.export(), derived(from).mask]))
})

t.test('a secret from a manual, or of one repeated byte, counts as guessable', async (t) => {
  for (const known of [
    'averylogphrasebiggerthanthirtytwochars', 'a secret with minimum length of 32 characters',
    'complex_password_at_least_32_characters_long', '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf',
    'x'.repeat(40), Buffer.alloc(32), Buffer.from('complex_password_at_least_32_characters_long')
  ]) {
    t.equal(isGuessable(known), true)
  }
  for (const other of [secret, `${'x'.repeat(40)}y`, `y${'x'.repeat(40)}`, 'complex_password_at_least_32_characters_lon']) {
    t.equal(isGuessable(other), false)
  }
})
