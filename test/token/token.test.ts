import t from 'tap'
import { z } from 'zod'
import { cookieBytes, expiry, maxCookieBytes, mayBePermanent, open, pack, reopen, seal } from '../../lib/token/token.ts'
import { noMarks } from '../../lib/token/metadata.ts'
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
    const marks = { ...noMarks, permanent: true, lifetime: 60 }
    const body = pack(marks, { userId: 5 })
    t.match(open(seal(body, own, now), own, now), { ok: true, body, signedAt: now, keyIndex: 0, outdated: false, marks, data: { userId: 5 } })
  })

  t.test(`a token opens under its own configuration, and under no other (${mode})`, async (t) => {
    const token = seal(pack(noMarks, {}), own, now)
    t.equal(open(token, own, now).ok, true)
    for (const other of [{ cookieName: 'other' }, { salt: 'other' }, { secret: otherSecret }, { encrypt: !encrypt }]) {
      t.match(open(token, settings({ encrypt, ...other }), now), { ok: false, reason: /^(signature|malformed)$/ }, JSON.stringify(Object.keys(other)))
    }
  })

  t.test(`a token of an older secret is outdated (${mode})`, async (t) => {
    const token = seal(pack(noMarks, {}), own, now)
    t.match(open(token, settings({ encrypt, secret: [otherSecret, secret] }), now), { ok: true, keyIndex: 1, outdated: true })
  })

  t.test(`a session is good in the last second of its lifetime, and no longer (${mode})`, async (t) => {
    for (const [marks, seconds] of [[noMarks, 3600], [{ ...noMarks, lifetime: 60 }, 60], [{ ...noMarks, lifetime: 7200 }, 3600]] as const) {
      const token = seal(pack(marks, {}), own, now)
      t.equal(expiry(now, marks, own), now + seconds)
      t.equal(open(token, own, now + seconds).ok, true)
      t.strictSame(open(token, own, now + seconds + 1), { ok: false, reason: 'expired' })
    }
  })

  t.test(`a token that was opened before is good for as long as one that was not (${mode})`, async (t) => {
    const limited = settings({ encrypt, absoluteLifetime: 1800 })
    for (const [options, marks] of [[own, noMarks], [own, { ...noMarks, lifetime: 60 }], [limited, { ...noMarks, login: now - 600 }]] as const) {
      const token = seal(pack(marks, { userId: 5 }), options, now)
      const opened = open(token, options, now)
      if (!opened.ok) return t.fail('it does not open')
      for (const then of [-61, -60, 0, 60, 61, 1200, 1201, 3600, 3601].map((seconds) => now + seconds)) {
        t.strictSame(reopen(opened, options, then), open(token, options, then), `${then - now}`)
      }
    }
  })

  t.test(`a token may be as far in the future as clockTolerance says (${mode})`, async (t) => {
    const token = seal(pack(noMarks, {}), own, now)
    t.equal(open(token, own, now - 60).ok, true)
    t.strictSame(open(token, own, now - 61), { ok: false, reason: 'future' })
  })

  t.test(`a well sealed token that holds no session is refused for its payload (${mode})`, async (t) => {
    for (const text of ['', 'no JSON', '[]', '5', '{"_typed":5}', '{"_typed":{"lifetime":0}}', '{"__proto__":{}}']) {
      const body = Buffer.from(text || ' ').toString('base64url')
      t.strictSame(open(seal(body, own, now), own, now), { ok: false, reason: 'payload' }, text)
    }
  })
}

t.test('a value that a key signed and that is no base64url is refused for its payload', async (t) => {
  const own = settings()
  for (const value of ['e3 0', 'e30=', 'e30.x', 'e3é', 'e3\ud800', 'e31', '.', '.e30']) {
    t.strictSame(open(seal(value, own, now), own, now), { ok: false, reason: 'payload' }, value)
  }
})

t.test('a token as large as browsers keep is opened, and one of a byte more is refused before any cryptography', async (t) => {
  const token = seal(pack(noMarks, { text: 'a'.repeat(2000) }), settings(), now)
  const named = (bytes: number) => ({ ...settings(), cookieName: 's'.repeat(bytes - token.length) })
  t.equal(cookieBytes(named(maxCookieBytes).cookieName, token), maxCookieBytes)
  t.equal(open(token, named(maxCookieBytes), now).ok, true)
  t.strictSame(open(token, named(maxCookieBytes + 1), now), { ok: false, reason: 'oversize' })
})

t.test('a signed token is taken beside encrypted ones only where acceptSigned says so, and is then outdated', async (t) => {
  const token = seal(pack(noMarks, { userId: 5 }), settings(), now)
  t.strictSame(open(token, settings({ encrypt: true }), now), { ok: false, reason: 'malformed' })
  const migrating = settings({ encrypt: true, acceptSigned: true })
  t.match(open(token, migrating, now), { ok: true, outdated: true, body: undefined, data: { userId: 5 } })
  t.strictSame(open(token, migrating, now + 3601), { ok: false, reason: 'expired' })
  t.strictSame(open(`${token}A`, migrating, now), { ok: false, reason: 'signature' })
})

t.test('an absolute lifetime counts from login, or from the signature where none is known', async (t) => {
  const own = settings({ absoluteLifetime: 100 })
  const marks = { ...noMarks, login: now - 40 }
  const token = seal(pack(marks, {}), own, now)
  t.equal(expiry(now, marks, own), now + 60)
  t.match(open(token, own, now + 60), { ok: true, marks })
  t.strictSame(open(token, own, now + 61), { ok: false, reason: 'expired' })

  const before = seal(pack(noMarks, {}), own, now)
  t.match(open(before, own, now + 100), { ok: true, body: undefined, marks: { login: now } })
  t.strictSame(open(before, own, now + 101), { ok: false, reason: 'expired' })
})

t.test('a token that says nothing of permanence is known without being verified', async (t) => {
  const token = (permanent: boolean) => seal(pack({ ...noMarks, permanent }, { userId: 5 }), settings(), now)
  t.equal(mayBePermanent(token(true)), true)
  t.equal(mayBePermanent(token(false)), false)
  t.equal(mayBePermanent('.eJw.arE7gA.c2ln'), true, 'a compressed one might')
  t.equal(mayBePermanent(''), false)
})

t.test('the mark of permanence is seen wherever in the payload it stands', async (t) => {
  for (const before of ['', '"a":1,', '"ab":1,', '"abc":1,', '"abcd":1,']) {
    t.equal(mayBePermanent(`${Buffer.from(`{${before}"_permanent":true}`).toString('base64url')}.arE7gA.c2ln`), true, before)
  }
})
