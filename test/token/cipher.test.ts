import t from 'tap'
import { decrypt, encrypt, type EncryptionKeys } from '../../lib/token/cipher.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { xaesKey } from '../../lib/token/xaes.ts'

const keys = (cookieName: string, ...bytes: number[]): EncryptionKeys => {
  const [first = 1, ...others] = bytes
  const key = (byte: number) => xaesKey(Buffer.alloc(32, byte))
  return { cookieName, keys: [key(first), ...others.map(key)] }
}
const limits = { now: 1_790_000_000, lifetime: 60, clockTolerance: 5 }
const value = encodeBase64url('{"userId":7}')
const own = keys('session', 1)
const token = encrypt(value, limits.now, own)

t.test('a value comes back with the time at which it was encrypted', async (t) => {
  t.same(decrypt(token, own, limits), { ok: true, value, signedAt: limits.now, keyIndex: 0 })
})

t.test('the same value never makes the same token', async (t) => {
  t.not(encrypt(value, limits.now, own), token)
})

t.test('an empty value is one too', async (t) => {
  t.match(decrypt(encrypt('', limits.now, own), own, limits), { ok: true, value: '' })
})

t.test('a token does not show what is in it', async (t) => {
  t.notOk(Buffer.from(token.split('.')[0] ?? '', 'base64url').includes('userId'))
})

t.test('an older key still decrypts, and says that it did', async (t) => {
  t.match(decrypt(token, keys('session', 2, 3, 1), limits), { ok: true, keyIndex: 2 })
})

t.test('another key does not open a token', async (t) => {
  t.same(decrypt(token, keys('session', 2), limits), { ok: false, reason: 'signature' })
})

t.test('another cookie\'s name does not open a token, though the key is the same', async (t) => {
  t.same(decrypt(token, keys('admin', 1), limits), { ok: false, reason: 'signature' })
})

t.test('the time cannot be changed', async (t) => {
  const later = encrypt(value, limits.now + 1, own)
  t.same(decrypt(`${token.split('.')[0]}.${later.split('.')[1]}`, own, limits), { ok: false, reason: 'signature' })
})

t.test('the age is judged as that of a signature', async (t) => {
  const at = (signedAt: number) => decrypt(encrypt(value, signedAt, own), own, limits)
  t.equal(at(limits.now - 60).ok, true)
  t.same(at(limits.now - 61), { ok: false, reason: 'expired' })
  t.equal(at(limits.now + 5).ok, true)
  t.same(at(limits.now + 6), { ok: false, reason: 'future' })
})

t.test('what is too short or of another shape is malformed', async (t) => {
  for (const text of ['', '.', 'a.b', 'e30.arE7gA.9k4iuB7MNkN13n', '.e30.arE7gA', encodeBase64url(Buffer.alloc(39)) + '.arE7gA',
    `${token}=`, `+${token}`, ` ${token}`, token.replace('.', '..'), token.replace('.', ''), `${encodeBase64url(Buffer.alloc(40))}+.arE7gA`]) {
    t.same(decrypt(text, own, limits), { ok: false, reason: 'malformed' }, JSON.stringify(text))
  }
})
