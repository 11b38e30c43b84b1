import type { OpenedToken } from '../token/token.ts'
import type { Metadata } from '../token/metadata.ts'
import type { Payload } from '../payload/payload.ts'
import type { SessionStore, StoredRecord } from '../stores/store.ts'
import type { ListedSession, RejectedSession } from '../session/types.ts'

/** A session as the cookie, or its record, holds it. */
export interface LoadedSession {
  readonly metadata: Metadata
  /** Encoded by the schema. */
  readonly data: Payload
  readonly record?: StoredRecord | undefined
}

/** A session as its response leaves it. */
export interface PendingWrite {
  readonly metadata: Metadata
  readonly data: Payload
  /**
   * Makes the changes of this request, which were made to the first data, to the second; undefined where they were not
   * all made by `session.update()`.
   */
  readonly rebase: (from: Payload, onto: Payload) => Payload | undefined
}

/** What a backend needs to know of its session. */
export interface BackendSettings {
  /** Tells the session's keys from others in the store. */
  readonly cookieName: string
  readonly store: SessionStore
  /** Seconds that no session outlives without being signed anew, whichever server's clock signed it. */
  readonly lifetime: number
  /** Whose session it is. */
  readonly subjectOf: (data: Payload) => string | undefined
}

/** What stands behind the cookie, where a store does. All reject with FST_TYPED_SESSION_STORE_UNAVAILABLE. */
export interface SessionBackend {
  /** The session that a token stands for at this moment. */
  load (opened: OpenedToken): Promise<(OpenedToken & LoadedSession) | RejectedSession>
  /** The metadata that a session is to be written with. */
  prepareMetadata (before: LoadedSession | undefined, after: PendingWrite): Promise<Metadata>
  /** Saves a session that was begun or changed. Rejects with FST_TYPED_SESSION_CONFLICT if another request came first. */
  write (before: LoadedSession | undefined, pending: PendingWrite, now: number): Promise<LoadedSession>
  /** Prolongs a session that nobody changed. Resolves to undefined if it has ended. */
  refresh (before: LoadedSession, now: number): Promise<LoadedSession | undefined>
  /** Ends a session. */
  end (before: LoadedSession): Promise<void>
  /** Ends the session of a handle. */
  revoke (handle: string): Promise<void>
  /** Ends all sessions of a subject, but for that of a handle. */
  revokeSubject (subject: string, except?: string): Promise<void>
  /** Ends all sessions. */
  revokeAll (): Promise<void>
  /** The sessions of a subject, those seen last first. */
  listSubject (subject: string): Promise<ListedSession[]>
}
