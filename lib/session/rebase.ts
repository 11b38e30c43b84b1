import { decodeData, type Decoding } from './decode.ts'
import type { ReceivedData } from '../schema/schema.ts'
import type { Payload } from '../payload/payload.ts'
import { equal } from '../util/objects.ts'

/** A change that can be made again: as `session.update()` was given it, or that of `regenerate()`. */
export type Update = (data: Payload) => void

/** What a request did to its session, beside assigning to it. */
export interface Changes {
  readonly updates: readonly Update[]
  /** The keys that `regenerate()` kept, where it was called. */
  readonly keptKeys: readonly string[] | undefined
}

/**
 * Makes changes to newer data than those that they were made to first. Undefined where something was assigned to the
 * session that would overwrite what is newer, and where the schema refuses the newer data. Nothing newer is left under a
 * key that `regenerate()` did not keep, so what was assigned there stands.
 */
export function rebase (
  from: Payload, onto: Payload, session: Payload, { updates, keptKeys }: Changes, decoding: Decoding
): Payload | undefined {
  const [before, after] = [from, onto].map((data) => replay(data, updates, decoding))
  if (before === undefined || after === undefined) return undefined
  const { schema } = decoding
  if (!schema.isUnchanged(schema.snapshot(before.data), session)) {
    if (keptKeys === undefined) return undefined
    const [expected, newer, own] = [before.data, after.data, session].map((data) => schema.normalize(data)) as [Payload, Payload, Payload]
    for (const key of new Set([...Object.keys(expected), ...Object.keys(own)])) {
      if (equal(expected[key], own[key])) continue
      if (keptKeys.includes(key) && !equal(expected[key], newer[key])) return undefined
      after.data[key] = session[key]
    }
  }
  return schema.encode(after.data, after.received)
}

/** What `regenerate()` does to data: those under the keys that it keeps stay, the others are those of a new session. */
export function keepOnly (data: Payload, keptKeys: readonly string[], defaults: Payload): void {
  for (const key of Object.keys(data)) if (!keptKeys.includes(key)) delete data[key]
  Object.assign(data, { ...defaults, ...data })
}

function replay (data: Payload, updates: readonly Update[], decoding: Decoding): { data: Payload, received: ReceivedData } | undefined {
  const decoded = decodeData(data, decoding)
  if (!decoded.ok) return undefined
  for (const update of updates) update(decoded.data)
  return decoded
}
