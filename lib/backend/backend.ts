import type { OpenedToken } from '../token/token.ts'
import type { IdentifiedMetadata, Metadata } from '../token/metadata.ts'
import type { Payload } from '../payload/payload.ts'
import type { ListedSession, RejectedSession } from '../session/types.ts'
import type { KeptSession } from './records.ts'

/** A session as the store and its cookie hold it together. */
export interface LoadedSession {
  readonly metadata: Metadata
  /** Encoded by the schema. */
  readonly data: Payload
  /** When its idle lifetime began, in seconds since 1970. */
  readonly signedAt: number
  /** What the store has of it; undefined for a visitor's from before there was a store. */
  readonly kept: KeptSession | undefined
}

/** A session as its response leaves it. */
export interface PendingWrite {
  readonly metadata: IdentifiedMetadata
  readonly data: Payload
  /** Makes this request's changes to the first data to the second; undefined where another request's would be lost. */
  readonly rebase: (from: Payload, onto: Payload) => Payload | undefined
}

/** What stands behind the cookie, where a store does. All reject with FST_TYPED_SESSION_STORE_UNAVAILABLE. */
export interface SessionBackend {
  /** The session that a token stands for at this moment. */
  load (opened: OpenedToken, now: number): Promise<(OpenedToken & LoadedSession) | RejectedSession>
  /** Whether a session was not seen for so long that its record is to say that it was. */
  isDue (kept: KeptSession, now: number): boolean
  /**
   * Saves a session that was begun or changed. Its cookie is to be signed as of the `signedAt` of the result. Rejects with
   * FST_TYPED_SESSION_CONFLICT if another request came first, and FST_TYPED_SESSION_INVALID_SUBJECT.
   */
  save (before: LoadedSession | undefined, pending: PendingWrite, now: number): Promise<LoadedSession>
  /** Notes that a session was seen, and lets it slide if it is to. Resolves to undefined where that was not done. Never rejects. */
  refresh (kept: KeptSession, data: Payload, slides: boolean, now: number): Promise<KeptSession | undefined>
  /**
   * Has a session accept its device only from now on, whichever copies of its cookie there are. Resolves to its metadata,
   * or to undefined if it has ended, is for another device, or was bound before.
   */
  bind (id: string, device: string, now: number): Promise<Metadata | undefined>
  /** The metadata of a session that is bound to a device, or undefined if it has ended. */
  findBound (id: string, device: string, now: number): Promise<Metadata | undefined>
  /** Ends a session that was loaded. */
  end (kept: KeptSession): Promise<void>
  /** Ends the session with a `sessionId`, also with one from before a `regenerate()`. */
  revoke (sessionId: string): Promise<void>
  /** Ends all sessions of a subject, but for that with a `sessionId`. */
  revokeSubject (subject: string, except?: string): Promise<void>
  /** Ends all sessions. Takes a second. */
  revokeAll (): Promise<void>
  /** The sessions of a subject, those seen last first. */
  listSubject (subject: string, now: number): Promise<ListedSession[]>
}
