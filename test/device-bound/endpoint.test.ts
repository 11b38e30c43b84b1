import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { loadVerifier } from '../../lib/device-bound/assertion.ts'
import type { DeviceBinding } from '../../lib/device-bound/binding.ts'
import { sealDeviceToken } from '../../lib/device-bound/device-tokens.ts'
import { grant, sessionToRefresh, verifyRefresh, verifyRegistration } from '../../lib/device-bound/endpoint.ts'
import { resolveOptions } from '../../lib/options/options.ts'
import { signAssertion } from '../../lib/testing/device-bound-browser.ts'
import { schema, secret } from '../support/app.ts'

const now = 1_790_000_000
const verifier = await loadVerifier()
const { tokens } = resolveOptions({ schema, secret, cookie: { secure: true }, deviceBound: true }, () => '').deviceBound as DeviceBinding
const device = 'a-device-of-22-letters'
const otherDevice = 'another-device-22-lett'
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = pair.publicKey.export({ format: 'jwk' })
const key = { alg: 'ES256', kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y) } as const
const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const thiefJwk = thief.publicKey.export({ format: 'jwk' })

const metadata = { device, permanent: true, lifetime: undefined, authenticatedAt: now }
const offer = sealDeviceToken(tokens.registration, metadata, now)
const granted = grant(metadata, key, tokens, now)

const register = (assertion: string | undefined, at = now) =>
  verifyRegistration({ 'secure-session-response': assertion }, tokens, ['ES256'], verifier, at)
const refresh = (assertion: string | undefined, { id = device, cookie = `session-key=${granted.key}`, at = now } = {}) =>
  verifyRefresh({ cookie, 'secure-session-response': assertion }, id, tokens, verifier, at)

t.test('a device registers the key with which it signs the offer', async (t) => {
  t.strictSame(await register(signAssertion({ jwk }, offer, pair.privateKey)), { ok: true, key, metadata })
  t.strictSame(await register(`"${signAssertion({ jwk }, offer, pair.privateKey)}"`), { ok: true, key, metadata })
})

t.test('a device proves itself with the key that it registered', async (t) => {
  t.match(await refresh(signAssertion({}, granted.challenge, pair.privateKey)), { ok: true, key, metadata: { device, permanent: true, authenticatedAt: now } })
})

t.test('a request that signed nothing is told apart from one that signed wrongly', async (t) => {
  t.strictSame(await refresh(undefined), { ok: false, reason: 'absent' })
  t.strictSame(await register(undefined), { ok: false, reason: 'absent' })
})

t.test('a challenge to refresh registers no key: a thief with every cookie can get one', async (t) => {
  t.strictSame(await register(signAssertion({ jwk: thiefJwk }, granted.challenge, thief.privateKey)), { ok: false, reason: 'challenge' })
})

t.test('an offer to register refreshes nothing', async (t) => {
  t.strictSame(await refresh(signAssertion({}, offer, pair.privateKey)), { ok: false, reason: 'challenge' })
})

t.test('no cookie passes for a challenge', async (t) => {
  for (const token of [granted.proof, granted.key]) {
    t.strictSame(await register(signAssertion({ jwk: thiefJwk }, token, thief.privateKey)), { ok: false, reason: 'challenge' })
    t.strictSame(await refresh(signAssertion({}, token, pair.privateKey)), { ok: false, reason: 'challenge' })
  }
})

t.test('a refresh needs the key that was registered, whatever the assertion brings', async (t) => {
  t.strictSame(await refresh(signAssertion({}, granted.challenge, thief.privateKey)), { ok: false, reason: 'signature' })
  t.strictSame(await refresh(signAssertion({ jwk: thiefJwk }, granted.challenge, thief.privateKey)), { ok: false, reason: 'signature' })
})

t.test('a challenge is for one device', async (t) => {
  const other = grant({ ...metadata, device: otherDevice }, key, tokens, now)
  t.strictSame(await refresh(signAssertion({}, other.challenge, pair.privateKey)), { ok: false, reason: 'challenge' })
})

t.test('without the key cookie of the session named, there is nothing to refresh', async (t) => {
  const assertion = signAssertion({}, granted.challenge, pair.privateKey)
  for (const others of [{ id: otherDevice }, { id: '' }, { cookie: '' }, { cookie: `session-key=${granted.proof}` }, { cookie: `session=${granted.key}` }]) {
    t.strictSame(await refresh(assertion, others), { ok: false, reason: 'unknown' }, JSON.stringify(others))
  }
  t.match(await refresh(assertion, { cookie: `session-key=x.y.z; session-key=${granted.key}` }), { ok: true })
})

t.test('an offer and a challenge expire', async (t) => {
  t.match(await register(signAssertion({ jwk }, offer, pair.privateKey), now + 300), { ok: true })
  t.strictSame(await register(signAssertion({ jwk }, offer, pair.privateKey), now + 301), { ok: false, reason: 'challenge' })
  t.match(await refresh(signAssertion({}, granted.challenge, pair.privateKey), { at: now + 720 }), { ok: true })
  t.strictSame(await refresh(signAssertion({}, granted.challenge, pair.privateKey), { at: now + 721 }), { ok: false, reason: 'challenge' })
})

t.test('what is not an assertion is malformed, and one over 4,096 bytes is not even read', async (t) => {
  for (const text of ['', 'x', 'a.b.c', 'a b', 'x'.repeat(100_000)]) {
    t.strictSame(await register(text), { ok: false, reason: 'malformed' }, text.slice(0, 10))
    t.strictSame(await refresh(text), { ok: false, reason: 'malformed' }, text.slice(0, 10))
  }
  const large = (bytes: number) => {
    const padded = (length: number) => signAssertion({ jwk, pad: 'x'.repeat(length) }, offer, pair.privateKey)
    return padded(Math.floor((bytes - padded(0).length) * 3 / 4))
  }
  t.match(await register(large(4096)), { ok: true })
  t.strictSame(await register(large(4100)), { ok: false, reason: 'malformed' })
})

t.test('an algorithm that was not offered is refused', async (t) => {
  t.strictSame(await register(signAssertion({ alg: 'none', jwk }, offer, pair.privateKey)), { ok: false, reason: 'algorithm' })
  t.strictSame(await refresh(signAssertion({ alg: 'RS256' }, granted.challenge, pair.privateKey)), { ok: false, reason: 'algorithm' })
})

t.test('a request to refresh is one that names a session, however badly', async (t) => {
  t.equal(sessionToRefresh({}), undefined)
  t.equal(sessionToRefresh({ 'sec-secure-session-id': device }), device)
  t.equal(sessionToRefresh({ 'sec-secure-session-id': `"${device}"` }), device)
  t.equal(sessionToRefresh({ 'sec-secure-session-id': 'a b' }), '')
})
