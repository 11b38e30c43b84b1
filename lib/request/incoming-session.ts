import type { CookieAction } from '../session/cookie-action.ts'
import { mayBePermanent, type OpenedToken } from '../token/token.ts'
import { decodeData } from '../session/decode.ts'
import { HeadersSentError, NotLoadedError, ReadOnlyError } from '../util/errors.ts'
import type { SessionBackend, LoadedSession } from '../backend/backend.ts'
import { emptyMetadata, extractMetadata, type Metadata } from '../token/metadata.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { SessionState, type SessionGuard } from '../session/session-state.ts'
import { openFirstValid, loadFirstValid } from './token-lookup.ts'
import type { RejectedSession, RejectionReason } from '../session/types.ts'
import { clone, isPlainObject } from '../util/objects.ts'

/** What a session needs to know of its request, and tells it. */
export interface RequestContext {
  /** Whether the route may read the session only. */
  readonly readOnly: boolean
  /** Whether the response can carry no change any more. */
  headersSent (): boolean
  /** The cookie was accepted, sealed by the secret at this place in the list: 0 is the first. */
  accepted (secretIndex: number): void
  /** The cookie was not accepted. */
  rejected (reason: RejectionReason): void
  /** The response does this with the cookie. */
  changed (change: CookieAction): void
  /** The app's `migrate` threw. */
  migrateFailed (error: unknown): void
  /** What each of the app's `adopt` gives. */
  adoptCandidates (): Iterable<unknown>
  /** An offer was not data that the schema accepts. */
  adoptRejected (): void
}

/** Whether one of the tokens of a session that nobody asked for might have to be sealed anew. Verifies nothing. */
export function mayNeedReseal (tokens: readonly string[], { signingKeys, encryptionKeys, acceptSigned, refresh }: Settings): boolean {
  if (signingKeys.length > 1 || acceptSigned) return tokens.length > 0
  if (!refresh.eachRequest) return false
  for (const token of tokens) if (encryptionKeys !== undefined || mayBePermanent(token)) return true
  return false
}

/** What came with a request: from its cookies to the state of its session. Nothing is verified before it is asked for. */
export class IncomingSession implements SessionGuard {
  readonly #settings: Settings
  readonly #tokens: readonly string[]
  readonly #context: RequestContext
  #found: OpenedToken | RejectedSession | undefined
  #loadedAt: number | undefined
  #openedAt = 0
  #untouched: Payload | undefined

  constructor (settings: Settings, tokens: readonly string[], context: RequestContext) {
    this.#settings = settings
    this.#tokens = tokens
    this.#context = context
  }

  /** Whether the browser sent any cookie of the name. */
  get sent (): boolean {
    return this.#tokens.length > 0
  }

  /** The cookie as it was judged; undefined where nobody asked yet. */
  get judged (): OpenedToken | RejectedSession | undefined {
    return this.#found
  }

  /** The data as they would be written had nobody changed what came. */
  get untouched (): Payload | undefined {
    return this.#untouched
  }

  /** The time of this request, in seconds since 1970. */
  seconds (): number {
    return this.#loadedAt ?? Math.floor(this.#settings.now() / 1000)
  }

  /** Asks the store. Where there is one, this comes before anything else does. */
  async load (backend: SessionBackend): Promise<LoadedSession | undefined> {
    const now = this.seconds()
    const found = await loadFirstValid(this.#tokens, this.#settings, backend, now)
    // The response is signed as of now: then no cookie outlives the record of a revocation, however slow the response.
    this.#loadedAt = this.#openedAt = now
    this.#found = this.#judge(found)
    return found.ok ? found : undefined
  }

  /** The cookie, verified. Throws where a store had to be asked, and was not. */
  open (): OpenedToken | RejectedSession {
    if (this.#found === undefined && this.#settings.backend !== undefined) throw new NotLoadedError()
    if (this.#found === undefined) {
      this.#openedAt = this.seconds()
      this.#found = this.#judge(openFirstValid(this.#tokens, this.#settings, this.#openedAt))
    }
    return this.#found
  }

  #judge (found: OpenedToken | RejectedSession): OpenedToken | RejectedSession {
    if (!found.ok) return found.reason === 'absent' ? found : { ...found, ...this.#reject(found.reason) }
    this.#settings.acceptedBySecret[found.keyIndex]! += 1
    this.#context.accepted(found.keyIndex)
    return found
  }

  #reject (reason: RejectionReason): RejectedSession {
    this.#context.rejected(reason)
    return { ok: false, reason }
  }

  /** The state of the session that came, of one that another library kept, or of a new one. */
  state (): SessionState {
    const found = this.open()
    if (!found.ok) return this.#adopt(found) ?? this.#fresh(found)
    const decoded = decodeData(found.data, this.#settings)
    if (decoded.ok) {
      const state = this.#stateOf(undefined, found.signedAt, found.metadata, decoded.data, decoded.original)
      state.touched = decoded.migrated && !this.#context.readOnly
      this.#untouched = decoded.migrated ? undefined : state.initial
      return state
    }
    if (decoded.cause !== undefined) this.#context.migrateFailed(decoded.cause)
    this.#found = this.#reject('schema')
    return this.#adopt(this.#found) ?? this.#fresh(this.#found)
  }

  #fresh ({ reason }: RejectedSession, data: Payload = this.#settings.schema.defaults()): SessionState {
    return this.#stateOf(reason, undefined, emptyMetadata, data)
  }

  // A session that another library kept. Whoever ends it there must be able to write it here.
  #adopt (rejected: RejectedSession): SessionState | undefined {
    if (this.#context.readOnly || this.#context.headersSent() || rejected.reason === 'unavailable') return undefined
    for (const offer of this.#context.adoptCandidates()) {
      if (offer === undefined || offer === null) continue
      const parts = isPlainObject(offer) ? extractMetadata(clone(offer)) : undefined
      const decoded = parts && this.#settings.schema.decode(parts.data)
      if (parts && decoded?.ok) {
        const metadata = { ...emptyMetadata, permanent: parts.metadata.permanent }
        return Object.assign(this.#fresh(rejected, decoded.data), { metadata, touched: true })
      }
      this.#context.adoptRejected()
    }
    return undefined
  }

  #stateOf (
    reason: RejectionReason | undefined, signedAt: number | undefined, metadata: Metadata, data: Payload, original?: Payload
  ): SessionState {
    return new SessionState({ settings: this.#settings, now: this.#openedAt, reason, signedAt, metadata, data, sharedInitial: original, guard: this })
  }

  assertWritable (): void {
    if (this.#context.readOnly) throw new ReadOnlyError(this.#settings.name)
    if (this.#context.headersSent()) throw new HeadersSentError()
  }
}
