import t from 'tap'
import { couldNotProve, proveDevice, type DeviceBinding } from '../../lib/device-bound/binding.ts'
import { sealDeviceToken } from '../../lib/device-bound/device-tokens.ts'
import { resolveOptions } from '../../lib/options/options.ts'
import { emptyMetadata, type Metadata } from '../../lib/token/metadata.ts'
import { encodeBody, openToken, sealToken, type OpenedToken } from '../../lib/token/token.ts'
import { schema, secret } from '../support/app.ts'

const now = 1_790_000_000
const device = 'a-device-of-22-letters'
const settings = resolveOptions({ schema, secret, cookie: { secure: true }, deviceBound: true }, () => '')
const binding = settings.deviceBound as DeviceBinding

const open = (metadata: Partial<Metadata>) => openToken(sealToken(encodeBody({ ...emptyMetadata, ...metadata }, {}), settings, now), settings, now) as OpenedToken
const proof = (of: string, at = now) => `session-proof=${sealDeviceToken(binding.tokens.proof, { device: of }, at)}`
const prove = (metadata: Partial<Metadata>, cookie?: string) => proveDevice(open(metadata), { cookie }, binding, now)
const unproven = { ok: false, reason: 'unproven' }

t.test('a bound session is itself with a proof of its device, and nothing without', async (t) => {
  const found = open({ device, bound: true })
  t.equal(proveDevice(found, { cookie: `a=b; ${proof(device)}` }, binding, now), found)
  t.equal(proveDevice(found, { cookie: `${proof('another-device-22-lett')}; ${proof(device)}` }, binding, now), found)
  for (const cookie of [undefined, '', 'session-proof=', 'session-proof=x.y.z', proof('another-device-22-lett'), proof(device, now - 601), proof(device).replace('-proof', '-key')]) {
    t.strictSame(prove({ device, bound: true }, cookie), unproven, cookie ?? 'none')
  }
})

t.test('a session that is marked as bound to no device is refused: nothing can prove it', async (t) => {
  t.strictSame(prove({ bound: true }, proof(device)), unproven)
})

t.test('an unbound session needs no proof, and one of its device binds it', async (t) => {
  for (const metadata of [{}, { device }]) {
    t.match(prove(metadata), { ok: true, needsReseal: false })
    t.match(prove(metadata, proof('another-device-22-lett')), { ok: true, needsReseal: false })
  }
  t.match(prove({}, proof(device)), { ok: true, needsReseal: false })
  t.match(prove({ device }, proof(device)), { ok: true, needsReseal: true, body: undefined, metadata: { device, bound: true } })
})

t.test('a proof that was verified is remembered, and its age judged again', async (t) => {
  const headers = { cookie: proof(device) }
  const found = open({ device, bound: true })
  t.equal(proveDevice(found, headers, binding, now), found)
  t.equal(binding.proofCache.get(headers.cookie.slice('session-proof='.length))?.metadata.device, device)
  t.equal(proveDevice(found, headers, binding, now + 600), found)
  t.strictSame(proveDevice(found, headers, binding, now + 601), unproven)
})

t.test('a browser that could not prove a session names it', async (t) => {
  const skipped = (value: string) => ({ 'secure-session-skipped': value })
  t.equal(couldNotProve(open({ device }), skipped(`unreachable;session_identifier="${device}"`)), true)
  t.equal(couldNotProve(open({ device }), skipped('unreachable;session_identifier="other"')), false)
  t.equal(couldNotProve(open({ device }), {}), false)
  t.equal(couldNotProve(open({}), skipped(`unreachable;session_identifier="${device}"`)), false)
})
