import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { run } from '../../lib/cli/cli.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { deriveSigningKeys } from '../../lib/token/keys.ts'
import { sign } from '../../lib/token/signer.ts'
import { Clock, cookieOf, makeApp, otherSecret, secret, sessionOf } from '../support/app.ts'
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

t.test('help is printed', async (t) => {
  const { code, out } = await tool(['--help'])
  t.equal(code, 0)
  t.match(out, /^Usage: fastify-typed-session secret\n/)
})

t.test('wrong usage says what is right', async (t) => {
  const wrong: Array<[string[], RegExp]> = [
    [[], /no such command/], [['inspect'], /no such command/], [['secret', 'x'], /no such command/], [['inspect', 'a', 'b'], /no such command/],
    [['--secret', 'x', 'inspect', 'a'], /Unknown option/], [['inspect', 'a', '--format', 'x'], /--format is one of: default, flask/],
    [['inspect', 'a', '--digest', 'md5'], /--digest is one of: sha256/], [['inspect', 'a', '--key-derivation', 'none'], /one of: hmac/],
    [['inspect', 'a', '--lifetime', '0'], /whole number of seconds/], [['inspect', 'a', '--secret-env', 'NONE'], /the environment has no NONE/]
  ]
  for (const [args, message] of wrong) {
    const { code, complaints } = await tool(args)
    t.equal(code, 64)
    t.match(complaints, message)
    t.match(complaints, 'Usage:')
  }
})

t.test('a cookie is taken apart and found valid', async (t) => {
  const { code, out } = await tool(['inspect', await cookie()], { env: { SESSION_SECRET: secret } })
  t.equal(code, 0)
  t.equal(out, 'cookie   session, signed\n' +
    'payload  { userId: 7, cart: [] }\n' +
    'signed   2026-09-21T14:13:20.000Z, 61 seconds ago\n' +
    'secret   SESSION_SECRET, format default\n' +
    'verdict  valid')
})

t.test('a cookie of Flask\'s is known as one', async (t) => {
  const { code, out } = await tool(['inspect', '--json', flask], { env: { SESSION_SECRET: secret, ...flaskSecret } })
  t.equal(code, 0)
  t.match(JSON.parse(out), {
    verdict: 'valid', format: 'flask', secret: 'SECRET_KEY', compressed: true, encrypted: false, age: 61, signedAt: '2026-09-21T14:13:20.000Z', payload: { b: { ' b': '/wA=' } }
  })
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

t.test('on a terminal there are colours', async (t) => {
  const token = await cookie()
  t.match((await tool(['inspect', token], { colours: true })).out, '\x1b[33mnot checked')
  t.match((await tool(['inspect', token], { colours: true, env: { SESSION_SECRET: secret } })).out, '\x1b[32mvalid')
  t.notMatch((await tool(['inspect', token], { colours: true, env: { NO_COLOR: '1' } })).out, '\x1b')
  t.match((await tool(['inspect', token], { colours: true, env: { SESSION_SECRET: otherSecret } })).out, '\x1b[31mno secret')
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

t.test('the installed command runs, and its exit code is the tool\'s', async (t) => {
  const command = async (args: string[], stdin: string, env = {}) => {
    const child = spawn(process.execPath, ['bin/fastify-typed-session.js', ...args], { env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(stdin)
    const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code: child.exitCode, out, complaints }
  }
  t.match(await command(['secret'], ''), { code: 0, out: /^[\w-]{43}\n$/ })
  t.match(await command(['inspect', '-', '--lifetime', '1'], `session=${flask}`, flaskSecret), { out: /^verdict/m })
  t.match(await command(['inspect', flask, '--ask', '--lifetime', '999999999999'], `${flaskSecret.SECRET_KEY}\n`), { out: /^secret {3}the secret that was typed/m })
  t.match(await command([], ''), { code: 64, complaints: /Usage/ })
  t.match(await command(['inspect', 'x'], ''), { code: 3 })
})
