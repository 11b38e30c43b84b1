import t from 'tap'
import { z } from 'zod'
import { cookieBytes, expiry, maxCookieBytes, openToken, encodeBody, reopenToken, sealToken } from '../../lib/token/token.ts'
import { emptyMetadata } from '../../lib/token/metadata.ts'
import { resolveOptions, type Settings } from '../../lib/options/options.ts'
import type { TypedSessionOptions } from '../../lib/options/option-types.ts'
import { otherSecret, secret } from '../support/app.ts'

const now = 1_790_000_000

function settings (options: Partial<TypedSessionOptions> = {}): Settings {
  return resolveOptions({ schema: z.object({}), secret, lifetime: 3600, ...options }, () => '')
}

for (const encrypt of [false, true]) {
  const mode = encrypt ? 'encrypted' : 'signed'
  const own = settings({ encrypt })

  t.test(`what was sealed is opened (${mode})`, async (t) => {
    const metadata = { ...emptyMetadata, permanent: true, lifetime: 60 }
    const body = encodeBody(metadata, { userId: 5 })
    t.match(openToken(sealToken(body, own, now), own, now), { ok: true, body, signedAt: now, keyIndex: 0, needsReseal: false, metadata, data: { userId: 5 } })
  })

  t.test(`a token opens under its own configuration, and under no other (${mode})`, async (t) => {
    const token = sealToken(encodeBody(emptyMetadata, {}), own, now)
    t.equal(openToken(token, own, now).ok, true)
    for (const other of [{ cookieName: 'other' }, { salt: 'other' }, { secret: otherSecret }, { encrypt: !encrypt }]) {
      t.match(openToken(token, settings({ encrypt, ...other }), now), { ok: false, reason: /^(signature|malformed)$/ }, JSON.stringify(Object.keys(other)))
    }
  })

  t.test(`a token of an older secret is outdated (${mode})`, async (t) => {
    const token = sealToken(encodeBody(emptyMetadata, {}), own, now)
    t.match(openToken(token, settings({ encrypt, secret: [otherSecret, secret] }), now), { ok: true, keyIndex: 1, needsReseal: true })
  })

  t.test(`a session is good in the last second of its lifetime, and no longer (${mode})`, async (t) => {
    for (const [metadata, seconds] of [[emptyMetadata, 3600], [{ ...emptyMetadata, lifetime: 60 }, 60], [{ ...emptyMetadata, lifetime: 7200 }, 3600]] as const) {
      const token = sealToken(encodeBody(metadata, {}), own, now)
      t.equal(expiry(now, metadata, own), now + seconds)
      t.equal(openToken(token, own, now + seconds).ok, true)
      t.strictSame(openToken(token, own, now + seconds + 1), { ok: false, reason: 'expired' })
    }
  })

  t.test(`a token that was opened before is good for as long as one that was not (${mode})`, async (t) => {
    const limited = settings({ encrypt, absoluteLifetime: 1800 })
    for (const [options, metadata] of [[own, emptyMetadata], [own, { ...emptyMetadata, lifetime: 60 }], [limited, { ...emptyMetadata, authenticatedAt: now - 600 }]] as const) {
      const token = sealToken(encodeBody(metadata, { userId: 5 }), options, now)
      const opened = openToken(token, options, now)
      if (!opened.ok) return t.fail('it does not open')
      for (const then of [-61, -60, 0, 60, 61, 1200, 1201, 3600, 3601].map((seconds) => now + seconds)) {
        t.strictSame(reopenToken(opened, options, then), openToken(token, options, then), `${then - now}`)
      }
    }
  })

  t.test(`a token may be as far in the future as clockTolerance says (${mode})`, async (t) => {
    const token = sealToken(encodeBody(emptyMetadata, {}), own, now)
    t.equal(openToken(token, own, now - 60).ok, true)
    t.strictSame(openToken(token, own, now - 61), { ok: false, reason: 'future' })
  })

  t.test(`a well sealed token that holds no session is refused for its payload (${mode})`, async (t) => {
    for (const text of ['', 'no JSON', '[]', '5', '{"_typed":5}', '{"_typed":{"lifetime":0}}', '{"__proto__":{}}']) {
      const body = Buffer.from(text || ' ').toString('base64url')
      t.strictSame(openToken(sealToken(body, own, now), own, now), { ok: false, reason: 'payload' }, text)
    }
  })
}

t.test('a value that a key signed and that is no base64url is refused for its payload', async (t) => {
  const own = settings()
  for (const value of ['e3 0', 'e30=', 'e30.x', 'e3é', 'e3\ud800', 'e31', '.', '.e30']) {
    t.strictSame(openToken(sealToken(value, own, now), own, now), { ok: false, reason: 'payload' }, value)
  }
})

t.test('a token as large as browsers keep is opened, and one byte more is refused', async (t) => {
  const token = sealToken(encodeBody(emptyMetadata, { text: 'a'.repeat(2000) }), settings(), now)
  const named = (bytes: number) => ({ ...settings(), cookieName: 's'.repeat(bytes - token.length) })
  t.equal(cookieBytes(named(maxCookieBytes).cookieName, token), maxCookieBytes)
  t.equal(openToken(token, named(maxCookieBytes), now).ok, true)
  t.strictSame(openToken(token, named(maxCookieBytes + 1), now), { ok: false, reason: 'oversize' })
})

t.test('acceptSigned takes a signed token beside encrypted ones, to be sealed again', async (t) => {
  const token = sealToken(encodeBody(emptyMetadata, { userId: 5 }), settings(), now)
  t.strictSame(openToken(token, settings({ encrypt: true }), now), { ok: false, reason: 'malformed' })
  const migrating = settings({ encrypt: true, acceptSigned: true })
  t.match(openToken(token, migrating, now), { ok: true, needsReseal: true, body: undefined, data: { userId: 5 } })
  t.strictSame(openToken(token, migrating, now + 3601), { ok: false, reason: 'expired' })
  t.strictSame(openToken(`${token}A`, migrating, now), { ok: false, reason: 'signature' })
})

t.test('an absolute lifetime counts from login, or from the signature if none is known', async (t) => {
  const own = settings({ absoluteLifetime: 100 })
  const metadata = { ...emptyMetadata, authenticatedAt: now - 40 }
  const token = sealToken(encodeBody(metadata, {}), own, now)
  t.equal(expiry(now, metadata, own), now + 60)
  t.match(openToken(token, own, now + 60), { ok: true, metadata })
  t.strictSame(openToken(token, own, now + 61), { ok: false, reason: 'expired' })

  const before = sealToken(encodeBody(emptyMetadata, {}), own, now)
  t.match(openToken(before, own, now + 100), { ok: true, body: undefined, metadata: { authenticatedAt: now } })
  t.strictSame(openToken(before, own, now + 101), { ok: false, reason: 'expired' })
})
