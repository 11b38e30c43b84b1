import { isRefreshDue, type RefreshPolicy } from './cookie-action.ts'
import { expiry, type TokenSettings } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { newSessionId } from '../util/session-id.ts'
import type { Metadata } from '../token/metadata.ts'
import type { Payload } from '../payload/payload.ts'
import type { Update } from './rebase.ts'
import type { SessionSchema } from './schema.ts'
import type { RejectionReason } from './types.ts'
import { equalRecords } from '../util/objects.ts'

/** What a session object is made of. */
export interface SessionInit {
  readonly settings: SessionSettings
  /** When the session was asked for, in seconds since 1970. */
  readonly now: number
  /** Why there is no accepted cookie, undefined where there is one. */
  readonly reason: RejectionReason | undefined
  /** When the accepted cookie was signed, in seconds since 1970. */
  readonly signedAt: number | undefined
  readonly metadata: Metadata
  readonly guard: SessionGuard
  /** Decoded data: the object takes them over. */
  readonly data: Payload
  /** The same, where there are some that nobody changes. */
  readonly sharedInitial: Payload | undefined
}

export interface SessionGuard {
  /** Throws where the session may not be changed, or no longer. */
  assertWritable (): void
}

/** What a session needs to know of its options. */
export interface SessionSettings extends TokenSettings {
  readonly schema: SessionSchema
  readonly refresh: RefreshPolicy
  /** Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly checkCookie: (attributes: CookieAttributes) => void
  /** Whether sessions have ids: where a store keeps or revokes them. */
  readonly identified: boolean
}

/** What a session object holds beside its data. The plugin keeps it too, and reads the outcome from it. */
export class SessionState {
  readonly init: SessionInit
  readonly initial: Payload
  // Data whose keys are names of the session's own, as a Flask app may write them: get and set reach them.
  shadowed: Payload | undefined
  metadata: Metadata
  cookie: CookieAttributes | undefined
  touched = false
  deleted = false
  /** What `update()` was given, in its order. */
  readonly updates: Update[] = []

  constructor (origin: SessionInit) {
    this.init = origin
    this.metadata = origin.metadata
    this.initial = origin.sharedInitial ?? this.snapshot(origin.data)
  }

  /** The data as they are now: later changes do not reach it. */
  snapshot (data: Payload): Payload {
    return this.init.settings.schema.snapshot(data)
  }

  isModified (data: Payload): boolean {
    const { metadata, settings: { schema } } = this.init
    return this.touched ||
      (this.metadata !== metadata && !equalRecords({ ...this.metadata }, { ...metadata })) ||
      !schema.isUnchanged(this.initial, data)
  }

  /** Whether the data are those of a new session. */
  isEmpty (data: Payload): boolean {
    return this.init.settings.schema.isEmpty(data)
  }

  /** The metadata of a session that is written now: where an absolute lifetime counts, it counts from login. */
  metadataToWrite (now: number): Metadata {
    const { absoluteLifetime, identified } = this.init.settings
    if (absoluteLifetime === undefined && !identified) {
      return this.metadata.authenticatedAt === undefined ? this.metadata : { ...this.metadata, authenticatedAt: undefined }
    }
    const authenticatedAt = this.metadata.authenticatedAt ?? now
    return { ...this.metadata, authenticatedAt, ...(identified && { id: this.metadata.id ?? newSessionId() }) }
  }

  /** Until when the session is good, if no later response signs it anew. */
  expiry (data: Payload): number {
    const { signedAt, now, settings } = this.init
    const kept = signedAt !== undefined && !this.isModified(data) &&
      !isRefreshDue(now - signedAt, this.metadata.permanent, settings.refresh)
    return expiry(kept ? signedAt : now, this.metadataToWrite(now), settings)
  }
}
