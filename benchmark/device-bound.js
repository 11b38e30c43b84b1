// node --import tsx benchmark/device-bound.js: what `deviceBound` costs a request, and the endpoint.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { measure } from 'mitata'
import { loadVerifier } from '../lib/device-bound/assertion.ts'
import { proveDevice } from '../lib/device-bound/binding.ts'
import { sealDeviceToken } from '../lib/device-bound/device-tokens.ts'
import { grant, verifyRefresh } from '../lib/device-bound/endpoint.ts'
import { resolveOptions } from '../lib/options/options.ts'
import { signAssertion } from '../lib/testing/device-bound-browser.ts'
import { encodeBody, openToken, sealToken } from '../lib/token/token.ts'
import { secret, small } from './data.js'
import { schema } from './schema.js'

const now = 1_800_000_000
const settings = resolveOptions({ schema, secret, cookie: { secure: true }, deviceBound: true }, () => '')
const { deviceBound: binding } = settings
const { tokens } = binding
const device = 'a-device-of-22-letters'
const session = (own) => openToken(sealToken(encodeBody({ permanent: false, ...own }, small), settings, now), settings, now)
const headerWith = (proof) => ({ cookie: `theme=dark; session=${'x'.repeat(160)}; session-proof=${proof}` })

const bound = session({ device, bound: true })
const unbound = session({ device })
const remembered = headerWith(sealDeviceToken(tokens.proof, { device }, now))
const others = Array.from({ length: 20_000 }, (_, index) => headerWith(sealDeviceToken(tokens.proof, { device: `a-device-of-22-l-${index}` }, now)))
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { x, y } = pair.publicKey.export({ format: 'jwk' })
const granted = grant({ device, permanent: false }, { alg: 'ES256', kty: 'EC', crv: 'P-256', x, y }, tokens, now)
const headers = { cookie: `session-key=${granted.key}`, 'secure-session-response': signAssertion({}, granted.challenge, pair.privateKey) }
const verifier = await loadVerifier()
assert.ok(proveDevice(bound, remembered, binding, now).ok)
assert.ok((await verifyRefresh(headers, device, tokens, verifier, now)).ok)

let turn = 0
const figures = {
  'a request with a proof that is remembered': () => proveDevice(bound, remembered, binding, now),
  'a request with a new proof': () => proveDevice(bound, others[turn++ % others.length], binding, now),
  'a request of a browser that bound nothing': () => proveDevice(unbound, { cookie: remembered.cookie.slice(0, 180) }, binding, now),
  'a refresh at the endpoint': () => verifyRefresh(headers, device, tokens, verifier, now)
}
for (const [name, run] of Object.entries(figures)) {
  const times = []
  for (let repeated = 0; repeated < 5; repeated++) {
    const { p25 } = await measure(run, { min_cpu_time: 100e6, min_samples: 20, batch_samples: 256 })
    times.push(p25)
  }
  console.log(`${name}: ${(Math.min(...times) / 1000).toFixed(2)} µs`)
}
