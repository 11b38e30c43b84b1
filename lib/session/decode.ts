import type { Payload } from '../payload/payload.ts'
import type { ReceivedData, SchemaIssue, SessionSchema } from '../schema/schema.ts'
import { cloneRecord, isPlainObject } from '../util/objects.ts'

export interface Decoding {
  readonly schema: SessionSchema
  /** The app's second chance at data that an older schema wrote. */
  readonly migrate: ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => unknown) | undefined
}

export type DecodedData =
  {
    readonly ok: true
    /** The caller's own. */
    readonly data: Payload
    /** What was decoded, and a snapshot of what came of it. Shared with others. */
    readonly received: ReceivedData
    readonly migrated: boolean
  } |
  { readonly ok: false, readonly reason: 'schema', readonly cause?: unknown }

/** Data as the schema, or else the app's `migrate`, makes them of what a token or a record brought, which stays as it is. */
export function decodeData (data: Payload, { schema, migrate }: Decoding): DecodedData {
  const shared = schema.decodeCached(data)
  if (shared !== undefined) return { ok: true, data: cloneRecord(shared), received: { data, snapshot: shared }, migrated: false }
  const decoded = schema.decode(cloneRecord(data))
  if (decoded.ok) return accept(schema, data, decoded.data, false)
  try {
    const better = migrate?.(cloneRecord(data), decoded.issues)
    const migrated = isPlainObject(better) ? schema.decode(cloneRecord(better)) : decoded
    return migrated.ok ? accept(schema, better as Payload, migrated.data, true) : { ok: false, reason: 'schema' }
  } catch (cause) {
    return { ok: false, reason: 'schema', cause }
  }
}

function accept (schema: SessionSchema, received: Payload, data: Payload, migrated: boolean): DecodedData {
  return { ok: true, data, received: { data: received, snapshot: schema.snapshot(data) }, migrated }
}
