import { randomBytes } from 'node:crypto'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { formats, type Format } from '../token/token.ts'
import { digests, type Digest } from '../token/hmac.ts'
import { inspectCookie, isToken, type Maker, type Verdict } from './inspect.ts'
import { escapeUnprintable, reportJson, reportText } from './report.ts'
import { keyDerivations, type KeyDerivation } from '../token/keys.ts'

/** What the tool has of the machine that it runs on. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the package. */
  readonly version: string
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

const usage = `Usage: fastify-typed-session secret
       fastify-typed-session inspect [options] <cookie | ->`

const help = `${usage}

secret    Prints a new secret of 32 random bytes, for an environment variable.
inspect   Takes a session's cookie apart, Flask's too: its value, a whole Cookie or Set-Cookie header, or a command
          line of curl; - reads it from the standard input. The signature is checked if there is a secret: in the
          environment, as SESSION_SECRET or SECRET_KEY, or asked for. A secret is never an argument.

  --json               one JSON object, for scripts
  --ask                asks for the secret
  --secret-env NAME    the environment variable with the secret; may be repeated
  --name NAME          the cookie's name (default: what the cookie is called, or session)
  --format FORMAT      default or flask (default: whichever fits)
  --lifetime SECONDS   (default: 2678400, 31 days); a shorter one of the session's own counts
  --digest DIGEST      ${digests.join(', ')}
  --salt SALT
  --key-derivation KD  ${keyDerivations.join(', ')}
  -h, --help
  -v, --version

Exit codes: 0 valid, or not checked; 1 expired, or signed in the future; 2 bad signature; 3 malformed; 64 wrong usage;
74 input or output failed`

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
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' }
} satisfies ParseArgsConfig['options']

const exitCodes: Record<Verdict, number> = {
  valid: 0, unchecked: 0, expired: 1, future: 1, signature: 2, malformed: 3, payload: 3, oversize: 3
}
const wrongUsage = 64
const inputOutput = 74

/** The command line `npx fastify-typed-session`; the exit code. */
export async function run (args: string[], terminal: Terminal): Promise<number> {
  try {
    const { values, positionals: [command, ...operands] } = parseArgs({ args: protectCookies(args), options, allowPositionals: true })
    if (values.help) return print(terminal, help)
    if (values.version) return print(terminal, terminal.version)
    if (command === 'secret') return secretCommand(operands, terminal)
    if (command === 'inspect') return await inspectCommand(operands, values, terminal)
    throw new TypeError(command === undefined ? 'A command is missing' : `There is no command ${command}`)
  } catch (error) {
    const isUsage = error instanceof TypeError
    const [line = ''] = (error as Error).message.split('\n')
    // What is as long as a secret may be one, in the wrong place.
    const message = escapeUnprintable(line.replace(/[^\s']{25,}/g, '…'))
    terminal.complain(isUsage ? `${message}\n\n${usage}\n--help tells the rest` : message)
    return isUsage ? wrongUsage : inputOutput
  }
}

// One encrypted cookie in 64 begins with a hyphen, as an option does.
function protectCookies (args: string[]): string[] {
  const isCookie = (arg: string) => arg.startsWith('-') && isToken(arg)
  if (args.includes('--') || !args.some(isCookie)) return args
  return [...args.filter((arg) => !isCookie(arg)), '--', ...args.filter(isCookie)]
}

function print (terminal: Terminal, text: string): number {
  terminal.print(text)
  return 0
}

function secretCommand (operands: string[], terminal: Terminal): number {
  if (operands.length > 0) throw new TypeError('secret takes no argument: it makes a new one')
  return print(terminal, randomBytes(32).toString('base64url'))
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

async function inspectCommand ([cookie, ...others]: string[], values: Values, terminal: Terminal): Promise<number> {
  if (cookie === undefined) throw new TypeError('inspect needs a cookie, or - to read it from the standard input')
  if (others.length > 0) throw new TypeError('inspect takes one argument: put a whole header in quotes')
  if (cookie === '-' && values.ask) throw new TypeError('--ask and - would both read the standard input')
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
  const colours = terminal.colours && !terminal.env.NO_COLOR
  terminal.print(values.json ? reportJson(inspection, now) : reportText(inspection, now, colours))
  return exitCodes[inspection.verdict]
}

async function secretsOf (values: Values, { env, ask }: Terminal): Promise<Map<string, string>> {
  const secrets = new Map<string, string>()
  for (const [index, name] of (values['secret-env'] ?? ['SESSION_SECRET', 'SECRET_KEY']).entries()) {
    const secret = env[name]
    if (typeof secret === 'string' && secret !== '') secrets.set(name, secret)
    // The message does not name it: by mistake, it can be the secret itself.
    else if (values['secret-env']) throw new TypeError(`--secret-env number ${index + 1} is not the name of a variable of the environment`)
  }
  if (values.ask) {
    const typed = await ask('Secret: ')
    if (typed === '') throw new TypeError('No secret was typed')
    secrets.set('the secret that was typed', typed)
  }
  return secrets
}

function oneOf<T extends string> (option: string, value: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice === value)
  if (value === undefined || found !== undefined) return found
  throw new TypeError(`--${option} must be one of: ${choices.join(', ')}`)
}

function seconds (text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new TypeError('--lifetime must be a whole number of seconds from 1')
}
