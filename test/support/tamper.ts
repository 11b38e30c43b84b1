import type { Random } from './random.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
const foreign = '+/=%"\\ ,~!é\u00a0\u0141\u{1f600}'

/** A change to a token, of the kinds that forgers and broken software make. `other` is another valid token. */
export function tamper (token: string, other: string, random: Random): string {
  const at = random.below(token.length)
  const to = at + random.below(token.length - at)
  const any = () => [...alphabet, ...foreign][random.below(alphabet.length + 12)] ?? 'A'
  return random.pick<() => string>([
    () => flipBit(token, at, random.below(8)),
    () => token.slice(0, at) + any() + token.slice(at + 1),
    () => token.slice(0, at) + any() + token.slice(at),
    () => token.slice(0, at) + token.slice(to + 1),
    () => token.slice(0, at),
    () => token.slice(at + 1),
    () => token + any().repeat(1 + random.below(3)),
    () => token.slice(0, at) + other.slice(at),
    () => token.slice(0, at) + token.slice(at, to).split('').reverse().join('') + token.slice(to),
    () => swapParts(token, other, random),
    () => token.split('.').reverse().join('.'),
    () => token.replaceAll('-', '+').replaceAll('_', '/') + '=',
    () => Array.from({ length: random.below(200) }, any).join('')
  ])()
}

/** The text with one bit of one character another. */
export function flipBit (text: string, at: number, bit: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
}

function swapParts (token: string, other: string, random: Random): string {
  const parts = token.split('.')
  const index = random.below(parts.length)
  parts[index] = other.split('.')[index] ?? ''
  return parts.join('.')
}
