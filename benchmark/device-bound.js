// node --import tsx benchmark/device-bound.js [rounds], after `npm run build`: what `deviceBound` costs a request, and the
// endpoint: by itself, and in the requests of the harness.
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
import { ask, Host } from './host.js'
import { cookieOf, requestOf } from './load.js'
import { pickScenarios } from './scenarios.js'
import { schema } from './schema.js'
import { median } from './statistics.js'

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

// The same in whole requests, which bring the session and its proof. Each process has bare Fastify beside it.
const rounds = Number(process.argv[2] ?? 20)
const names = ['typed-session', 'typed-session-bound']
const hosts = await Promise.all(names.map((name) => Host.start([name], { scenarios: pickScenarios(['untouched', 'read']), logIn: logInAndBind })))
for (const scenario of ['untouched', 'read']) {
  const added = names.map(() => [])
  for (const host of hosts) await host.measure(scenario, 1) // until the code has been compiled
  for (let round = 0; round < rounds; round++) {
    for (const [index, host] of hosts.entries()) {
      const [bare, measured] = await host.measure(scenario, 0.2)
      added[index].push(measured.cpu - bare.cpu)
    }
  }
  const [unbound, bound] = added.map((each) => median(each))
  console.log(`${scenario}: ${unbound.toFixed(1)} µs over bare Fastify, bound ${bound.toFixed(1)} µs`)
}
for (const host of hosts) host.stop()

/** Logs in as a browser with a device: it registers a key where the answer offers it. */
async function logInAndBind (port, sessions, permanent) {
  const cookies = []
  for (const data of sessions) {
    const answer = await ask(port, requestOf('POST', '/login', undefined, { data, permanent }))
    const [, path, challenge] = /^secure-session-registration: .*path="([^"]+)";challenge="([^"]+)"/im.exec(answer) ?? []
    cookies.push(path === undefined ? cookieOf(answer) : await register(port, path, challenge, cookieOf(answer)))
  }
  return cookies
}

async function register (port, path, challenge, cookie) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwt = signAssertion({ jwk: publicKey.export({ format: 'jwk' }) }, challenge, privateKey)
  const answer = await ask(port, requestOf('POST', path, cookie, undefined, [`Secure-Session-Response: ${jwt}`, 'Content-Length: 0']))
  const set = Object.fromEntries(Array.from(answer.matchAll(/^set-cookie: ([^=]+)=([^;]+)/gim), ([, name, value]) => [name, value]))
  const { session, 'session-proof': proof } = { ...Object.fromEntries([cookie.split('=')]), ...set }
  assert.ok(proof)
  return `session=${session}; session-proof=${proof}`
}
