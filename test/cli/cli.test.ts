import t from 'tap'
import { run } from '../../lib/cli/cli.ts'
import { findCookie } from '../../lib/cli/inspect.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { deriveSigningKeys } from '../../lib/token/keys.ts'
import { sign } from '../../lib/token/signer.ts'
import { Clock, cookieOf, makeApp, otherSecret, secret, sessionOf, sessionsOf } from '../support/app.ts'
import { makeBoundApp } from '../support/device.ts'
import { vectors } from '../support/flask-vectors.ts'

interface World {
  env?: Record<string, string>
  now?: number
  stdin?: string
  typed?: string
  colours?: boolean
}

const signedAt = 1_790_000_000

async function tool (args: string[], { env = {}, now = signedAt + 61, stdin = '', typed = '', colours = false }: World = {}) {
  const out: string[] = []
  const complaints: string[] = []
  const code = await run(args, {
    env,
    version: '1.2.3',
    colours,
    now: () => now * 1000,
    print: (line) => out.push(line),
    complain: (line) => complaints.push(line),
    read: async () => stdin,
    ask: async () => typed
  })
  return { code, out: out.join('\n'), complaints: complaints.join('\n') }
}

async function cookie (options: object = {}): Promise<string> {
  const clock = new Clock()
  clock.milliseconds = signedAt * 1000
  return cookieOf(await (await makeApp({ now: clock.now, ...options })).inject('/login'), (options as { cookieName?: string }).cookieName)
}

const flask = vectors.find(({ name }) => name === 'every tag')?.cookie ?? ''
const flaskSecret = { SECRET_KEY: '0123456789abcdef0123456789abcdef' }

t.test('secret prints 32 random bytes', async (t) => {
  const { code, out } = await tool(['secret'])
  t.equal(code, 0)
  t.equal(Buffer.from(out, 'base64url').length, 32)
  t.not((await tool(['secret'])).out, out)
})

t.test('help and version are printed, and are no complaint', async (t) => {
  for (const option of ['--help', '-h']) {
    const { code, out, complaints } = await tool([option])
    t.equal(code, 0)
    t.match(out, /^Usage: fastify-typed-session secret\n/)
    t.equal(complaints, '')
  }
  for (const option of ['--version', '-v']) t.same(await tool([option]), { code: 0, out: '1.2.3', complaints: '' })
})

t.test('wrong usage says what is wrong, and what is right', async (t) => {
  const wrong: Array<[string[], RegExp]> = [
    [[], /^A command is missing\n/], [['inspekt', 'a'], /^There is no command inspekt\n/], [['inspect'], /^inspect needs a cookie/],
    [['secret', 'x'], /^secret takes no argument/], [['inspect', 'a', 'b'], /^inspect takes one argument/],
    [['--secret', 'x', 'inspect', 'a'], /^Unknown option '--secret'/], [['inspect', 'a', '--format', 'x'], /--format must be one of: default, flask/],
    [['inspect', 'a', '--digest', 'md5'], /--digest must be one of: sha256/], [['inspect', 'a', '--key-derivation', 'none'], /one of: hmac/],
    [['inspect', 'a', '--lifetime', '0'], /whole number of seconds/], [['inspect', 'a', '--lifetime', '--json'], /^Option '--lifetime' argument is ambiguous/],
    [['inspect', 'a', '--secret-env', 'SET', '--secret-env', 'NONE'], /^--secret-env number 2 is not the name/],
    [['inspect', 'a', '--secret-env', 'toString'], /^--secret-env number 1 is not/], [['inspect', 'a', '--ask'], /^No secret was typed/],
    [['inspect', '-', '--ask'], /would both read the standard input/]
  ]
  for (const [args, message] of wrong) {
    const { code, out, complaints } = await tool(args, { env: { SET: secret } })
    t.equal(code, 64)
    t.match(complaints, message)
    t.match(complaints, 'Usage:')
    t.equal(out, '')
  }
})

t.test('a secret in the wrong place is not repeated', async (t) => {
  const places = [
    [secret], ['secret', secret], ['inspect', secret], ['inspect', 'a', secret], ['inspect', 'a', '--secret-env', secret], ['inspect', 'a', `--${secret}`],
    ['inspect', 'a', '--secret', secret], ['inspect', 'a', `--secret=${secret}`], ['inspect', 'a', '--format', secret], ['inspect', 'a', '--lifetime', secret],
    ['inspect', 'a', `--json=${secret}`], ['inspect', 'a', '--ask', '--salt']
  ]
  for (const args of places) {
    const { code, out, complaints } = await tool(args, { env: { SESSION_SECRET: secret }, typed: secret })
    t.not(code, 0)
    t.notMatch(out + complaints, secret, args.join(' '))
  }
})

t.test('input that cannot be read is not wrong usage', async (t) => {
  const complaints: string[] = []
  const code = await run(['inspect', '-'], {
    env: {},
    version: '',
    colours: false,
    now: Date.now,
    print: t.fail,
    complain: (line) => complaints.push(line),
    read: async () => { throw new Error('EISDIR: illegal operation on a directory, read') },
    ask: async () => ''
  })
  t.equal(code, 74)
  t.same(complaints, ['EISDIR: illegal operation on a directory, read'])
})

t.test('a cookie is taken apart and found valid', async (t) => {
  const { code, out } = await tool(['inspect', await cookie()], { env: { SESSION_SECRET: secret } })
  t.equal(code, 0)
  t.equal(out, 'cookie   session, signed\n' +
    'payload  { userId: 7, cart: [] }\n' +
    'signed   2026-09-21T14:13:20.000Z, 61 seconds ago\n' +
    'expires  2026-10-22T14:13:20.000Z, by the default lifetime of 2678400 seconds\n' +
    'secret   SESSION_SECRET, format default\n' +
    'verdict  valid')
})

t.test('the lifetime that counts is named', async (t) => {
  const clock = new Clock()
  clock.milliseconds = signedAt * 1000
  const app = await makeApp({ now: clock.now })
  app.get('/short', async (request) => {
    sessionOf(request).userId = 7
    sessionOf(request).lifetime = 1800
  })
  app.get('/brief', async (request) => {
    sessionOf(request).userId = 7
    sessionOf(request).absoluteLifetime = 900
  })
  const short = cookieOf(await app.inject('/short'))
  const brief = cookieOf(await app.inject('/brief'))
  const env = { SESSION_SECRET: secret }
  const cases: Array<[string[], object, string, string]> = [
    [[await cookie()], { lifetime: 2_678_400, lifetimeFrom: 'default', expiresAt: '2026-10-22T14:13:20.000Z' }, 'valid', 'the default lifetime of 2678400 seconds'],
    [[await cookie(), '--lifetime', '60'], { lifetime: 60, lifetimeFrom: 'option', expiresAt: '2026-09-21T14:14:20.000Z' }, 'expired', '--lifetime of 60 seconds'],
    [[short], { lifetime: 1800, lifetimeFrom: 'session', expiresAt: '2026-09-21T14:43:20.000Z' }, 'valid', 'the session\'s own lifetime of 1800 seconds'],
    [[short, '--lifetime', '60'], { lifetime: 60, lifetimeFrom: 'option' }, 'expired', '--lifetime of 60 seconds'],
    [[await cookie({ encrypt: true })], { lifetime: 2_678_400 }, 'valid', 'the default lifetime'],
    [[brief], { lifetime: 900, lifetimeFrom: 'absolute', expiresAt: '2026-09-21T14:28:20.000Z' }, 'valid', 'the session\'s own absolute lifetime of 900 seconds']
  ]
  for (const [args, expected, verdict, text] of cases) {
    t.match(JSON.parse((await tool(['inspect', '--json', ...args], { env })).out), { ...expected, verdict })
    t.match((await tool(['inspect', ...args], { env })).out, `, by ${text}`)
    t.match(JSON.parse((await tool(['inspect', '--json', ...args])).out), { lifetime: args.length > 1 ? 60 : Number, verdict: 'unchecked' })
  }
})

t.test('a cookie of Flask\'s is known as one', async (t) => {
  const { code, out } = await tool(['inspect', '--json', flask], { env: { SESSION_SECRET: secret, ...flaskSecret } })
  t.equal(code, 0)
  t.match(JSON.parse(out), {
    verdict: 'valid', format: 'flask', secret: 'SECRET_KEY', compressed: true, encrypted: false, age: 61, signedAt: '2026-09-21T14:13:20.000Z', payload: { b: { ' b': '/wA=' } }
  })
  t.match((await tool(['inspect', flask])).out, /^cookie {3}session, signed, compressed$/m)
  const vector = vectors.find(({ name }) => name === 'sha512 digest, other salt')?.cookie ?? ''
  const given = ['--format', 'flask', '--digest', 'sha512', '--salt', 'admin-session', '--key-derivation', 'hmac']
  t.equal((await tool(['inspect', vector, ...given], { env: flaskSecret })).code, 0)
})

t.test('without a secret, nothing is claimed of the signature', async (t) => {
  const { code, out } = await tool(['inspect', await cookie()])
  t.equal(code, 0)
  t.match(out, /^verdict {2}not checked/m)
  t.notMatch(out, /^secret/m)
})

t.test('a secret can be typed, or lie under another name, and each says which it was', async (t) => {
  const typed = await tool(['inspect', await cookie(), '--ask'], { typed: secret })
  t.match(typed.out, /^secret {3}the secret that was typed, format default$/m)
  const named = await tool(['inspect', await cookie(), '--secret-env', 'NEW', '--secret-env', 'OLD'], { env: { NEW: otherSecret, OLD: secret } })
  t.match(named.out, /^secret {3}OLD, format default$/m)
})

t.test('exit codes tell expired, future, bad signature and malformed', async (t) => {
  const env = { SESSION_SECRET: secret }
  const good = await cookie()
  const huge = `${'x'.repeat(5000)}.arE7gA.${'x'.repeat(43)}`
  const cases: Array<[string, string[], number, string, World]> = [
    ['expired', [good, '--lifetime', '60'], 1, 'expired', { env }],
    ['in the future', [good], 1, 'future', { env, now: signedAt - 61 }],
    ['under another secret', [good], 2, 'signature', { env: { SESSION_SECRET: otherSecret } }],
    ['of another name', [good, '--name', 'other'], 2, 'signature', { env }],
    ['of another format', [good, '--format', 'flask'], 2, 'signature', { env }],
    ['no payload', [`${'a'.repeat(5)}.arE7gA.${'x'.repeat(43)}`], 3, 'malformed', { env }],
    ['no session', [signed('[]')], 3, 'payload', { env }],
    ['unsigned, too large', [huge], 3, 'malformed', { env }]
  ]
  for (const [title, args, expected, verdict, world] of cases) {
    const { code, out } = await tool(['inspect', '--json', ...args], world)
    t.equal(code, expected, title)
    t.equal(JSON.parse(out).verdict, verdict, title)
  }
  const none = await tool(['inspect', 'nothing'])
  t.equal(none.code, 3)
  t.match(none.complaints, 'no session cookie')
})

/** A body that is none of a session, well signed. */
function signed (json: string): string {
  return sign(encodeBase64url(json), signedAt, deriveSigningKeys([secret], 'fastify-typed-session/session', 'hmac', 'sha256'))
}

t.test('a session that is bound to a device says so', async (t) => {
  for (const options of [{}, { cookieName: '__Host-session', encrypt: true }]) {
    const { app, browser, clock } = await makeBoundApp(options)
    await browser.inject('/enter')
    const name = sessionsOf(app).cookieName
    const args = ['inspect', `${name}=${browser.cookies.get(name)?.value}`]
    const world = { env: { SESSION_SECRET: secret }, now: clock.milliseconds / 1000 }
    t.match((await tool(args, world)).out, `\ndevice   bound to one, refused without its proof in the cookie ${name}-proof\n`)
    t.match(JSON.parse((await tool([...args, '--json'], world)).out), { bound: true, verdict: 'valid' })
  }
  t.equal(JSON.parse((await tool(['inspect', await cookie(), '--json'])).out).bound, false)
  t.notMatch((await tool(['inspect', await cookie()])).out, 'device')
  t.notOk('bound' in JSON.parse((await tool(['inspect', await cookie({ encrypt: true }), '--json'])).out))
})

t.test('an encrypted cookie is readable with its secret, and not without', async (t) => {
  const sealed = await cookie({ encrypt: true })
  const without = await tool(['inspect', sealed])
  t.match(without.out, /^payload {2}cannot be read$/m)
  t.match(without.out, /^cookie {3}session, encrypted$/m)
  const { code, out } = await tool(['inspect', sealed, '--json'], { env: { SESSION_SECRET: secret } })
  t.equal(code, 0)
  t.match(JSON.parse(out), { verdict: 'valid', encrypted: true, payload: { userId: 7 } })
})

t.test('a cookie is found in headers, in a line of curl and in the standard input', async (t) => {
  const token = await cookie({ cookieName: 'sid' })
  const env = { SESSION_SECRET: secret }
  for (const given of [`Cookie: theme=dark; sid=${token}; a=b`, `Set-Cookie: sid=${token}; Path=/; HttpOnly`, `curl -b 'sid=${token}' http://localhost`, `sid="${token}"`]) {
    t.match((await tool(['inspect', given], { env })).out, /^cookie {3}sid, signed\n[^]*valid$/, given)
    t.match((await tool(['inspect', '-', '--name', 'sid'], { env, stdin: given })).out, /valid$/)
    t.equal((await tool(['inspect', given, '--name', 'other'], { env })).code, 3)
  }
  const two = `a=${token}; session=${await cookie()}`
  t.match((await tool(['inspect', two], { env })).out, /^cookie {3}session/, 'the one named session first')
})

t.test('a cookie that begins with a hyphen is not an option', async (t) => {
  const token = `-${'a'.repeat(60)}.arE7gA`
  for (const given of [token, `-${token}`, `-.arE7gA.${'x'.repeat(43)}`]) {
    for (const args of [['inspect', given], ['inspect', given, '--json'], ['inspect', '--json', '--', given], ['--name', 'sid', 'inspect', given]]) {
      t.match(await tool(args), { code: given.includes('x') ? 3 : 0, complaints: '' }, args.join(' '))
    }
  }
  t.match(await tool(['inspect', token, token]), { code: 64, complaints: /one argument/ })
  t.match(await tool(['inspect', '-a']), { code: 64, complaints: /Unknown option/ })
})

t.test('a cookie is searched for in linear time', async (t) => {
  const parts = ['a', 'a.', 'a.a.a', 'a=', '="', 'a="a', '-', '.', '=', '%', ' ', 'é', 'a=b.c.', `a=${'x'.repeat(39)}.`, `x.y.${'z'.repeat(19)} `]
  for (const part of parts) {
    for (const around of [(text: string) => text, (text: string) => `a=b.c.${text}`, (text: string) => `${text}=`]) {
      const started = process.cpuUsage()
      findCookie(around(part.repeat(Math.ceil(400_000 / part.length))), 'session')
      const { user } = process.cpuUsage(started)
      t.ok(user < 2e6, `${JSON.stringify(part)}: ${user / 1e6} s`)
    }
  }
})

t.test('nothing in a cookie or an argument reaches the terminal as a control', async (t) => {
  const controls = '\x00\x07\x1b]0;x\x07\x7f\x85\x9b31m\u200b\u200f\u202e\u2066\u2028\u2029\ufeff\u{e0041}'
  const payloads = [JSON.stringify({ [controls]: controls }), `{"a":"${'\x7f\x9b\u202e'}","b":NaN}`, '{"a":NaN}\n\x1b[2Jverdict  valid', '{"a":\n12345678901234567890}']
  for (const payload of payloads) {
    for (const args of [[], ['--json'], ['--name', `a${controls}`]]) {
      const { out } = await tool(['inspect', signed(payload), ...args])
      t.notMatch(out, /[^\n\P{Cc}]|\p{Cf}|\p{Zl}|\p{Zp}/u)
      t.equal(out.match(/^verdict/gm)?.length, args[0] === '--json' ? undefined : 1)
    }
  }
  t.strictSame(JSON.parse((await tool(['inspect', signed(JSON.stringify({ [controls]: controls })), '--json'])).out).payload, { [controls]: controls }, 'and JSON says the same')
  t.notMatch((await tool([`--${controls}`])).complaints, /[^\n\P{Cc}]|\p{Cf}/u)
  t.notMatch((await tool(['x' + controls])).complaints, /[^\n\P{Cc}]|\p{Cf}/u)
})

t.test('a payload is shown as it is, however long, deep or precise', async (t) => {
  const long = JSON.stringify({ list: Array.from({ length: 300 }, (_, index) => index), text: 'x'.repeat(12_000), last: true })
  t.match((await tool(['inspect', signed(long)])).out, /298, +299[^]*last: true/)
  const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  t.match(await tool(['inspect', signed(deep)]), { code: 0, out: /\[Array\]/ })
  t.match((await tool(['inspect', signed(deep), '--json'])).out, `"payload":${deep}}`)
  const big = '{"id":12345678901234567890}'
  t.match((await tool(['inspect', signed(big)])).out, `payload  ${big}\n`)
  t.match((await tool(['inspect', signed(big), '--json'])).out, `"payload":${big}}`)
})

t.test('on a terminal there are colours', async (t) => {
  const token = await cookie()
  t.match((await tool(['inspect', token], { colours: true })).out, '\x1b[33mnot checked')
  t.match((await tool(['inspect', token], { colours: true, env: { SESSION_SECRET: secret } })).out, '\x1b[32mvalid')
  t.notMatch((await tool(['inspect', token], { colours: true, env: { NO_COLOR: '1' } })).out, '\x1b')
  t.match((await tool(['inspect', token], { colours: true, env: { NO_COLOR: '' } })).out, '\x1b')
  t.match((await tool(['inspect', token], { colours: true, env: { SESSION_SECRET: otherSecret } })).out, '\x1b[31mnone of these')
})

t.test('what cannot be shown is told', async (t) => {
  const app = await makeApp({ format: 'flask', now: () => signedAt * 1000 })
  app.get('/nan', async (request) => { sessionOf(request).set('nan', NaN) })
  const nan = cookieOf(await app.inject('/nan'))
  t.equal(JSON.parse((await tool(['inspect', nan, '--json'])).out).payload, '{"cart":[],"nan":NaN}')
  const signature = 'x'.repeat(43)
  t.match((await tool(['inspect', `e30.AAAA.${signature}`])).out, 'at no time that can be read')
  t.equal(JSON.parse((await tool(['inspect', `e30.AAAA.${signature}`, '--json'])).out).age, undefined)
  t.match((await tool(['inspect', `e30._________.${signature}`])).out, 'at no time that can be read')
  t.match((await tool(['inspect', `e30.${encodeBase64url(Uint8Array.of(0x1f, 255, 255, 255, 255, 255, 255))}.${signature}`])).out, 'seconds after 1970')
})
