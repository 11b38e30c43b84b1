import t from 'tap'
import { newNonce } from '../../lib/token/cipher.ts'

const nonces = Array.from({ length: 3000 }, newNonce).map((nonce) => nonce.toString('hex'))
const halves = nonces.map((nonce) => nonce.slice(0, 24))

t.test('a nonce has 24 bytes, and none is given twice', async (t) => {
  for (const nonce of nonces) if (nonce.length !== 48) t.fail(nonce)
  t.equal(new Set(nonces).size, 3000)
  t.equal(new Set(nonces.map((nonce) => nonce.slice(24))).size, 3000, 'not by its second half either')
})

t.test('1,024 nonces share their first half, and so the key derived from it', async (t) => {
  t.same([...new Set(halves)].map((half) => halves.filter((each) => each === half).length), [1024, 1024, 952])
})

t.test('what was given stays as it is', async (t) => {
  const nonce = newNonce()
  const before = nonce.toString('hex')
  for (let i = 0; i < 2048; i++) newNonce()
  t.equal(nonce.toString('hex'), before)
})
