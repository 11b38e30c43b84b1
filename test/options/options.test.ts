import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { digests } from '../../lib/token/hmac.ts'
import { deriveSigningKeys, keyDerivations } from '../../lib/token/keys.ts'
import { resolveOptions, type Settings } from '../../lib/options/options.ts'
import { sign, unsign } from '../../lib/token/signer.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import type { TypedSessionOptions } from '../../lib/options/option-types.ts'
import { otherSecret, secret } from '../support/app.ts'

const now = 1_790_000_000
const schema = z.object({ userId: z.number().optional() })

function resolve (options: Record<string, unknown> = {}): Settings {
  return resolveOptions({ schema, secret, ...options } as TypedSessionOptions, () => '')
}

// What tells one key from another.
function signatureOf (settings: Settings): string {
  return sign('e30', now, settings.signingKeys)
}

// The token that a secret and a salt make, worked out without the options.
function tokenOf (secret: string, salt: string): string {
  return sign('e30', now, deriveSigningKeys([secret], salt, 'hmac', 'sha256'))
}

t.test('schema and secret are enough', async (t) => {
  const settings = resolve()
  t.match(settings, {
    name: 'session',
    cookieName: 'session',
    encryptionKeys: undefined,
    acceptSigned: false,
    lifetime: 31 * 24 * 60 * 60,
    absoluteLifetime: undefined,
    clockTolerance: 60,
    refresh: { mode: 'permanent', after: 0 },
    cookie: { path: '/', httpOnly: true, secure: 'auto', sameSite: 'lax' },
    migrate: undefined,
    now: Date.now
  })
  t.equal(signatureOf(settings), tokenOf(secret, 'fastify-typed-session/session'))
})

t.test('an option that is undefined is as one that is not there', async (t) => {
  const names = ['name', 'cookieName', 'lifetime', 'absoluteLifetime', 'refresh', 'refreshAfter', 'cookie', 'digest', 'salt',
    'keyDerivation', 'clockTolerance', 'encrypt', 'acceptSigned', 'migrate', 'now']
  const { schema: _, signingKeys: __, ...settings } = resolve(Object.fromEntries(names.map((name) => [name, undefined])))
  t.match(settings, { name: 'session', cookieName: 'session', lifetime: 2_678_400, clockTolerance: 60, now: Date.now })
})

t.test('every option has its effect', async (t) => {
  const clock = () => 5
  const migrate = () => undefined
  t.match(resolve({
    name: 'admin',
    cookieName: 'a',
    lifetime: 4,
    absoluteLifetime: 2,
    refresh: 'none',
    refreshAfter: 3,
    digest: 'sha512',
    clockTolerance: 0,
    encrypt: true,
    acceptSigned: true,
    migrate,
    now: clock,
    cookie: { path: '/admin', sameSite: false, domain: undefined }
  }), {
    name: 'admin',
    cookieName: 'a',
    encryptionKeys: { cookieName: 'a', keys: [Object] },
    acceptSigned: true,
    lifetime: 4,
    absoluteLifetime: 2,
    clockTolerance: 0,
    refresh: { mode: 'none', after: 3 },
    cookie: { path: '/admin', httpOnly: true, secure: 'auto', sameSite: false },
    migrate,
    now: clock
  })
})

t.test('the format is one of ours or Flask\'s, whose defaults are Flask\'s', async (t) => {
  t.match(resolve(), { format: 'default', warnings: [] })
  const flask = resolve({ format: 'flask', name: 'admin' })
  t.match(flask, { format: 'flask', name: 'admin', cookieName: 'session', clockTolerance: 0, warnings: [] })
  t.strictSame(flask.cookie, { path: '/', httpOnly: true, secure: 'auto', sameSite: false })
  t.equal(signatureOf(flask), sign('e30', now, deriveSigningKeys([secret], 'cookie-session', 'hmac', 'sha1')))
  t.match(resolve({ format: 'flask', cookieName: 'a', clockTolerance: 5, cookie: { sameSite: 'lax' } }),
    { cookieName: 'a', clockTolerance: 5, cookie: { sameSite: 'lax' } })
  t.equal(signatureOf(resolve({ format: 'flask', digest: 'sha256', salt: 'salt', cookieName: 'a' })), tokenOf(secret, 'salt'))
})

t.test('a secret that Flask uses already is taken as it is, and a weak one warned about', async (t) => {
  for (const weak of ['a', secret.slice(1), 'x'.repeat(40), [secret, 'b']]) {
    t.match(resolve({ format: 'flask', secret: weak }).warnings, [/^a secret has fewer than 32 bytes or is well known/])
  }
  t.strictSame(resolve({ format: 'flask', secret: [secret, otherSecret] }).warnings, [])
})

t.test('with a store the cookie has no data, and with revocation it has them', async (t) => {
  const limits = { cookieName: 'session', lifetime: 60, absoluteLifetime: 90 }
  const store = new MemoryStore()
  t.match(resolve({ ...limits }), { backend: undefined, identified: false, dataInCookie: true, opening: limits })
  t.match(resolve({ ...limits, store }), {
    backend: Object, identified: true, dataInCookie: false, opening: { cookieName: 'session', lifetime: Infinity, absoluteLifetime: undefined }
  })
  t.match(resolve({ ...limits, revocation: { store } }), { backend: Object, identified: true, dataInCookie: true, opening: limits })
})

t.test('a failing store fails the request, unless onStoreError says otherwise', async (t) => {
  t.equal(resolve().anonymousOnError, false)
  t.equal(resolve({ store: new MemoryStore(), onStoreError: 'error' }).anonymousOnError, false)
  t.equal(resolve({ store: new MemoryStore(), onStoreError: 'anonymous' }).anonymousOnError, true)
})

t.test('functions that adopt are one, a list or none', async (t) => {
  const [one, two] = [() => undefined, () => ({})]
  t.strictSame(resolve().adopt, [])
  t.strictSame(resolve({ adopt: one }).adopt, [one])
  t.strictSame(resolve({ adopt: [one, two] }).adopt, [one, two])
})

t.test('a session in use is refreshed before it ends', async (t) => {
  t.doesNotThrow(() => resolve({ lifetime: 60, refreshAfter: 59 }))
})

t.test('the cookie is named after the session, unless it has a name of its own', async (t) => {
  t.equal(resolve({ name: 'admin' }).cookieName, 'admin')
  t.equal(resolve({ name: 'admin', cookieName: 'a' }).cookieName, 'a')
})

t.test('secrets are text, bytes or KeyObjects, one or a list, in their order', async (t) => {
  const salt = 'fastify-typed-session/session'
  t.equal(signatureOf(resolve({ secret: Buffer.from(secret) })), tokenOf(secret, salt))
  const { signingKeys } = resolve({ secret: [secret, otherSecret] })
  for (const [keyIndex, each] of [secret, otherSecret].entries()) {
    t.match(unsign(tokenOf(each, salt), signingKeys, { now, lifetime: 60, clockTolerance: 0 }), { ok: true, keyIndex })
  }
  t.equal(signatureOf(resolve({ secret: createSecretKey(secret, 'utf8') })), tokenOf(secret, salt))
  t.strictSame(resolve({ secret: [secret, Buffer.from(otherSecret)] }).acceptedBySecret, [0, 0])
  t.doesNotThrow(() => resolve({ secret: 'é'.repeat(15) + 'ab' }), '32 bytes, not characters')
})

t.test('keys depend on salt and cookie name, and no two pairs of them make the same key', async (t) => {
  const keys = [['a', 'b'], ['a', 'c'], ['a.b', 'c'], ['a', 'b.c'], ['ab', 'c'], ['a', 'bc'], ['a/b', 'c']]
    .map(([salt, cookieName]) => signatureOf(resolve({ salt, cookieName })))
  t.equal(new Set(keys).size, keys.length)
})

t.test('keys depend on digest and derivation', async (t) => {
  const keys = digests.flatMap((digest) => keyDerivations.map((keyDerivation) => signatureOf(resolve({ digest, keyDerivation }))))
  t.equal(new Set(keys).size, digests.length * keyDerivations.length)
})

t.test('a lifetime of 400 days is good; a longer one is a warning in Flask\'s format', async (t) => {
  const days = 86_400
  for (const format of ['default', 'flask']) {
    const longest = { format, lifetime: 400 * days, absoluteLifetime: 400 * days, refreshAfter: 400 * days - 1, clockTolerance: 400 * days }
    t.strictSame(resolve(longest).warnings, [])
  }
  t.strictSame(resolve({ format: 'flask', lifetime: 400 * days + 1, clockTolerance: 60_000 * days }).warnings,
    ['lifetime', 'clockTolerance'].map((name) => `\`${name}\` ${tooLong}`))
})

t.test('a time that no Date can tell is an error in Flask\'s format too', async (t) => {
  const longest = 100_000_000_000
  t.doesNotThrow(() => resolve({ format: 'flask', lifetime: longest, clockTolerance: longest }))
  for (const option of ['lifetime', 'absoluteLifetime', 'refreshAfter', 'clockTolerance']) {
    t.throws(() => resolve({ format: 'flask', [option]: longest + 1 }),
      { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: `\`${option}\` is longer than 3,000 years: seconds, not milliseconds?` })
  }
})

t.test('unknown options are one warning of Node.js; what Fastify and loaders add is none', async (t) => {
  const { args } = t.capture(process, 'emitWarning')
  resolve({ prefix: '/api', logLevel: 'warn', logSerializers: {}, dir: undefined, ttl: undefined })
  t.strictSame(args(), [])
  t.strictSame(resolve({ dir: 'plugins', toString: 'x', lifetim: 60 }).warnings, [])
  t.strictSame(args(), [['fastify-typed-session: unknown options: dir, toString, lifetim', 'FastifyWarning', 'FST_TYPED_SESSION_UNKNOWN_OPTION']])
})

t.test('a function\'s attributes are completed and checked at each request', async (t) => {
  const { cookie, cookieFor } = resolve({ cookie: ({ hostname }: { hostname: string }) => hostname === '' ? undefined : { domain: hostname } })
  const of = (hostname: string) => cookieFor({ hostname } as FastifyRequest)
  t.equal(cookie, undefined)
  t.strictSame(of(''), { path: '/', httpOnly: true, secure: 'auto', sameSite: 'lax' })
  t.strictSame(of('a.example'), { path: '/', httpOnly: true, secure: 'auto', sameSite: 'lax', domain: 'a.example' })
  const { cookie: fixed, cookieFor: always } = resolve({ cookie: { path: '/app' } })
  t.equal(always({} as FastifyRequest), fixed)
})

t.test('the options stay as they were', async (t) => {
  const options = deepFreeze({
    schema,
    secret: [secret, otherSecret],
    name: 'admin',
    cookie: { path: '/admin', domain: undefined },
    encrypt: true,
    lifetime: 60
  })
  t.doesNotThrow(() => resolve(options))
})

const tooLong = 'is longer than the 400 days that browsers keep a cookie: seconds, not milliseconds?'
const advice = 'Make one with: node -e "console.log(crypto.randomBytes(32).toString(\'base64url\'))"'
const guessable = `is known to everyone, or a single repeated byte. ${advice}`
const wholeFrom0 = 'must be a whole number of seconds from 0'
const wholeFrom1 = 'must be a whole number of seconds from 1'
const notEmpty = 'must be a non-empty string'
const trueOrFalse = 'must be true or false'
const digestMessage = '`digest` must be one of: sha256, sha1, sha384, sha512'
const derivationMessage = '`keyDerivation` must be one of: hmac, concat, django-concat'

const wrong: Array<[options: Record<string, unknown>, code: string, message: string | RegExp]> = [
  [{ schema: undefined }, 'INVALID_SCHEMA', /^`schema` must be a zod object/],
  [{ schema: z.object({ userId: z.number() }) }, 'INVALID_SCHEMA', /^`schema` must accept an empty session.*Refused: userId /],
  [{ schema: z.object({ lifetime: z.number().optional() }) }, 'INVALID_SCHEMA', /names that the session needs itself: lifetime/],
  [{ secret: undefined }, 'INVALID_SECRET', `\`secret\` is missing: is the environment variable set? ${advice}`],
  [{ secret: [] }, 'INVALID_SECRET', `\`secret\` is an empty list. ${advice}`],
  [{ secret: '' }, 'INVALID_SECRET', `\`secret\` has 0 bytes and needs at least 32. ${advice}`],
  [{ secret: secret.slice(1) }, 'INVALID_SECRET', `\`secret\` has 31 bytes and needs at least 32. ${advice}`],
  [{ secret: new Uint8Array(31).fill(7, 3) }, 'INVALID_SECRET', `\`secret\` has 31 bytes and needs at least 32. ${advice}`],
  [{ secret: [secret, ''] }, 'INVALID_SECRET', `\`secret[1]\` has 0 bytes and needs at least 32. ${advice}`],
  [{ secret: [secret, undefined] }, 'INVALID_SECRET', `\`secret[1]\` is missing: is the environment variable set? ${advice}`],
  [{ secret: null }, 'INVALID_SECRET', `\`secret\` must be a string, a Uint8Array or a secret KeyObject. ${advice}`],
  [{ secret: 5 }, 'INVALID_SECRET', `\`secret\` must be a string, a Uint8Array or a secret KeyObject. ${advice}`],
  [{ secret: generateKeyPairSync('ed25519').privateKey }, 'INVALID_SECRET', `\`secret\` must be a string, a Uint8Array or a secret KeyObject. ${advice}`],
  [{ secret: createSecretKey(Buffer.from(secret.slice(1))) }, 'INVALID_SECRET', `\`secret\` has 31 bytes and needs at least 32. ${advice}`],
  [{ secret: createSecretKey(Buffer.alloc(32)) }, 'INVALID_SECRET', `\`secret\` ${guessable}`],
  [{ secret: { secret } }, 'INVALID_SECRET', `\`secret\` must be a string, a Uint8Array or a secret KeyObject. ${advice}`],
  [{ secret: 'a'.repeat(32) }, 'INVALID_SECRET', `\`secret\` ${guessable}`],
  [{ secret: [new Uint8Array(64)] }, 'INVALID_SECRET', `\`secret[0]\` ${guessable}`],
  [{ secret: 'averylogphrasebiggerthanthirtytwochars' }, 'INVALID_SECRET', `\`secret\` ${guessable}`],
  [{ name: '' }, 'INVALID_OPTION', `\`name\` ${notEmpty}`],
  [{ name: 5 }, 'INVALID_OPTION', `\`name\` ${notEmpty}`],
  [{ cookieName: '' }, 'INVALID_OPTION', `\`cookieName\` ${notEmpty}`],
  [{ cookieName: 'my session' }, 'INVALID_COOKIE', /^`cookieName` must be a token/],
  [{ name: 'my session' }, 'INVALID_COOKIE', /^`cookieName` must be a token/],
  [{ salt: '' }, 'INVALID_OPTION', `\`salt\` ${notEmpty}`],
  [{ salt: null }, 'INVALID_OPTION', `\`salt\` ${notEmpty}`],
  ...[0, -1, 1.5, NaN, Infinity, 2 ** 53, '60', null].flatMap((value): typeof wrong => [
    [{ lifetime: value }, 'INVALID_OPTION', `\`lifetime\` ${wholeFrom1}`],
    [{ absoluteLifetime: value }, 'INVALID_OPTION', `\`absoluteLifetime\` ${wholeFrom1}`]
  ]),
  ...[-1, 0.5, NaN, Infinity, '60', null].flatMap((value): typeof wrong => [
    [{ clockTolerance: value }, 'INVALID_OPTION', `\`clockTolerance\` ${wholeFrom0}`],
    [{ refreshAfter: value }, 'INVALID_OPTION', `\`refreshAfter\` ${wholeFrom0}`]
  ]),
  ...['lifetime', 'absoluteLifetime', 'refreshAfter', 'clockTolerance']
    .map((option): typeof wrong[0] => [{ [option]: 30 * 86_400_000 }, 'INVALID_OPTION', `\`${option}\` ${tooLong}`]),
  ...Object.entries({
    maxAge: /use `lifetime`, in seconds$/,
    expiry: /use `lifetime`/,
    ttl: /use `lifetime`/,
    rolling: /use `refresh`$/,
    refreshEachRequest: /use `refresh`: 'permanent' for true, 'none' for false$/,
    saveUninitialized: /leave it out/,
    resave: /leave it out/,
    key: /use `secret` for what signs the cookie, and `cookieName`/,
    keys: /use `secret`$/,
    password: /use `secret`$/,
    sessionName: /use `name`$/,
    cookieOptions: /use `cookie`$/,
    httpOnly: /use `cookie\.httpOnly`$/,
    domain: /use `cookie\.domain`$/
  }).map(([option, advice]): typeof wrong[0] => [{ [option]: false }, 'INVALID_OPTION', new RegExp(`^\`${option}\` is an option of another library: ${advice.source}`)]),
  ...Object.entries({ cookiename: 'cookieName', absoluteLifeTime: 'absoluteLifetime', refresh_after: 'refreshAfter', 'max-sessions': 'maxSessions', Secret: 'secret' })
    .map(([option, ours]): typeof wrong[0] => [{ [option]: 5 }, 'INVALID_OPTION', `\`${option}\` is spelt \`${ours}\``]),
  ...['noStore', 'encrypt', 'acceptSigned'].flatMap((flag): typeof wrong => [
    [{ [flag]: 'yes' }, 'INVALID_OPTION', `\`${flag}\` ${trueOrFalse}`],
    [{ [flag]: null }, 'INVALID_OPTION', `\`${flag}\` ${trueOrFalse}`]
  ]),
  ...['md5', 'none', 'SHA256', '', null].flatMap((value): typeof wrong => [
    [{ digest: value }, 'INVALID_OPTION', digestMessage],
    [{ keyDerivation: value }, 'INVALID_OPTION', derivationMessage]
  ]),
  [{ cookie: 'secure' }, 'INVALID_OPTION', '`cookie` must be an object of attributes, or a function that returns one'],
  [{ cookie: null }, 'INVALID_OPTION', '`cookie` must be an object of attributes, or a function that returns one'],
  [{ cookie: { sameSite: 'none' } }, 'INVALID_COOKIE', /^browsers drop a cookie with SameSite=None/],
  [{ cookie: { path: '/', maxAge: 5, expires: 0 } }, 'INVALID_COOKIE', '`cookie` takes path, domain, httpOnly, secure, sameSite, partitioned, ' +
    'priority, and not maxAge, expires. How long the cookie lives is the `lifetime` option'],
  [{ cookieName: '__Host-session' }, 'INVALID_COOKIE', 'a cookie named __Host-session must be Secure: set `cookie.secure` to true'],
  [{ format: 'django' }, 'INVALID_OPTION', '`format` must be one of: default, flask'],
  [{ format: 'flask', encrypt: true }, 'INVALID_OPTION', '`encrypt` is not for the format `flask`: Flask cannot read encrypted cookies'],
  [{ format: 'flask', digest: null }, 'INVALID_OPTION', digestMessage],
  [{ acceptSigned: true }, 'INVALID_OPTION', '`acceptSigned` requires `encrypt`'],
  [{ store: new MemoryStore(), onStoreError: 'ignore' }, 'INVALID_OPTION', '`onStoreError` must be one of: error, anonymous'],
  ...[60, 61].map((refreshAfter): typeof wrong[0] => [{ refreshAfter, lifetime: 60 }, 'INVALID_OPTION', /^`refreshAfter` must be less than `lifetime`/]),
  ...[5, null, {}, [() => undefined, 'load']].map((adopt): typeof wrong[0] => [{ adopt }, 'INVALID_OPTION', /^`adopt` must be a function that returns data/]),
  [{ migrate: {} }, 'INVALID_OPTION', '`migrate` must be a function that returns data that fit the schema, or undefined'],
  ...[5, () => NaN, () => Infinity, () => -1, () => undefined, async () => 5].map((now): typeof wrong[0] =>
    [{ now }, 'INVALID_OPTION', '`now` must be a function that returns milliseconds since 1970, as Date.now does'])
]

for (const [options, code, message] of wrong) {
  const [[option, value] = []] = Object.entries(options)
  t.test(`${option} ${JSON.stringify(value) ?? String(value)} is refused: ${code}`, async (t) => {
    t.throws(() => resolve(options), { code: `FST_TYPED_SESSION_${code}`, message })
  })
}

function deepFreeze<T extends object> (value: T): T {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null && each !== schema) deepFreeze(each)
  return Object.freeze(value)
}
