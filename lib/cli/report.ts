import { inspect } from 'node:util'
import type { Inspection, Verdict } from './inspect.ts'

// C0 and C1 controls, line separators, and what changes the direction of a text or cannot be seen (Unicode category Cf):
// a terminal would obey them, and a reader be deceived. The escapes are those of JSON and JavaScript.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** A text whose control characters and invisible ones are escaped as `\uXXXX`, for a terminal. */
export function escapeUnprintable (text: string): string {
  return text.replace(unprintable, (char) =>
    char.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''))
}

/** One JSON object on one line. */
export function reportJson ({ payload, signedAt, expiresAt, ...others }: Inspection, now: number): string {
  const json = JSON.stringify({
    ...others,
    signedAt: signedAt === undefined ? undefined : dateText(signedAt),
    age: signedAt === undefined ? undefined : now - signedAt,
    expiresAt: expiresAt === undefined ? undefined : dateText(expiresAt)
  })
  return escapeUnprintable(payload === undefined ? json : `${json.slice(0, -1)},"payload":${payloadJson(payload)}}`)
}

// As it is, so that no digit of a long number is lost; what Python's JSON has and JavaScript's has not is a string.
function payloadJson (payload: string): string {
  return parse(payload) === undefined ? JSON.stringify(payload) : payload.replace(/[\t\n\r]/g, ' ')
}

function parse (json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const verdicts: Record<Verdict, string> = {
  valid: 'valid',
  unchecked: 'not checked: there is no secret in the environment',
  expired: 'expired',
  future: 'signed in the future',
  signature: 'none of these secrets signed it',
  malformed: 'malformed',
  payload: 'the signature is valid, but the payload is not a session',
  oversize: 'larger than browsers and this plugin accept'
}

const lifetimes: Record<Inspection['lifetimeFrom'], string> = {
  default: 'the default lifetime',
  option: '--lifetime',
  session: 'the session\'s own lifetime',
  absolute: 'the session\'s own absolute lifetime'
}

/** Lines for a person to read. */
export function reportText (inspection: Inspection, now: number, colours: boolean): string {
  const { verdict, cookieName, encrypted, compressed, bound, payload, signedAt, expiresAt, lifetime, lifetimeFrom, secret, format } = inspection
  // Red, green, yellow: ECMA-48 section 8.3.117.
  const colour = verdict === 'valid' ? 32 : verdict === 'unchecked' ? 33 : 31
  const shown = verdicts[verdict]
  const rows = [
    ['cookie', escapeUnprintable(`${cookieName}, ${encrypted ? 'encrypted' : 'signed'}${compressed ? ', compressed' : ''}`)],
    ['payload', payload === undefined ? 'cannot be read' : payloadText(payload)],
    ['signed', signedAt === undefined ? 'at no time that can be read' : `${dateText(signedAt)}, ${now - signedAt} seconds ago`],
    ['device', bound ? escapeUnprintable(`bound to one, refused without its proof in the cookie ${cookieName}-proof`) : undefined],
    ['expires', expiresAt === undefined ? undefined : `${dateText(expiresAt)}, by ${lifetimes[lifetimeFrom]} of ${lifetime} seconds`],
    ['secret', secret === undefined ? undefined : escapeUnprintable(`${secret}, format ${format}`)],
    ['verdict', colours ? `\x1b[${colour}m${shown}\x1b[39m` : shown]
  ]
  return rows.filter(([, text]) => text !== undefined).map(([label = '', text]) => label.padEnd(9) + text).join('\n')
}

// A number that JavaScript would round is shown as it is written, with all that is around it.
function payloadText (payload: string): string {
  const value = /\d{16}/.test(payload) ? undefined : parse(payload)
  const lines = value === undefined ? [payload] : inspect(value, { depth: 32, maxArrayLength: null, maxStringLength: null }).split('\n')
  return lines.map(escapeUnprintable).join('\n')
}

function dateText (seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${seconds} seconds after 1970` : date.toISOString()
}
