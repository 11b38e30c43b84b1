import type { DeviceBinding } from '../device-bound/binding.ts'
import { slides, type RefreshPolicy } from './cookie-action.ts'
import { expiry, type TokenSettings } from '../token/token.ts'
import { scopeNames, type ResponseCookieAttributes } from '../util/cookie-scope.ts'
import { InvalidCookieError } from '../util/errors.ts'
import { newSecret } from '../util/session-id.ts'
import type { IdentifiedMetadata, Metadata } from '../token/metadata.ts'
import type { Payload } from '../payload/payload.ts'
import type { Update } from './rebase.ts'
import type { ReceivedData, SessionSchema } from '../schema/schema.ts'
import type { RejectionReason } from './types.ts'
import { equalRecords, withoutUndefined } from '../util/objects.ts'

/** What a session starts from. */
export interface SessionInit {
  /** Why no cookie was accepted; undefined if one was. */
  readonly reason: RejectionReason | undefined
  /** When the cookie was opened, in seconds since 1970. */
  readonly now: number
  /** When the accepted cookie was signed, in seconds since 1970. */
  readonly signedAt: number | undefined
  /** Whether it is old enough to be refreshed. */
  readonly isDue: boolean
  readonly metadata: Metadata
  /** Decoded data, which the session object takes over. */
  readonly data: Payload
  /** A snapshot of them. */
  readonly initial: Payload
  /** What the cookie or its record holds, for what nobody changes to stay as it is. */
  readonly received: ReceivedData | undefined
}

/** Knows what the response can carry. */
export interface SessionGuard {
  /** Whether the response prolongs the session, if that is due. */
  readonly refreshes: boolean
  /** Throws if the session must not be changed, or no longer. */
  assertWritable (): void
  /** Throws FST_TYPED_SESSION_INVALID_COOKIE if browsers would drop a cookie with these attributes. */
  checkCookie (attributes: ResponseCookieAttributes): void
}

/** What a session needs to know of its options. */
export interface SessionSettings extends TokenSettings {
  readonly schema: SessionSchema
  readonly refresh: RefreshPolicy
  /** How sessions are bound to devices, if they are. */
  readonly deviceBound: DeviceBinding | undefined
  /** Whether sessions have ids, because a store keeps or revokes them. */
  readonly identified: boolean
}

/** What a session object holds beside its data. */
export class SessionState {
  readonly settings: SessionSettings
  readonly reason: RejectionReason | undefined
  readonly now: number
  readonly signedAt: number | undefined
  readonly data: Payload
  /** A snapshot of the data as they came. */
  readonly initial: Payload
  /** What the cookie or its record holds: undefined if there is none, or the app cleared the session. */
  received: ReceivedData | undefined
  /** Data under keys that are names of the session's own members, as a Flask app may write them: `get` and `set` reach them. */
  shadowed: Payload | undefined
  metadata: Metadata
  cookie: ResponseCookieAttributes | undefined
  touched = false
  deleted = false
  /** The functions that `update()` was given, in order. */
  readonly updates: Update[] = []
  /** The keys that `regenerate()` kept, where it was called: the others are this request's alone. */
  keptKeys: readonly string[] | undefined
  readonly #guard: SessionGuard
  readonly #isDue: boolean
  readonly #initialMetadata: Metadata

  constructor (settings: SessionSettings, guard: SessionGuard, init: SessionInit) {
    this.settings = settings
    this.#guard = guard
    this.reason = init.reason
    this.now = init.now
    this.signedAt = init.signedAt
    this.#isDue = init.isDue
    this.data = init.data
    this.metadata = this.#initialMetadata = init.metadata
    this.initial = init.initial
    this.received = init.received
  }

  /** Throws if the session must not be changed, or no longer. */
  assertWritable (): void {
    this.#guard.assertWritable()
  }

  /** Adds attributes for the cookie of this response. Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  setAttributes (attributes: ResponseCookieAttributes): void {
    const given = withoutUndefined(attributes)
    const scoped = scopeNames.filter((name) => name in given)
    if (scoped.length > 0) {
      throw new InvalidCookieError(`\`options()\` cannot set ${scoped.join(', ')}: the browser would keep a second cookie that no logout deletes. ` +
        'Set it in the option `cookie`, which may be a function of the request')
    }
    const cookie = { ...this.cookie, ...given }
    this.#guard.checkCookie(cookie)
    this.cookie = cookie
  }

  /** Makes a new session one that continues that of another library: it is written even if nobody changes it. */
  adopt (permanent: boolean): void {
    this.metadata = { ...this.metadata, permanent }
    this.touched = true
  }

  /** The data as they are now: later changes do not reach it. */
  snapshot (data: Payload): Payload {
    return this.settings.schema.snapshot(data)
  }

  isModified (data: Payload): boolean {
    const before = this.#initialMetadata
    return this.touched ||
      (this.metadata !== before && !equalRecords({ ...this.metadata }, { ...before })) ||
      !this.settings.schema.isUnchanged(this.initial, data)
  }

  /** Whether the data are those of a new session. */
  isEmpty (data: Payload): boolean {
    return this.settings.schema.isEmpty(data)
  }

  /** Whether the request proved to come from the device that the session is bound to. */
  get bound (): boolean {
    return this.settings.deviceBound !== undefined && this.#initialMetadata.bound === true
  }

  /** The device that a session is for which begins now. */
  deviceToOffer (): Pick<Metadata, 'device' | 'bound'> {
    return { device: this.settings.deviceBound && newSecret(), bound: undefined }
  }

  /** The device that the browser is to be asked to register, if this session is written. */
  get offeredDevice (): string | undefined {
    const { device } = this.metadata
    return this.bound || device === this.#initialMetadata.device ? undefined : device
  }

  /** The metadata of a session that is written now: the time of login is among them if anything depends on it. */
  metadataToWrite (now: number): Metadata {
    const metadata = this.#metadataToWrite(now)
    // Whatever the app writes for a bound session's device is for that device, or a thief could unbind it.
    return this.bound ? { ...metadata, device: this.#initialMetadata.device, bound: true } : metadata
  }

  #metadataToWrite (now: number): Metadata {
    const { identified } = this.settings
    const { absoluteLifetime = this.settings.absoluteLifetime, methods } = this.metadata
    if (absoluteLifetime === undefined && methods === undefined && !identified) {
      return this.metadata.authenticatedAt === undefined ? this.metadata : { ...this.metadata, authenticatedAt: undefined }
    }
    const authenticatedAt = this.metadata.authenticatedAt ?? now
    if (!identified) return { ...this.metadata, authenticatedAt }
    const { id = newSecret(), key = newSecret() } = this.metadata
    return { ...this.metadata, authenticatedAt, id, key }
  }

  /** The same where a store has records of sessions, of a session that is written to it. */
  identify (now: number): IdentifiedMetadata {
    return this.metadataToWrite(now) as IdentifiedMetadata
  }

  /** Until when the session is good, if no later response signs it anew. */
  expiry (data: Payload): number {
    const { signedAt, now, settings } = this
    const isRefreshed = this.#isDue && this.#guard.refreshes && slides(this.metadata.permanent, settings.refresh.mode)
    const stays = signedAt !== undefined && !this.isModified(data) && !isRefreshed
    return expiry(stays ? signedAt : now, this.metadataToWrite(now), settings)
  }
}
