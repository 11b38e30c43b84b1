import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { loadVerifier } from '../../lib/device-bound/assertion.ts'
import { signAssertion } from '../../lib/testing/device-bound-browser.ts'

const verifier = await loadVerifier()
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = pair.publicKey.export({ format: 'jwk' })
const key = { alg: 'ES256', kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y) } as const
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaJwk = rsa.publicKey.export({ format: 'jwk' })
const rsaKey = { alg: 'RS256', kty: 'RSA', n: String(rsaJwk.n), e: String(rsaJwk.e) } as const
const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })

t.test('a new key is accepted with an assertion that it signed', async (t) => {
  t.strictSame(await verifier.verifyNew(signAssertion({ jwk }, 'c', pair.privateKey), ['ES256']), { ok: true, key })
  t.strictSame(await verifier.verifyNew(signAssertion({ alg: 'RS256', jwk: rsaJwk }, 'c', rsa.privateKey), ['ES256', 'RS256']), { ok: true, key: rsaKey })
})

t.test('of a new key, nothing is kept but the key', async (t) => {
  const assertion = signAssertion({ jwk: { ...jwk, kid: 'me', use: 'sig', note: 'x'.repeat(500) } }, 'c', pair.privateKey)
  t.strictSame(await verifier.verifyNew(assertion, ['ES256']), { ok: true, key })
})

t.test('an assertion is refused that its key did not sign', async (t) => {
  const forged = signAssertion({ jwk }, 'c', other.privateKey)
  t.strictSame(await verifier.verifyNew(forged, ['ES256']), { ok: false, reason: 'signature' })
  t.strictSame(await verifier.verify(forged, key), { ok: false, reason: 'signature' })
})

t.test('a known key is not replaced by the one that an assertion brings', async (t) => {
  const assertion = signAssertion({ jwk: other.publicKey.export({ format: 'jwk' }) }, 'c', other.privateKey)
  t.strictSame(await verifier.verify(assertion, key), { ok: false, reason: 'signature' })
  t.strictSame(await verifier.verify(signAssertion({}, 'c', pair.privateKey), key), { ok: true, key })
  t.strictSame(await verifier.verify(signAssertion({ alg: 'RS256' }, 'c', rsa.privateKey), rsaKey), { ok: true, key: rsaKey })
})

t.test('only the algorithms that were offered are accepted, and never "none"', async (t) => {
  const refused = { ok: false, reason: 'algorithm' } as const
  t.strictSame(await verifier.verifyNew(signAssertion({ alg: 'RS256', jwk: rsaJwk }, 'c', rsa.privateKey), ['ES256']), refused)
  t.strictSame(await verifier.verify(signAssertion({ alg: 'RS256' }, 'c', rsa.privateKey), key), refused)
  for (const alg of ['none', 'None', 'HS256', 'ES384', 'EdDSA', 'toString']) {
    const [header, payload] = signAssertion({ alg, jwk }, 'c', pair.privateKey).split('.')
    t.strictSame(await verifier.verifyNew(`${header}.${payload}.`, ['ES256', 'RS256']), refused, alg)
    t.strictSame(await verifier.verify(`${header}.${payload}.`, key), refused, alg)
  }
})

t.test('what is not an assertion is refused, whatever it is', async (t) => {
  const refused = { ok: false, reason: 'malformed' } as const
  const good = signAssertion({ jwk }, 'c', pair.privateKey)
  for (const text of ['', 'x', '..', 'a.b.c', good.slice(0, good.lastIndexOf('.')), `${good}.x`, signAssertion({ typ: 'JWT', jwk }, 'c', pair.privateKey),
    signAssertion({ jwk, crit: ['more'], more: 1 }, 'c', pair.privateKey)]) {
    t.strictSame(await verifier.verifyNew(text, ['ES256', 'RS256']), refused, text)
    t.equal((await verifier.verify(text, key)).ok, false, text)
  }
  for (const wrong of [undefined, null, 'x', {}, { kty: 'EC' }, { ...jwk, crv: 'P-384' }, { ...jwk, x: jwk.y }, pair.privateKey.export({ format: 'jwk' }), rsaJwk,
    { kty: 'oct', k: 'AAAA' }, { ...jwk, use: 'enc' }, { ...jwk, alg: 'ES384' }]) {
    t.strictSame(await verifier.verifyNew(signAssertion({ jwk: wrong }, 'c', pair.privateKey), ['ES256', 'RS256']), refused, JSON.stringify(wrong))
  }
})

t.test('an RSA key of less than 2,048 bits is refused', async (t) => {
  const assertion = signAssertion({ alg: 'RS256', jwk: shortRsa.publicKey.export({ format: 'jwk' }) }, 'c', shortRsa.privateKey)
  t.strictSame(await verifier.verifyNew(assertion, ['RS256']), { ok: false, reason: 'malformed' })
})

t.test('the challenge of an assertion is read before verification: a string or nothing', async (t) => {
  t.equal(verifier.readChallenge(signAssertion({}, 'c.1', pair.privateKey)), 'c.1')
  const payload = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AA`
  for (const text of ['', 'x', 'a.b.c', '..', payload(5), payload([]), payload({}), payload({ jti: 5 }), payload({ jti: null }), payload({ jti: ['c'] })]) {
    t.equal(verifier.readChallenge(text), undefined, text)
  }
})

t.test('a missing jose is an error of the options, which says how to install it', async (t) => {
  const cause = new Error('Cannot find package')
  await t.rejects(loadVerifier(async () => { throw cause }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /npm install jose/, cause })
})
