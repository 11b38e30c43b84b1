import t from 'tap'
import { z } from 'zod'
import { openToken, encodeBody, sealToken } from '../../lib/token/token.ts'
import { resolveOptions, type Settings } from '../../lib/options/options.ts'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { secret } from '../support/app.ts'
import { report, runs } from '../support/assurance.ts'
import { Random } from '../support/random.ts'
import { flipBit, tamper } from '../support/tamper.ts'

const now = 1_790_000_000
const command = 'npm run test:long -- test/assurance/tampering.test.ts'

function settings (options: Partial<TypedSessionOptions>): Settings {
  return resolveOptions({ schema: z.object({}), secret, ...options }, () => '')
}

function token (of: Settings, userId: number, age = 0): string {
  return sealToken(encodeBody({ permanent: true, lifetime: undefined, authenticatedAt: undefined }, { userId, cart: ['ä', '\u{1f600}'] }), of, now - age)
}

const modes = { signed: settings({}), encrypted: settings({ encrypt: true }), migrating: settings({ encrypt: true, acceptSigned: true }) }

/** All single changes of a text: each bit, each truncation, each last character, each foreign byte at each place. */
function * singleChanges (text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 16; bit++) yield flipBit(text, at, bit)
    yield text.slice(0, at)
    yield text.slice(at + 1)
    yield text.slice(0, at) + text.slice(at + 1)
  }
  for (let code = 0; code < 256; code++) {
    const byte = String.fromCharCode(code)
    yield text.slice(0, -1) + byte
    for (let at = 0; at <= text.length; at++) yield text.slice(0, at) + byte + text.slice(at)
  }
}

for (const [mode, of] of Object.entries(modes)) {
  t.test(`no single change of a token is accepted (${mode})`, async (t) => {
    const text = token(of, 7)
    t.equal(openToken(text, of, now).ok, true, 'the token itself is')
    let tried = 0
    let accepted = 0
    for (const changed of singleChanges(text)) {
      if (changed === text) continue
      tried++
      if (openToken(changed, of, now).ok) accepted++
    }
    report(t, { measure: `all single changes of a token, ${mode}: ${tried.toLocaleString('en')}`, figure: `${accepted} accepted`, target: '0', of: 'lib/token', command })
    t.equal(accepted, 0)
  })

  t.test(`no tampered token is accepted, and no two tokens are one session (${mode})`, async (t) => {
    const random = new Random(20_260_924)
    const genuine = Array.from({ length: 20 }, (_, index) => token(of, index, index))
    const known = new Set(genuine)
    const count = runs(1_000_000) / Object.keys(modes).length
    let accepted = 0
    for (let i = 0; i < count; i++) {
      const changed = tamper(genuine[i % 20] ?? '', genuine[random.below(20)] ?? '', random)
      if (!known.has(changed) && openToken(changed, of, now).ok) accepted++
    }
    report(t, { measure: `random tampering through the codec, ${mode}: ${Math.floor(count).toLocaleString('en')}`, figure: `${accepted} accepted`, target: '0', of: 'lib/token', command })
    t.equal(accepted, 0)
  })
}
