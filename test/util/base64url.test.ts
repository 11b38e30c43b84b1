import fc from 'fast-check'
import t from 'tap'
import { decodeBase64url, decodeInteger, encodeBase64url, encodeInteger } from '../../lib/util/base64url.ts'

t.test('base64url has one spelling of each value', async (t) => {
  t.equal(encodeBase64url(''), '')
  t.equal(encodeBase64url('Zoë'), 'Wm_Dqw')
  t.equal(encodeBase64url(Uint8Array.of(255, 0)), '_wA')
  t.equal(encodeBase64url(Uint8Array.of(1, 255, 0, 1).subarray(1, 3)), '_wA', 'a view is encoded, not its whole buffer')
  t.same(decodeBase64url('Wm_Dqw'), Buffer.from('Zoë'))
  for (const alias of ['Wm_Dqw==', 'Wm/Dqw', 'Wm_Dqx', ' Wm_Dqw', 'Wm_D\nqw', 'Wm_Dq', 'Wm_Dqw.', 'é', 'Wm_Dqw\u0100', 'ŗm_Dqw']) {
    t.equal(decodeBase64url(alias), undefined, `"${alias}" is refused`)
  }
})

t.test('any bytes and any text survive base64url, which keeps to its alphabet', async () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array(), fc.string({ unit: 'grapheme' })), (data) => {
    const text = encodeBase64url(data)
    return /^[\w-]*$/.test(text) && decodeBase64url(text)?.equals(Buffer.from(data as string)) === true
  }), { numRuns: 1000 })
})

t.test('a text that is decoded is the one that its bytes are encoded as', async () => {
  const nearly = fc.string({ unit: fc.constantFrom(...'AZaz09-_+/= \n.é') })
  fc.assert(fc.property(fc.oneof(nearly, fc.string()), (text) => {
    const bytes = decodeBase64url(text)
    return bytes === undefined || encodeBase64url(bytes) === text
  }), { numRuns: 1000 })
})

t.test('integers are big-endian without leading zeros', async (t) => {
  for (const [value, hex] of [[0, ''], [1, '01'], [255, 'ff'], [256, '0100'], [1_790_000_000, '6ab13b80'],
    [Number.MAX_SAFE_INTEGER, '1fffffffffffff']] as const) {
    t.equal(encodeInteger(value).toString('hex'), hex)
    t.equal(decodeInteger(Buffer.from(hex, 'hex')), value)
  }
  for (const hex of ['00', '0001', '20000000000000', 'ffffffffffffffff', '0100000000000000']) {
    t.equal(decodeInteger(Buffer.from(hex, 'hex')), undefined, `${hex} is refused`)
  }
})

t.test('any safe integer from 0 survives, and no two byte strings stand for one', async () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => decodeInteger(encodeInteger(value)) === value), { numRuns: 1000 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 9 }), (bytes) => {
    const value = decodeInteger(bytes)
    return value === undefined || encodeInteger(value).equals(bytes)
  }), { numRuns: 1000 })
})
