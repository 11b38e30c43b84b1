import { decodeData, type Decoding } from './decode.ts'
import type { ReceivedData } from '../schema/schema.ts'
import type { Payload } from '../payload/payload.ts'

/** A change as `session.update()` was given it. */
export type Update = (data: Payload) => void

/**
 * Makes updates to newer data than those that they were made to first. Undefined where the session holds something else
 * than the updates alone make of the first data, and where the schema refuses the newer ones.
 */
export function rebase (
  from: Payload, onto: Payload, session: Payload, updates: readonly Update[], decoding: Decoding
): Payload | undefined {
  const [before, after] = [from, onto].map((data) => replay(data, updates, decoding))
  if (before === undefined || after === undefined) return undefined
  const { schema } = decoding
  return schema.isUnchanged(schema.snapshot(before.data), session) ? schema.encode(after.data, after.received) : undefined
}

function replay (data: Payload, updates: readonly Update[], decoding: Decoding): { data: Payload, received: ReceivedData } | undefined {
  const decoded = decodeData(data, decoding)
  if (!decoded.ok) return undefined
  for (const update of updates) update(decoded.data)
  return decoded
}
