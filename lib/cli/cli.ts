import { randomBytes } from 'node:crypto'
import { inspect, parseArgs, type ParseArgsConfig } from 'node:util'
import { formats, type Format } from '../token/token.ts'
import { digests, type Digest } from '../token/hmac.ts'
import { inspectCookie, type Inspection, type Maker, type Verdict } from './inspect.ts'
import { keyDerivations, type KeyDerivation } from '../token/keys.ts'

/** What the tool has of the machine that it runs on. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether it can show colours; NO_COLOR forbids them. */
  readonly colours: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** All of the standard input. */
  readonly read: () => Promise<string>
  /** A line that is typed unseen. */
  readonly ask: (question: string) => Promise<string>
}

const help = `Usage: fastify-typed-session secret
       fastify-typed-session inspect [options] <cookie | ->

secret    Prints a new secret of 32 random bytes, for an environment variable.
inspect   Takes a session's cookie apart, Flask's too: its value, a whole Cookie or Set-Cookie header, or a command
          line of curl; - reads it from the standard input. The signature is checked where there is a secret: in the
          environment, as SESSION_SECRET or SECRET_KEY, or asked for. A secret is never an argument.

  --json               one JSON object, for scripts
  --ask                asks for the secret
  --secret-env NAME    the environment variable with the secret; may be repeated
  --name NAME          the cookie's name (default: what the cookie is called, or session)
  --format FORMAT      default or flask (default: whichever fits)
  --lifetime SECONDS   (default: 2678400, 31 days)
  --digest DIGEST      ${digests.join(', ')}
  --salt SALT
  --key-derivation KD  ${keyDerivations.join(', ')}
  -h, --help

Exit codes: 0 valid, or not checked; 1 expired, or signed in the future; 2 bad signature; 3 malformed; 64 wrong usage`

const options = {
  json: { type: 'boolean' },
  ask: { type: 'boolean' },
  'secret-env': { type: 'string', multiple: true },
  name: { type: 'string' },
  format: { type: 'string' },
  lifetime: { type: 'string' },
  digest: { type: 'string' },
  salt: { type: 'string' },
  'key-derivation': { type: 'string' },
  help: { type: 'boolean', short: 'h' }
} satisfies ParseArgsConfig['options']

const exitCodes: Record<Verdict, number> = {
  valid: 0, unchecked: 0, expired: 1, future: 1, signature: 2, malformed: 3, payload: 3, oversize: 3
}
const wrongUsage = 64

/** The command line `npx fastify-typed-session`; the exit code. */
export async function run (args: string[], terminal: Terminal): Promise<number> {
  try {
    const { values, positionals: [command, cookie, ...others] } = parseArgs({ args, options, allowPositionals: true })
    if (values.help) return say(terminal, help)
    if (others.length === 0) {
      if (command === 'secret' && cookie === undefined) return say(terminal, randomBytes(32).toString('base64url'))
      if (command === 'inspect' && cookie !== undefined) return await inspectCommand(cookie, values, terminal)
    }
    throw new TypeError('no such command')
  } catch (error) {
    terminal.complain(`${(error as Error).message}\n\n${help}`)
    return wrongUsage
  }
}

function say (terminal: Terminal, text: string): number {
  terminal.print(text)
  return 0
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

async function inspectCommand (cookie: string, values: Values, terminal: Terminal): Promise<number> {
  const maker: Maker = {
    cookieName: values.name,
    format: oneOf<Format>('format', values.format, formats),
    digest: oneOf<Digest>('digest', values.digest, digests),
    salt: values.salt,
    keyDerivation: oneOf<KeyDerivation>('key-derivation', values['key-derivation'], keyDerivations) ?? 'hmac',
    lifetime: seconds(values.lifetime),
    secrets: await secretsOf(values, terminal)
  }
  const now = Math.floor(terminal.now() / 1000)
  const inspection = inspectCookie(cookie === '-' ? await terminal.read() : cookie, maker, now)
  if (inspection === undefined) {
    terminal.complain('There is no session cookie in it')
    return exitCodes.malformed
  }
  terminal.print(values.json ? json(inspection, now) : prose(inspection, now, terminal.colours && terminal.env.NO_COLOR === undefined))
  return exitCodes[inspection.verdict]
}

async function secretsOf (values: Values, { env, ask }: Terminal): Promise<Map<string, string>> {
  const secrets = new Map<string, string>()
  for (const name of values['secret-env'] ?? ['SESSION_SECRET', 'SECRET_KEY']) {
    const secret = env[name]
    if (secret) secrets.set(name, secret)
    else if (values['secret-env']) throw new TypeError(`the environment has no ${name}`)
  }
  if (values.ask) secrets.set('the secret that was typed', await ask('Secret: '))
  return secrets
}

function oneOf<T extends string> (option: string, value: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice === value)
  if (value === undefined || found !== undefined) return found
  throw new TypeError(`--${option} is one of: ${choices.join(', ')}`)
}

function seconds (text = '2678400'): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new TypeError('--lifetime is a whole number of seconds from 1')
}

function json ({ payload, signedAt, ...others }: Inspection, now: number): string {
  return JSON.stringify({
    ...others,
    signedAt: signedAt === undefined ? undefined : dateText(signedAt),
    age: signedAt === undefined ? undefined : now - signedAt,
    payload: payload && parsed(payload)
  })
}

// Python's JSON may have what JavaScript's has not.
function parsed (payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return payload
  }
}

const verdicts: Record<Verdict, string> = {
  valid: 'valid',
  unchecked: 'not checked: there is no secret in the environment',
  expired: 'expired',
  future: 'signed in the future',
  signature: 'no secret of these signed it',
  malformed: 'malformed',
  payload: 'well signed, but no session',
  oversize: 'larger than browsers and this plugin take'
}

function prose (inspection: Inspection, now: number, colours: boolean): string {
  const { verdict, cookieName, encrypted, compressed, payload, signedAt, secret, format } = inspection
  // Red, green, yellow: ECMA-48 section 8.3.117.
  const colour = exitCodes[verdict] > 0 ? 31 : verdict === 'valid' ? 32 : 33
  const shown = payload === undefined ? 'cannot be read' : inspect(parsed(payload), { colors: colours, depth: null })
  const rows = [
    ['cookie', `${cookieName}, ${encrypted ? 'encrypted' : 'signed'}${compressed ? ', compressed' : ''}`],
    ['payload', shown],
    ['signed', signedAt === undefined ? 'at no time that can be read' : `${dateText(signedAt)}, ${now - signedAt} seconds ago`],
    ['secret', secret === undefined ? undefined : `${secret}, format ${format}`],
    ['verdict', colours ? `\x1b[${colour}m${verdicts[verdict]}\x1b[39m` : verdicts[verdict]]
  ]
  return rows.filter(([, text]) => text !== undefined).map(([label = '', text]) => `${label.padEnd(9)}${text}`).join('\n')
}

function dateText (seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${seconds} seconds after 1970` : date.toISOString()
}
