import { markup, tuple, uuid } from '../../lib/index.ts'
import type { Random } from '../support/random.ts'

/** A value with its type in Python: what JSON leaves open stands under a key such as `$float`. */
export type Noted = null | boolean | string | readonly Noted[] | { readonly [key: string]: Noted }

const read = {
  $int: (text: string) => Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text),
  $float: (text: string) => Number(text.replace('inf', 'Infinity')),
  $bytes: (hex: string) => new Uint8Array(Buffer.from(hex, 'hex')),
  $uuid: (text: string) => text,
  $markup: (html: string) => html,
  $tuple: (items: unknown[]) => items,
  $date: (text: string) => new Date(text)
}
const written = { ...read, $uuid: uuid, $markup: markup, $tuple: tuple }

/** The value as a handler reads it, or as one writes it who means the type. */
export function valueOf (noted: Noted, how: 'read' | 'written'): unknown {
  const types = how === 'read' ? read : written
  if (Array.isArray(noted)) return noted.map((item) => valueOf(item, how))
  if (typeof noted !== 'object' || noted === null) return noted
  const [[kind = '', content = null] = [], ...others] = Object.entries(noted)
  if (others.length === 0 && kind in types) return types[kind as keyof typeof types](valueOf(content, how) as string & unknown[])
  return Object.fromEntries(Object.entries(noted).map(([key, item]) => [key, valueOf(item, how)]))
}

/** A random value. Those `fromPython` have numbers that JavaScript would not write so. */
export function randomValue (random: Random, fromPython: boolean, depth = 0): Noted {
  const int = (limit: number) => random.below(limit)
  const many = <T>(make: () => T) => Array.from({ length: int(4) }, make)
  const nested = () => randomValue(random, fromPython, depth + 1)
  const text = () => many(() => ['a', 'ë', '"', '\\', '\n', '😀', '\u2028', ' '][int(8)]).join('')
  const hex = (length: number) => Array.from({ length }, () => int(16).toString(16)).join('')
  const kinds: Array<() => Noted> = [
    () => int(2) === 0,
    text,
    () => ({ $int: String(int(2000) - 1000) }),
    () => ({ $int: `${1 + int(9)}2345678901234567890` }),
    () => ({ $float: fromPython ? ['1.0', '-0.0', '1e-07', '1e+22', 'nan', 'inf', '-inf', '123456789.0'][int(8)] ?? '' : `${int(99)}.5` }),
    () => ({ $bytes: hex(2 * int(5)) }),
    () => ({ $uuid: hex(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }),
    () => ({ $markup: `<b>${text()}</b>` }),
    () => ({ $date: new Date(int(2e9) * 1000).toISOString() }),
    () => ({ ' t': text() }),
    () => ({ ' di': { ' t__': null } }),
    () => ({ $tuple: many(nested) }),
    () => [null, ...many(nested)],
    () => Object.fromEntries(many(() => [`k${int(9)}`, nested()]))
  ]
  return kinds[int(depth < 2 ? kinds.length : kinds.length - 3)]?.() ?? null
}
