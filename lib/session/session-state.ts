import { isRefreshDue, type RefreshPolicy } from './cookie-action.ts'
import { expiry, type CodecSettings } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { newId } from '../util/session-id.ts'
import type { Marks } from '../token/metadata.ts'
import type { Payload } from '../payload/payload.ts'
import type { Update } from './rebase.ts'
import type { SessionSchema } from './schema.ts'
import type { RejectionReason } from './types.ts'
import { cloneRecord, equalRecords } from '../util/objects.ts'

/** What a session object is made of. */
export interface SessionOrigin {
  readonly settings: SessionSettings
  /** When the session was asked for, in seconds since 1970. */
  readonly now: number
  /** Why there is no accepted cookie, undefined where there is one. */
  readonly reason: RejectionReason | undefined
  /** When the accepted cookie was signed, in seconds since 1970. */
  readonly signedAt: number | undefined
  readonly marks: Marks
  readonly guard: SessionGuard
  /** Decoded data: the object takes them over. */
  readonly data: Payload
  /** The same, where there are some that nobody changes. */
  readonly original: Payload | undefined
}

export interface SessionGuard {
  /** Throws where the session may not be changed, or no longer. */
  refuseChange (): void
}

/** What a session needs to know of its options. */
export interface SessionSettings extends CodecSettings {
  readonly schema: SessionSchema
  readonly refresh: RefreshPolicy
  /** Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly checkCookie: (attributes: CookieAttributes) => void
  /** Whether sessions have ids: where a store keeps or revokes them. */
  readonly identified: boolean
}

/** What a session object holds beside its data. The plugin keeps it too, and reads the outcome from it. */
export class SessionState {
  readonly origin: SessionOrigin
  readonly baseline: Payload | undefined
  // Data whose keys are names of the session's own, as a Flask app may write them: get and set reach them.
  shadowed: Payload | undefined
  marks: Marks
  cookie: CookieAttributes | undefined
  touched = false
  deleted = false
  /** What `update()` was given, in its order. */
  readonly updates: Update[] = []
  // What the data look like where they are but the defaults that the object was last given; made when it is asked for.
  blank: Payload | undefined

  constructor (origin: SessionOrigin) {
    this.origin = origin
    this.marks = origin.marks
    this.baseline = origin.original ?? this.outline(origin.data)
    this.blank = origin.reason === undefined ? undefined : this.baseline
  }

  /** The data as they are now: later changes do not reach it. */
  outline (data: Payload): Payload | undefined {
    const outline = this.origin.settings.schema.outline(data)
    return outline && cloneRecord(outline)
  }

  isModified (data: Payload): boolean {
    const { marks, settings: { schema } } = this.origin
    return this.touched ||
      (this.marks !== marks && !equalRecords({ ...this.marks }, { ...marks })) ||
      !sameOutline(this.baseline, schema.outline(data))
  }

  /** Whether the data are those of a new session. */
  isEmpty (data: Payload): boolean {
    const { schema } = this.origin.settings
    const outline = schema.outline(data)
    if (outline !== undefined && this.blank === undefined && schema.isMoreThanFresh(outline)) return false
    this.blank ??= schema.outline(schema.fresh())
    return sameOutline(this.blank, outline)
  }

  /** The marks of a session that is written now: where an absolute lifetime counts, it counts from login. */
  marksToWrite (now: number): Marks {
    const { absoluteLifetime, identified } = this.origin.settings
    if (absoluteLifetime === undefined && !identified) {
      return this.marks.login === undefined ? this.marks : { ...this.marks, login: undefined }
    }
    const login = this.marks.login ?? now
    return { ...this.marks, login, ...(identified && { id: this.marks.id ?? newId() }) }
  }

  /** Until when the session is good, if no later response signs it anew. */
  expiry (data: Payload): number {
    const { signedAt, now, settings } = this.origin
    const kept = signedAt !== undefined && !this.isModified(data) &&
      !isRefreshDue(now - signedAt, this.marks.permanent, settings.refresh)
    return expiry(kept ? signedAt : now, this.marksToWrite(now), settings)
  }
}

// Data that cannot be encoded have none.
function sameOutline (a: Payload | undefined, b: Payload | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalRecords(a, b)
}
