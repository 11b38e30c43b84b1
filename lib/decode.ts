import type { Payload } from './payload.ts'
import type { SchemaIssue, SessionSchema } from './schema.ts'
import { clone, isPlainObject } from './values.ts'

export interface Decoding {
  readonly schema: SessionSchema
  /** The app's second chance at data that an older schema wrote. */
  readonly migrate: ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => unknown) | undefined
}

export type DecodedData =
  { readonly ok: true, readonly data: Payload, readonly migrated: boolean } |
  { readonly ok: false, readonly reason: 'schema', readonly cause?: unknown }

/** Data as the schema, or else the app's `migrate`, makes them of what a token or a record brought. Neither is to be changed. */
export function decodeData (data: Payload, { schema, migrate }: Decoding): DecodedData {
  const decoded = schema.decodeOnce(data)
  if (decoded.ok) return { ok: true, data: decoded.data, migrated: false }
  try {
    const better = migrate?.(clone(data), decoded.issues)
    const migrated = isPlainObject(better) ? schema.decode(better) : decoded
    return migrated.ok ? { ok: true, data: migrated.data, migrated: true } : { ok: false, reason: 'schema' }
  } catch (cause) {
    return { ok: false, reason: 'schema', cause }
  }
}
