import type { Payload } from '../payload/payload.ts'
import type { SchemaIssue, SessionSchema } from './schema.ts'
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
    /** The same, which others have too: not to be changed. Undefined where each has to be decoded anew. */
    readonly original: Payload | undefined
    readonly migrated: boolean
  } |
  { readonly ok: false, readonly reason: 'schema', readonly cause?: unknown }

/** Data as the schema, or else the app's `migrate`, makes them of what a token or a record brought, which stays as it is. */
export function decodeData (data: Payload, { schema, migrate }: Decoding): DecodedData {
  const original = schema.decodeCached(data)
  if (original !== undefined) return { ok: true, data: cloneRecord(original), original, migrated: false }
  const decoded = schema.decode(cloneRecord(data))
  if (decoded.ok) return { ok: true, data: decoded.data, original, migrated: false }
  try {
    const better = migrate?.(cloneRecord(data), decoded.issues)
    const migrated = isPlainObject(better) ? schema.decode(better) : decoded
    return migrated.ok ? { ok: true, data: migrated.data, original, migrated: true } : { ok: false, reason: 'schema' }
  } catch (cause) {
    return { ok: false, reason: 'schema', cause }
  }
}
