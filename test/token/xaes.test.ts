import { createHash } from 'node:crypto'
import t from 'tap'
import { xaesKey, xaesOpen, xaesSeal } from '../../lib/token/xaes.ts'

// https://c2sp.org/XAES-256-GCM, "Test vectors"
const vectors = [
  { key: '01'.repeat(32), data: '', sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271' },
  { key: '03'.repeat(32), data: 'c2sp.org/XAES-256-GCM', sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d' }
]

for (const { key: hex, data, sealed } of vectors) {
  t.test(`XAES-256-GCM seals and opens the specification's vector with the key ${hex.slice(0, 2)}…`, async (t) => {
    const key = xaesKey(Buffer.from(hex, 'hex'))
    const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX')
    t.equal(xaesSeal(key, nonce, Buffer.from('XAES-256-GCM'), Buffer.from(data)).toString('hex'), sealed)
    t.equal(String(xaesOpen(key, nonce, Buffer.from(sealed, 'hex'), Buffer.from(data))), 'XAES-256-GCM')
    t.equal(xaesOpen(key, nonce, Buffer.from(sealed, 'hex'), Buffer.from('other')), undefined)
  })
}

t.test('XAES-256-GCM gives the accumulated hash of its specification for 10,000 messages', async (t) => {
  // At most 32 + 24 + 1 + 255 + 1 + 255 bytes a message.
  const stream = createHash('shake128', { outputLength: 10_000 * 568 }).digest()
  const hash = createHash('shake128', { outputLength: 32 })
  let position = 0
  const read = (length: number) => {
    position += length
    return stream.subarray(position - length, position)
  }
  for (let i = 0; i < 10_000; i++) {
    const key = xaesKey(read(32))
    const nonce = read(24)
    const plaintext = read(read(1).readUInt8())
    const data = read(read(1).readUInt8())
    const sealed = xaesSeal(key, nonce, plaintext, data)
    hash.update(sealed)
    if (!xaesOpen(key, nonce, sealed, data)?.equals(plaintext)) return t.fail(`message ${i} does not open`)
  }
  t.equal(hash.digest('hex'), 'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939')
})
