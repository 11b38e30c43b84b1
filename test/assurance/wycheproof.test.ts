// Wycheproof's vectors (https://github.com/C2SP/wycheproof) are not ours to ship: WYCHEPROOF names a checkout of them.
import { isUtf8 } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { digests, hmac } from '../../lib/token/hmac.ts'
import { report } from '../support/assurance.ts'

interface Vector {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly [name: string]: string | number
}

interface Group {
  readonly [name: string]: unknown
  readonly tests: readonly Vector[]
}

const checkout = process.env.WYCHEPROOF
const skip = checkout === undefined ? 'set WYCHEPROOF to a checkout of C2SP/wycheproof' : false

function groups (file: string): readonly Group[] {
  return JSON.parse(readFileSync(`${checkout}/testvectors_v1/${file}_test.json`, 'utf8')).testGroups
}

function bytes (vector: Vector, name: string): Buffer {
  return Buffer.from(String(vector[name]), 'hex')
}

function check (t: Test, file: string, applies: (group: Group) => boolean, holds: (vector: Vector) => boolean): void {
  const vectors = groups(file).filter(applies).flatMap(({ tests }) => tests)
  const failed = vectors.filter((vector) => holds(vector) !== (vector.result === 'valid'))
  report(t, {
    measure: `Wycheproof, ${file.replaceAll('_', '-')}: ${vectors.length} vectors`,
    figure: `${failed.length} failed`,
    target: '0',
    command: 'WYCHEPROOF=… npm run test:long -- test/assurance/wycheproof.test.ts'
  })
  t.ok(vectors.length > 0)
  t.same(failed.map(({ tcId }) => tcId), [])
}

for (const digest of digests) {
  t.test(`HMAC with ${digest} holds Wycheproof's vectors`, { skip }, async (t) => {
    const whole = ({ tagSize }: Group) => tagSize === Number(digest.slice(3)) || (digest === 'sha1' && tagSize === 160)
    check(t, `hmac_${digest}`, whole, (vector) => {
      const [key, message, tag] = [bytes(vector, 'key'), bytes(vector, 'msg'), bytes(vector, 'tag').toString('base64url')]
      const holds = createHmac(digest, key).update(message).digest('base64url') === tag
      // Ours takes texts. That it is createHmac for any text and key, test/hmac.test.ts shows.
      return isUtf8(message) ? holds && hmac(digest, key)(String(message)) === tag : holds
    })
  })
}

t.test('HKDF with SHA-256 holds Wycheproof\'s vectors', { skip }, async (t) => {
  check(t, 'hkdf_sha256', () => true, (vector) => {
    try {
      const key = hkdfSync('sha256', bytes(vector, 'ikm'), bytes(vector, 'salt'), bytes(vector, 'info'), Number(vector.size))
      return Buffer.from(key).equals(bytes(vector, 'okm'))
    } catch {
      return false
    }
  })
})

t.test('AES-256-GCM with nonces of 96 bits holds Wycheproof\'s vectors', { skip }, async (t) => {
  check(t, 'aes_gcm', ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128, (vector) => {
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
