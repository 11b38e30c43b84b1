import { readFileSync } from 'node:fs'
import type { TokenSettings } from '../../lib/token/token.ts'
import type { Digest } from '../../lib/token/hmac.ts'
import { deriveSigningKeys, type KeyDerivation } from '../../lib/token/keys.ts'
import { markup, tuple, uuid } from '../../lib/payload/python-types.ts'

/** A cookie that Flask made. */
export interface Vector {
  name: string
  digest: Digest
  salt: string
  keyDerivation: KeyDerivation
  signedAt: number
  compressed: boolean
  cookie: string
  payload: string
  value: Record<string, unknown>
  secret?: string
  secretHex?: string
  fallbacks?: string[]
}

export const { vectors } = JSON.parse(readFileSync('test/vectors/flask.json', 'utf8')) as { vectors: Vector[] }

/** The settings of the app that made a vector. */
export function settingsOf (vector: Vector): TokenSettings {
  const secret = vector.secret ?? Buffer.from(vector.secretHex ?? '', 'hex')
  return {
    cookieName: 'session',
    format: 'flask',
    signingKeys: deriveSigningKeys([secret, ...vector.fallbacks ?? []], vector.salt, vector.keyDerivation, vector.digest),
    encryptionKeys: undefined,
    acceptSigned: false,
    lifetime: 60,
    absoluteLifetime: undefined,
    clockTolerance: 0
  }
}

/** What Python's types are here: when read, and when written by someone who means them. */
export const asRead = {
  $date: (text: string) => new Date(text),
  $bytes: (hex: string) => new Uint8Array(Buffer.from(hex, 'hex')),
  $uuid: (text: string) => text,
  $tuple: (items: unknown[]) => items,
  $markup: (html: string) => html
}
export const asWritten = { ...asRead, $uuid: uuid, $tuple: tuple, $markup: markup }

/** A vector's value, with what stands for Python's types replaced. */
export function valueOf (value: unknown, types: typeof asRead): unknown {
  if (Array.isArray(value)) return value.map((item) => valueOf(item, types))
  if (typeof value !== 'object' || value === null) return value
  const [[key = '', content] = [], ...others] = Object.entries(value)
  if (others.length === 0 && key in types) {
    return types[key as keyof typeof types](valueOf(content, types) as string & unknown[])
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueOf(item, types)]))
}
