import t from 'tap'
import { decodeBase64url, decodeInteger, encodeBase64url, encodeInteger } from '../lib/encoding.ts'

t.test('base64url has one spelling of each value', async (t) => {
  t.equal(encodeBase64url('Zoë'), 'Wm_Dqw')
  t.equal(encodeBase64url(Uint8Array.of(255, 0)), '_wA')
  t.same(decodeBase64url('Wm_Dqw'), Buffer.from('Zoë'))
  for (const alias of ['Wm_Dqw==', 'Wm/Dqw', 'Wm_Dqx', ' Wm_Dqw', 'Wm_D\nqw', 'Wm_Dq', 'Wm_Dqw.', 'é']) {
    t.equal(decodeBase64url(alias), undefined, `"${alias}" is refused`)
  }
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
