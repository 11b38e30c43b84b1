// Project Wycheproof's vectors against the cryptography that tokens rest on. Their origin and licence are in the file.
import { isUtf8 } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { digests, hmac } from '../../lib/token/hmac.ts'

interface Vector {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly [name: string]: string | number
}

const { sets } = JSON.parse(readFileSync(new URL('../vectors/wycheproof.json', import.meta.url), 'utf8')) as {
  sets: Record<string, readonly Vector[]>
}

function bytes (vector: Vector, name: string): Buffer {
  return Buffer.from(String(vector[name]), 'hex')
}

function check (t: Test, set: string, holds: (vector: Vector) => boolean): void {
  const vectors = sets[set] ?? []
  t.ok(vectors.length > 60, `${vectors.length} vectors`)
  const failed = vectors.filter((vector) => holds(vector) !== (vector.result === 'valid'))
  t.same(failed.map(({ tcId }) => tcId), [])
}

for (const digest of digests) {
  t.test(`HMAC with ${digest} holds Wycheproof's vectors`, async (t) => {
    check(t, `HMAC ${digest}`, (vector) => {
      const [key, message, tag] = [bytes(vector, 'key'), bytes(vector, 'msg'), bytes(vector, 'tag').toString('base64url')]
      const holds = createHmac(digest, key).update(message).digest('base64url') === tag
      // Ours takes texts. test/token/hmac.test.ts shows that it is createHmac for any text and key.
      return isUtf8(message) ? holds && hmac(digest, key)(String(message)) === tag : holds
    })
  })
}

t.test('HKDF with SHA-256 holds Wycheproof\'s vectors', async (t) => {
  check(t, 'HKDF sha256', (vector) => {
    const key = hkdfSync('sha256', bytes(vector, 'ikm'), bytes(vector, 'salt'), bytes(vector, 'info'), Number(vector.size))
    return Buffer.from(key).equals(bytes(vector, 'okm'))
  })
})

t.test('AES-256-GCM with nonces of 96 bits holds Wycheproof\'s vectors', async (t) => {
  check(t, 'AES-256-GCM', (vector) => {
    const [key, nonce] = [bytes(vector, 'key'), bytes(vector, 'iv')]
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    decipher.setAAD(bytes(vector, 'aad')).setAuthTag(bytes(vector, 'tag'))
    const plaintext = decipher.update(bytes(vector, 'ct'))
    try {
      decipher.final()
    } catch {
      return false
    }
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(bytes(vector, 'aad'))
    return plaintext.equals(bytes(vector, 'msg')) && cipher.update(plaintext).equals(bytes(vector, 'ct'))
  })
})
