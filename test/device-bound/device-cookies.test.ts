import fastifyCookie from '@fastify/cookie'
import Fastify from 'fastify'
import t from 'tap'
import type { DeviceBinding } from '../../lib/device-bound/binding.ts'
import { DeviceCookies } from '../../lib/device-bound/device-cookies.ts'
import { resolveOptions } from '../../lib/options/options.ts'
import type { CookieAttributes } from '../../lib/util/cookies.ts'
import { schema, secret } from '../support/app.ts'

const app = Fastify()
await app.register(fastifyCookie)
const now = 1_790_000_000
const device = 'a-device-of-22-letters'
const grant = { proof: 'p', key: 'k', challenge: 'c' }
const metadata = { device, permanent: true, lifetime: undefined, authenticatedAt: undefined }

function cookiesWith (cookie: CookieAttributes, cookieName = 'session'): DeviceCookies {
  const settings = resolveOptions({ schema, secret, cookieName, lifetime: 3600, cookie: { secure: true, ...cookie }, deviceBound: true }, () => '')
  return new DeviceCookies(settings.deviceBound as DeviceBinding, settings.cookie as CookieAttributes, '/shop', app.serializeCookie)
}

t.test('the proof has the attributes of the session\'s cookie, and the key its own', async (t) => {
  const [proof, key] = cookiesWith({ path: '/app', sameSite: 'strict', httpOnly: false, priority: 'high' }).write(grant, metadata, now)
  t.match(proof, /^session-proof=p; Max-Age=600; Path=\/app; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/)
  t.match(key, /^session-key=k; Max-Age=4200; Path=\/shop\/device-bound\/session; Expires=[^;]+; HttpOnly; Secure; SameSite=None$/)
})

t.test('the key of a session that is not permanent ends with the browser', async (t) => {
  const [proof, key] = cookiesWith({}).write(grant, { ...metadata, permanent: false }, now)
  t.match(proof, 'Max-Age=600')
  t.notMatch(key, 'Max-Age')
})

t.test('the browser is told of the proof by its attributes, without Max-Age', async (t) => {
  t.equal(cookiesWith({}).proofAttributes, 'Path=/; HttpOnly; Secure; SameSite=Lax')
  t.equal(cookiesWith({ sameSite: false, path: '/app' }, '__Secure-id').proofAttributes, 'Path=/app; HttpOnly; Secure')
})

t.test('both are deleted where they were set', async (t) => {
  t.match(cookiesWith({ path: '/app' }).expire(now), [/^session-proof=; Max-Age=0; Path=\/app; /, /^session-key=; Max-Age=0; Path=\/shop\/device-bound\/session; /])
})
