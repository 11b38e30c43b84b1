import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { digests, type Digest } from '../../lib/token/hmac.ts'
import { deriveSigningKeys, keyDerivations, type KeyDerivation, type SigningKeys } from '../../lib/token/keys.ts'
import { judgeAge, sign, unsign } from '../../lib/token/signer.ts'

interface FlaskVector {
  name: string
  digest: Digest
  salt: string
  keyDerivation: KeyDerivation
  signedAt: number
  cookie: string
  secret?: string
  secretHex?: string
  fallbacks?: string[]
}
interface SignerVector { digest: Digest, keyDerivation: KeyDerivation, salt: string, value: string, signedAt: number, token: string }

const secret = '0123456789abcdef0123456789abcdef'
const keys = deriveSigningKeys([secret], 'salt', 'hmac', 'sha256')
const now = 1_790_000_000
const limits = { now, lifetime: 3600, clockTolerance: 60 }

t.test('every cookie of Flask verifies, and signing again gives the same cookie', async (t) => {
  const { vectors } = readVectors<{ vectors: FlaskVector[] }>('flask.json')
  t.ok(vectors.length > 0)
  for (const { name, cookie, signedAt, ...made } of vectors) {
    const secret = made.secret ?? Buffer.from(made.secretHex ?? '', 'hex')
    const keys = deriveSigningKeys([secret, ...made.fallbacks ?? []], made.salt, made.keyDerivation, made.digest)
    const value = cookie.split('.').slice(0, -2).join('.')
    t.same(unsign(cookie, keys, { ...limits, now: signedAt }), { ok: true, value, signedAt, keyIndex: 0 }, name)
    t.equal(sign(value, signedAt, keys), cookie, name)
  }
})

t.test('every token of itsdangerous verifies, and is signed alike', async (t) => {
  const { secret, vectors } = readVectors<{ secret: string, vectors: SignerVector[] }>('itsdangerous.json')
  t.ok(vectors.length > 0)
  for (const { token, value, signedAt, ...made } of vectors) {
    const keys = deriveSigningKeys([secret], made.salt, made.keyDerivation, made.digest)
    t.same(unsign(token, keys, { ...limits, now: signedAt }), { ok: true, value, signedAt, keyIndex: 0 }, `${made.digest}, ${made.keyDerivation}`)
    t.equal(sign(value, signedAt, keys), token)
  }
})

t.test('any value that was signed is given back', async () => {
  const body = fc.tuple(fc.boolean(), fc.uint8Array({ minLength: 1 })).map(([dot, bytes]) => (dot ? '.' : '') + encodeBase64url(bytes))
  const configuration = fc.record({
    salt: fc.string(), derivation: fc.constantFrom(...keyDerivations), digest: fc.constantFrom(...digests)
  })
  fc.assert(fc.property(body, fc.maxSafeNat(), configuration, (value, signedAt, { salt, derivation, digest }) => {
    const keys = deriveSigningKeys([secret], salt, derivation, digest)
    const opened = unsign(sign(value, signedAt, keys), keys, { ...limits, now: signedAt })
    return opened.ok && opened.value === value && opened.signedAt === signedAt && opened.keyIndex === 0
  }), { numRuns: 1000 })
})

t.test('a token verifies only under its own secret, salt, derivation and digest', async (t) => {
  const all: Array<[string, SigningKeys]> = []
  for (const [which, each] of Object.entries({ 'one secret': secret, another: secret.toUpperCase() })) {
    for (const salt of ['salt', 'Salt', 'salt ']) {
      for (const derivation of keyDerivations) {
        for (const digest of digests) {
          all.push([`${which}, "${salt}", ${derivation}, ${digest}`, deriveSigningKeys([each], salt, derivation, digest)])
        }
      }
    }
  }
  for (const [name, keys] of all) {
    const token = sign('e30', now, keys)
    t.same(all.filter(([, others]) => unsign(token, others, limits).ok).map(([other]) => other), [name])
  }
})

t.test('the first key signs, all verify, and the token says which did', async (t) => {
  const others = ['fedcba9876543210fedcba9876543210', 'a third secret of thirty-two bytes']
  const rotated = deriveSigningKeys([secret, ...others], 'salt', 'hmac', 'sha256')
  t.equal(sign('e30', now, rotated), sign('e30', now, keys))
  for (const [keyIndex, each] of [secret, ...others].entries()) {
    const token = sign('e30', now, deriveSigningKeys([each], 'salt', 'hmac', 'sha256'))
    t.match(unsign(token, rotated, limits), { ok: true, keyIndex })
  }
  t.same(unsign(sign('e30', now, rotated), deriveSigningKeys(['fedcba9876543210fedcba9876543210'], 'salt', 'hmac', 'sha256'), limits),
    { ok: false, reason: 'signature' })
})

t.test('what has not the shape of a token is malformed', async (t) => {
  for (const text of ['', '.', '..', '...', 'e30', 'e30.arE7gA', 'e30.arE7gA.', '.arE7gA.c2ln', '..arE7gA.c2ln', 'e30.x.arE7gA.c2ln',
    'e30.arE7gA.c2ln=', 'e30.arE7gA.c2ln\n', ' e30.arE7gA.c2ln', 'e30.ar+7gA.c2ln', 'e3é.arE7gA.c2ln', 'e30\0.arE7gA.c2ln', '"e30.arE7gA.c2ln"']) {
    t.same(unsign(text, keys, limits), { ok: false, reason: 'malformed' }, JSON.stringify(text))
  }
})

t.test('what a key did sign is its value up to the last two dots, for the codec to judge', async (t) => {
  for (const value of ['e3 0', 'e30.x', 'e3é', '.']) {
    t.same(unsign(sign(value, now, keys), keys, limits), { ok: true, value, signedAt: now, keyIndex: 0 }, value)
  }
  t.same(unsign(sign('', now, keys), keys, limits), { ok: false, reason: 'malformed' })
})

t.test('a signature of another length is refused without an exception', async (t) => {
  const token = sign('e30', now, keys)
  for (const text of ['e30.arE7gA.c2ln', `${token}A`, token.slice(0, -1)]) {
    t.same(unsign(text, keys, limits), { ok: false, reason: 'signature' })
  }
  t.same(unsign(`${token.slice(0, -1)}é`, keys, limits), { ok: false, reason: 'malformed' }, 'as many characters, in more bytes')
})

t.test('nothing is said of a time that no key of ours signed', async (t) => {
  const stranger = deriveSigningKeys(['fedcba9876543210fedcba9876543210'], 'salt', 'hmac', 'sha256')
  for (const signedAt of [0, now, now * 2]) {
    t.same(unsign(sign('e30', signedAt, stranger), keys, limits), { ok: false, reason: 'signature' })
  }
})

t.test('a signed time that no signer writes is malformed: one time has one spelling', async (t) => {
  const hexes = {
    'a leading zero': '006ab13b80',
    'zero as a byte': '00',
    'above the safe integers': '20000000000000',
    'eight bytes': 'ffffffffffffffff',
    'a hundred bytes': 'ff'.repeat(100)
  }
  for (const [what, hex] of Object.entries(hexes)) {
    t.same(unsign(signText(`e30.${encodeBase64url(Buffer.from(hex, 'hex'))}`), keys, limits), { ok: false, reason: 'malformed' }, what)
  }
  t.same(unsign(signText('e30.arE7gB'), keys, limits), { ok: false, reason: 'malformed' }, 'stray trailing bits')
  t.same(unsign(signText('e30.arE7g'), keys, limits), { ok: false, reason: 'malformed' }, 'half a byte')
})

t.test('an empty time is 1970, as itsdangerous writes it', async (t) => {
  t.match(sign('e30', 0, keys), /^e30\.\./)
  t.same(unsign(sign('e30', 0, keys), keys, { ...limits, now: 3600 }), { ok: true, value: 'e30', signedAt: 0, keyIndex: 0 })
  t.same(unsign(sign('e30', 0, keys), keys, limits), { ok: false, reason: 'expired' })
})

t.test('the largest time is in the future', async (t) => {
  t.same(unsign(sign('e30', Number.MAX_SAFE_INTEGER, keys), keys, limits), { ok: false, reason: 'future' })
})

t.test('a signature is good in the second of its lifetime, and expired in the next', async (t) => {
  const token = sign('e30', now, keys)
  t.equal(unsign(token, keys, { ...limits, now: now + 3600 }).ok, true)
  t.same(unsign(token, keys, { ...limits, now: now + 3601 }), { ok: false, reason: 'expired' })
  t.equal(judgeAge(now, { ...limits, now: now + 3600 }), undefined)
  t.equal(judgeAge(now, { ...limits, now: now + 3601 }), 'expired')
  t.equal(judgeAge(now, { ...limits, now: NaN }), 'expired', 'by a broken clock nothing is good')
})

t.test('a signature may be as far in the future as the tolerance, and no further', async (t) => {
  const token = sign('e30', now, keys)
  t.equal(unsign(token, keys, { ...limits, now: now - 60 }).ok, true)
  t.same(unsign(token, keys, { ...limits, now: now - 61 }), { ok: false, reason: 'future' })
  t.equal(judgeAge(now, { ...limits, now: now - 1, clockTolerance: 0 }), 'future')
  t.equal(judgeAge(now, { ...limits, clockTolerance: 0 }), undefined)
})

t.test('an expired token of an older key is expired, and no reason to try the next', async (t) => {
  const rotated = deriveSigningKeys(['fedcba9876543210fedcba9876543210', secret], 'salt', 'hmac', 'sha256')
  t.same(unsign(sign('e30', now, keys), rotated, { ...limits, now: now + 3601 }), { ok: false, reason: 'expired' })
})

// Signs what `sign` would not write.
function signText (text: string): string {
  return `${text}.${keys[0](text)}`
}

function readVectors<T> (file: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8'))
}
