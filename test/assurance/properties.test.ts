import fc from 'fast-check'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { expiry, openToken, encodeBody, sealToken } from '../../lib/token/token.ts'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { resolveOptions, type Settings } from '../../lib/options/options.ts'
import { RequestSession } from '../../lib/request/request-session.ts'
import { clone, equal } from '../../lib/util/objects.ts'
import { otherSecret, secret } from '../support/app.ts'
import { report, runs } from '../support/assurance.ts'

const numRuns = runs(1_000, 100_000)
const start = 1_790_000_000

function check<T> (t: Test, name: string, of: string, property: fc.IRawProperty<T>): void {
  fc.assert(property, { numRuns })
  report(t, {
    measure: `property, ${name}: ${numRuns.toLocaleString('en')}`,
    figure: '0 counterexamples',
    target: '0',
    of,
    command: 'npm run test:long -- test/assurance/properties.test.ts'
  })
}

// Keys that look like tags and like what objects inherit are among them.
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom(' t', ' d', ' di', ' b', ' u__', 'constructor', 'toString', 'length')
).filter((each) => each !== '__proto__')

const value = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 },
    fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null), fc.integer(), fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number === 0 ? 0 : number),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }))
})).value

const dataKey = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 5 }).filter((each) => !(each in {}) && !each.startsWith('_'))
const data = fc.dictionary(dataKey, value, { maxKeys: 5, noNullPrototype: true })

function settings (options: Partial<TypedSessionOptions> = {}): Settings {
  return resolveOptions({ schema: z.object({}), secret, ...options }, () => '')
}

const nobody = { headers: {}, readOnly: false, attributes: {}, headersSent: () => false, accepted () {}, changed () {}, rejected () {}, migrateFailed () {}, async * adoptCandidates () {}, refreshes: true, reseals: true, saved: false, failed: false, isPublic: () => false, adoptRejected () {} }
const emptyMetadata = { permanent: false, lifetime: undefined, authenticatedAt: undefined }

for (const encrypt of [false, true]) {
  const mode = encrypt ? 'encrypted' : 'signed'
  t.test(`whatever a session can hold comes back as it was (${mode})`, async (t) => {
    const of = settings({ encrypt })
    check(t, `round trip, ${mode}`, 'lib/payload', fc.property(data, (before) => {
      const token = sealToken(encodeBody(emptyMetadata, before), of, start)
      const opened = openToken(token, of, start)
      // Larger ones are refused for their size, by the server as by browsers.
      return opened.ok ? equal(opened.data, before) : opened.reason === 'oversize'
    }))
  })
}

t.test('a token opens only under its own name, salt, secret, digest and mode', async (t) => {
  const worlds = fc.record({
    cookieName: fc.constantFrom('session', 'admin', 'session.a'),
    salt: fc.constantFrom('one', 'one/session', 'two'),
    secret: fc.constantFrom(secret, otherSecret, Buffer.from(secret.toLowerCase())),
    digest: fc.constantFrom('sha256' as const, 'sha384' as const, 'sha1' as const),
    keyDerivation: fc.constantFrom('hmac' as const, 'concat' as const, 'django-concat' as const),
    encrypt: fc.boolean()
  })
  check(t, 'one token, one world', 'lib/token', fc.property(worlds, worlds, data, (mine, theirs, before) => {
    const token = sealToken(encodeBody(emptyMetadata, before), settings(mine), start)
    if (token.length > 4000) return true
    // Encryption has one derivation and one cipher: what the signature uses is nothing to it.
    const told = mine.encrypt ? (['cookieName', 'salt', 'secret', 'encrypt'] as const) : (Object.keys(mine) as Array<keyof typeof mine>)
    const same = told.every((option) => mine[option] === theirs[option])
    return openToken(token, settings(theirs), start).ok === same
  }))
})

t.test('no sequence of refreshes and writes passes the absolute limit, nor does Max-Age', async (t) => {
  const steps = fc.array(fc.record({ pause: fc.nat(90), write: fc.boolean() }), { maxLength: 12 })
  check(t, 'the absolute limit', 'lib/request', fc.property(steps, fc.integer({ min: 1, max: 300 }), fc.boolean(), (sequence, absoluteLifetime, encrypt) => {
    let now = start
    const of = settings({ lifetime: 60, absoluteLifetime, encrypt, now: () => now * 1000 })
    const first = new RequestSession(of, [], nobody)
    Object.assign(first.session, { userId: 7, permanent: true })
    let { token, expiresIn = NaN } = first.commit()
    for (const { pause, write } of sequence) {
      if (now + expiresIn > start + absoluteLifetime) return false
      now += pause
      const request = new RequestSession(of, [token], nobody)
      if (write) request.session.set('n', now)
      if (now > start + absoluteLifetime && request.session.get('userId') !== undefined) return false
      if (!request.session.new && now > start + absoluteLifetime) return false
      if (request.session.new) return true
      const result = request.commit()
      if (result.action !== 'keep') ({ token, expiresIn = NaN } = result)
    }
    return true
  }))
  t.equal(expiry(start, { ...emptyMetadata, authenticatedAt: start - 50 }, settings({ lifetime: 60, absoluteLifetime: 70 })), start + 20)
})

t.test('a change that a user makes is always noticed, and none is invented', async (t) => {
  const of = settings({ now: () => start * 1000 })
  check(t, 'changes', 'lib/session', fc.property(data, dataKey, value, fc.nat(), (before, name, after, where) => {
    const token = sealToken(encodeBody(emptyMetadata, before), of, start)
    if (token.length > 4000) return true
    const read = new RequestSession(of, [token], nobody)
    if (read.session.modified || read.commit().action !== 'keep') return false

    const written = new RequestSession(of, [token], nobody)
    const copy = clone(before)
    for (const target of [copy, written.session as unknown as Record<string, unknown>]) change(target, name, clone(after), where)
    return written.session.modified === !equal(copy, before)
  }))
})

/** Changes a value somewhere inside, at a place that a number chooses. */
function change (target: Record<string, unknown>, name: string, after: unknown, where: number): void {
  const keys = Object.keys(target).sort()
  const chosen = keys[where % (keys.length + 1)]
  const child = chosen === undefined ? undefined : target[chosen]
  if (chosen === undefined) target[name] = after
  else if (Array.isArray(child)) child.push(after)
  else if (child instanceof Date) child.setTime(child.getTime() + where % 3)
  else if (child instanceof Uint8Array) child.fill(where % 256)
  else if (typeof child === 'object' && child !== null) change(child as Record<string, unknown>, name, after, where >> 2)
  else if (where % 2 === 0) delete target[chosen]
  else target[chosen] = after
}
