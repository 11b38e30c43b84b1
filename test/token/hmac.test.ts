import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { digests, hmac } from '../../lib/token/hmac.ts'

t.test('the code is that of createHmac, for every digest and key up to two blocks', async (t) => {
  for (const digest of digests) {
    const differing = []
    for (let length = 0; length <= 257; length++) {
      const key = Uint8Array.from({ length }, (_, index) => index * 7 + length)
      const text = 'e30.aXxyzQ'.repeat(length % 13)
      if (hmac(digest, key)(text) !== createHmac(digest, key).update(text).digest('base64url')) differing.push(length)
    }
    t.same(differing, [], digest)
  }
})

t.test('the code is that of createHmac for any text, one after the other', async () => {
  for (const digest of digests) {
    const key = Buffer.alloc(32, 0xa5)
    const mac = hmac(digest, key)
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (text) =>
      mac(text) === createHmac(digest, key).update(text).digest('base64url')), { numRuns: 1000 })
  }
})

t.test('characters that share their low byte are no aliases', async (t) => {
  const mac = hmac('sha256', Buffer.alloc(32, 1))
  t.not(mac('a'), mac('\u0161'))
})

t.test('a key that changes afterwards changes nothing', async (t) => {
  const key = Buffer.alloc(32, 1)
  const mac = hmac('sha256', key)
  const before = mac('e30')
  key.fill(2)
  t.equal(mac('e30'), before)
})

t.test('the code is that of createHmac for texts longer than any cookie', async (t) => {
  const key = Buffer.alloc(32, 0xa5)
  const mac = hmac('sha256', key)
  for (const text of ['€'.repeat(4096), 'e30', '€'.repeat(4097), 'e30.aXxyzQ', 'e'.repeat(100_000), '']) {
    t.equal(mac(text), createHmac('sha256', key).update(text).digest('base64url'), `${text.length}`)
  }
})
