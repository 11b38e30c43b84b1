import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

/** Two versions of one app: the newer one names more keys, also within objects and lists. */
export type Version = 1 | 2

export interface Data {
  user?: string
  role?: 'guest' | 'admin'
  notes: string[]
  prefs: { tags: string[], theme?: string, lang?: string }
  items: Array<{ sku: string, note?: string }>
  recent: string[]
  anything?: unknown
  day?: Date
  flags?: string[]
  outside?: string
}

const day = z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })

export function makeSchema (version: Version, codec: boolean) {
  const isNew = version === 2
  return z.object({
    user: z.string().optional(),
    role: z.enum(['guest', 'admin']).catch('guest'),
    notes: z.array(z.string()).default([]),
    prefs: z.object({
      tags: z.array(z.string()),
      theme: z.string().optional(),
      ...(isNew && { lang: z.string().optional() })
    }).default({ tags: [] }),
    items: z.array(z.object({ sku: z.string(), ...(isNew && { note: z.string().optional() }) })).default([]),
    recent: z.array(z.string()).catch([]),
    anything: z.unknown().optional(),
    day: (codec ? day : z.date()).optional(),
    ...(isNew && { flags: z.array(z.string()).default([]) })
  })
}

export function withDefaults (data: Partial<Data>): Data {
  return { role: 'guest', notes: [], prefs: { tags: [] }, items: [], recent: [], flags: [], ...data }
}

/** What a version shows of the data: it does not know the newer one's keys within objects. */
export function visible (data: Partial<Data>, version: Version): Data {
  const whole = withDefaults(withoutUndefined(data) as Partial<Data>)
  if (version === 2) return whole
  const { lang: _, ...prefs } = whole.prefs
  return { ...whole, prefs, items: whole.items.map(({ sku }) => ({ sku })) }
}

/** Whether the schema accepts what a handler left. */
export function fits ({ user = '', role = 'guest' }: Data): boolean {
  return typeof user === 'string' && ['guest', 'admin'].includes(role)
}

export function isSame (a: Partial<Data>, b: Partial<Data>, version: Version = 2): boolean {
  return isDeepStrictEqual(visible(a, version), visible(b, version))
}

/** A copy of objects and lists; the visitors never change what is in other values. */
export function copy<T> (value: T): T
export function copy (value: unknown): unknown {
  if (Array.isArray(value) && value.constructor === Array) return value.slice().map(copy)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]))
}

function isPlain (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** A key whose value is undefined is as one that is not there. */
function withoutUndefined (value: unknown): unknown {
  if (Array.isArray(value) && value.constructor === Array) return value.map(withoutUndefined)
  if (!isPlain(value)) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutUndefined(each)]))
}
