import t from 'tap'
import { z } from 'zod'
import { createSessionManager } from '../../lib/index.ts'

const secret = 'a secret of the tests, 32 bytes or more'
const start = Date.UTC(2026, 10, 22)
const schema = z.object({
  userId: z.number().int().optional(),
  cart: z.array(z.string()).default([]),
  seenAt: z.date().optional()
})

function codecAt (seconds: number, options: object = {}) {
  return createSessionManager({ schema, secret, lifetime: 3600, now: () => start + seconds * 1000, ...options })
}

function payloadOf (token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

t.test('a codec opens what it sealed, with the defaults of the schema', async (t) => {
  const codec = codecAt(0)
  const seenAt = new Date(start)
  t.same(codec.open(codec.seal({ userId: 12345, seenAt }, { permanent: true, lifetime: 60 })), {
    ok: true,
    data: { userId: 12345, cart: [], seenAt },
    permanent: true,
    lifetime: 60,
    signedAt: new Date(start),
    expiresAt: new Date(start + 60_000)
  })
  t.has(codec.open(codec.seal({})), { data: { cart: [] }, permanent: false, lifetime: 3600, expiresAt: new Date(start + 3_600_000) })
  t.throws(() => codec.seal({}, { permanent: 'false' as never }), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
})

t.test('a Cookie header or a token is opened', async (t) => {
  const codec = codecAt(0)
  const token = codec.seal({ userId: 1 })
  t.equal(codec.cookieName, 'session')
  for (const text of [token, `session=${token}`, `theme=a=b;session=${token} ;other=1`, `session=bad; session=${token}`]) {
    t.match(codec.open(text), { ok: true, data: { userId: 1 } }, text)
  }
})

t.test('what is not accepted has a reason, and nothing throws', async (t) => {
  const codec = codecAt(0)
  const token = codec.seal({ userId: 1 })
  const reasons = {
    absent: [undefined, 'theme=dark', `sessionx=${token}`],
    malformed: ['', 'nonsense', 'session=', `session=${token}%41`],
    signature: [`${token.slice(0, -4)}AAAA`, codecAt(0, { name: 'other' }).seal({}), codecAt(0, { secret: secret.toUpperCase() }).seal({})],
    oversize: ['x'.repeat(5000)],
    expired: [codecAt(-3601).seal({}), codecAt(-61).seal({}, { lifetime: 60 })],
    future: [codecAt(61).seal({})],
    schema: [createSessionManager({ schema: z.object({ userId: z.string().optional() }), secret, now: () => start }).seal({ userId: 'x' })],
    ambiguous: [`session=${token}; session=${codec.seal({ userId: 2 })}`]
  }
  for (const [reason, texts] of Object.entries(reasons)) {
    for (const text of texts) t.same(codec.open(text), { ok: false, reason }, `${text?.slice(0, 40)} is ${reason}`)
  }
})

t.test('of more than eight tokens of one name none is verified', async (t) => {
  const codec = codecAt(0)
  const header = (bad: string[]) => [...bad, codec.seal({ userId: 1 })].map((value) => `session=${value}`).join('; ')
  const tokens = (count: number) => Array.from({ length: count }, (_, index) => `${index}.a.b`)
  t.match(codec.open(header(tokens(7))), { ok: true, data: { userId: 1 } })
  t.same(codec.open(header(tokens(8))), { ok: false, reason: 'ambiguous' })
  t.match(codec.open(header([...Array(300).keys()].map(String))), { ok: true, data: { userId: 1 } }, 'what is not a token does not count')
})

t.test('what cannot be sealed is a coded error', async (t) => {
  const codec = codecAt(0)
  const data = {}
  codec.seal(data)
  t.same(data, {}, 'the data are as they were')
  t.throws(() => codec.seal({ userId: 1.5 }), { code: 'FST_TYPED_SESSION_INVALID_DATA', message: /userId/ })
  t.throws(() => codec.seal({ cart: ['x'.repeat(5000)] }), { code: 'FST_TYPED_SESSION_TOO_LARGE', message: /cart/ })
  for (const lifetime of [0, 3601, 1.5]) {
    t.throws(() => codec.seal({}, { lifetime }), { code: 'FST_TYPED_SESSION_INVALID_LIFETIME' })
  }
  t.throws(() => createSessionManager({ schema, secret: 'short' }), { code: 'FST_TYPED_SESSION_INVALID_SECRET' })
})

t.test('lowering the option shortens what is out already', async (t) => {
  const token = codecAt(0).seal({}, { lifetime: 3000 })
  t.has(codecAt(0, { lifetime: 600 }).open(token), { expiresAt: new Date(start + 600_000) })
})

t.test('data of an older schema are migrated, as for a request', async (t) => {
  const token = createSessionManager({ schema: z.object({ userId: z.string().optional() }), secret }).seal({ userId: '7' })
  const migrate = (data: Record<string, unknown>) => ({ userId: Number(data.userId) })
  t.match(createSessionManager({ schema, secret, migrate }).open(token), { ok: true, data: { userId: 7 } })
  t.same(createSessionManager({ schema, secret, migrate: () => undefined }).open(token), { ok: false, reason: 'schema' })
  const cause = new Error('no')
  t.same(createSessionManager({ schema, secret, migrate: () => { throw cause } }).open(token), { ok: false, reason: 'schema', cause })
})

t.test('an absolute lifetime counts from the sealing', async (t) => {
  const codec = codecAt(0, { absoluteLifetime: 600 })
  t.has(codec.open(codec.seal({})), { expiresAt: new Date(start + 600_000) })
  t.same(payloadOf(codec.seal({})), { cart: [], _typed: { login: start / 1000 } })
  t.same(payloadOf(codecAt(0).seal({})), { cart: [] }, 'and is not counted where there is none')
})

t.test('a codec counts for each of its secrets, and its numbers are its own', async (t) => {
  const codec = codecAt(0, { secret: [secret, secret.toUpperCase()] })
  t.same(codec.acceptedBySecret, [0, 0])
  Object.assign(codec.acceptedBySecret, [5])
  t.same(codec.acceptedBySecret, [0, 0])
})

t.test('an encrypting codec opens and seals encrypted tokens', async (t) => {
  const codec = codecAt(0, { encrypt: true })
  t.match(codec.open(codec.seal({ userId: 3 })), { ok: true, data: { userId: 3 } })
  t.same(codec.open(codecAt(0).seal({ userId: 3 })), { ok: false, reason: 'malformed' })
})
