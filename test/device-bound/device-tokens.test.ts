import t from 'tap'
import { deviceTokens, openDeviceToken, sealDeviceToken, type DeviceKeys } from '../../lib/device-bound/device-tokens.ts'
import { resolveOptions } from '../../lib/options/options.ts'
import { encodeBody, openToken, sealToken } from '../../lib/token/token.ts'
import { emptyMetadata } from '../../lib/token/metadata.ts'
import { schema, secret } from '../support/app.ts'

const now = 1_790_000_000
const device = 'a-device-of-22-letters'
const session = (options = {}) => resolveOptions({ schema, secret, lifetime: 86_400, ...options }, () => '')
const deviceKeys = session({ cookie: { secure: true }, deviceBound: true }).deviceKeys as DeviceKeys
const tokensOf = (options = {}) => deviceTokens(session(options), deviceKeys, 600)
const kinds = ['proof', 'key', 'registration', 'refresh'] as const

t.test('a token of one kind is none of another, and none is a session', async (t) => {
  const settings = session()
  const tokens = tokensOf()
  for (const kind of kinds) {
    const token = sealDeviceToken(tokens[kind], { device }, now)
    t.equal(openToken(token, settings, now).ok, false, `${kind} as a session`)
    for (const other of kinds) t.equal(openDeviceToken(tokens[other], [token], device, now) !== undefined, other === kind, `${kind} as ${other}`)
  }
  const ofSession = sealToken(encodeBody({ ...emptyMetadata, device, bound: true }, {}), settings, now)
  for (const kind of kinds) t.equal(openDeviceToken(tokens[kind], [ofSession], device, now), undefined, `a session as ${kind}`)
})

t.test('a token is for one device, and the first that is for it counts', async (t) => {
  const { proof } = tokensOf()
  const texts = ['junk', sealDeviceToken(proof, { device: 'another-device-22-lett' }, now), sealDeviceToken(proof, { device }, now - 5), sealDeviceToken(proof, { device }, now)]
  t.match(openDeviceToken(proof, texts, device, now), { ok: true, signedAt: now - 5, metadata: { device } })
  t.equal(openDeviceToken(proof, texts.slice(0, 2), device, now), undefined)
  t.equal(openDeviceToken(proof, [], device, now), undefined)
})

t.test('each kind lives as long as it is needed', async (t) => {
  const tokens = tokensOf()
  for (const [kind, seconds] of [['proof', 600], ['registration', 300], ['refresh', 720], ['key', 87_000]] as const) {
    const token = sealDeviceToken(tokens[kind], { device }, now)
    t.not(openDeviceToken(tokens[kind], [token], device, now + seconds), undefined, kind)
    t.equal(openDeviceToken(tokens[kind], [token], device, now + seconds + 1), undefined, kind)
  }
})

t.test('the absolute lifetime bounds the key, and nothing that lives for minutes', async (t) => {
  const tokens = tokensOf({ absoluteLifetime: 3600 })
  const metadata = { device, authenticatedAt: now - 3600 }
  for (const [kind, later, ok] of [['key', 600, true], ['key', 601, false], ['proof', 0, true], ['refresh', 0, true]] as const) {
    t.equal(openDeviceToken(tokens[kind], [sealDeviceToken(tokens[kind], metadata, now)], device, now + later) !== undefined, ok, `${kind} ${later}`)
  }
})

t.test('with encrypt, the tokens are signed all the same: they hold no data of the user', async (t) => {
  const { proof } = tokensOf({ encrypt: true })
  t.equal(sealDeviceToken(proof, { device }, now), sealDeviceToken(tokensOf().proof, { device }, now))
})

t.test('the cookies are named after the session, with a prefix that allows their path', async (t) => {
  for (const [cookieName, proof, key] of [
    ['session', 'session-proof', 'session-key'],
    ['__Host-session', '__Host-session-proof', '__Secure-session-key'],
    ['__Secure-session', '__Secure-session-proof', '__Secure-session-key']
  ] as const) {
    const tokens = tokensOf({ cookieName, cookie: { secure: true } })
    t.strictSame([tokens.proof.cookieName, tokens.key.cookieName], [proof, key])
  }
})
