import { decide, type Change, type Outcome } from './changes.ts'
import { expiry, mayBePermanent, pack, seal, type Opened } from './codec.ts'
import type { CookieAttributes } from './cookies.ts'
import { decodeData } from './decode.ts'
import { channels, publish, type AcceptedMessage, type RejectedMessage, type SessionMessage } from './diagnostics.ts'
import { HeadersSentError, NotLoadedError, ReadOnlyError } from './errors.ts'
import type { Keeper, Kept, Written } from './keeper.ts'
import { noMarks, splitMarks, type Marks } from './marks.ts'
import type { Settings } from './options.ts'
import type { Payload } from './payload.ts'
import { rebase } from './rebase.ts'
import { SessionState } from './session-state.ts'
import { TypedSession } from './session.ts'
import { encodeData, findToken, loadToken, sealData } from './tokens.ts'
import type { RejectedSession, RejectionReason } from './types.ts'
import { clone, equal, isPlainObject } from './values.ts'

/** What a response does with the cookie. */
export interface Result {
  readonly change: Change
  /** Empty for `delete`. */
  readonly token: string
  /** Seconds until the cookie is to be gone; undefined for when the browser closes. */
  readonly expiresIn: number | undefined
  /** Seconds since 1970. */
  readonly now: number
  /** Those of the `cookie` option, itself where the session has none of its own. */
  readonly attributes: CookieAttributes
}

/** What a session needs to know of its request, and tells it. */
export interface RequestContext {
  /** Whether the route may read the session only. */
  readonly readOnly: boolean
  /** Whether the response can carry no change any more. */
  isSent (): boolean
  /** The cookie was not accepted. */
  rejected (reason: RejectionReason): void
  /** The app's `migrate` threw. */
  migrateFailed (error: unknown): void
  /** What each of the app's `adopt` gives. */
  offers (): Iterable<unknown>
  /** An offer was not data that the schema accepts. */
  notAdopted (): void
}

/** Whether one of the tokens of a session that nobody asked for might have to be sealed anew. Verifies nothing. */
export function mayBeDue (tokens: readonly string[], { signingKeys, encryptionKeys, acceptSigned, refresh }: Settings): boolean {
  if (signingKeys.length > 1 || acceptSigned) return tokens.length > 0
  return refresh.eachRequest && tokens.some((token) => encryptionKeys !== undefined || mayBePermanent(token))
}

/**
 * One session of one request, from its cookies to its Set-Cookie. Nothing is verified before the session is asked for,
 * or closed.
 */
export class RequestSession {
  readonly #settings: Settings
  readonly #tokens: readonly string[]
  readonly #context: RequestContext
  #found: Opened | RejectedSession | undefined
  // The session as the store has it: what was loaded, then what was saved.
  #kept: Kept | undefined
  #loadedAt: number | undefined
  #state: SessionState | undefined
  #session: TypedSession | undefined
  // The data as they would be written had nobody changed what came.
  #untouched: Payload | undefined
  // What the last response that was made carries.
  #carried: Payload | undefined
  #failed = false

  constructor (settings: Settings, tokens: readonly string[], context: RequestContext) {
    this.#settings = settings
    this.#tokens = tokens
    this.#context = context
  }

  /** Whether anyone asked for the session. */
  get accessed (): boolean {
    return this.#session !== undefined
  }

  get session (): TypedSession {
    this.#state ??= this.#load()
    this.#session ??= new TypedSession(this.#state)
    return this.#session
  }

  /** Asks the store. Where there is one, this comes before anything else does. */
  async load (keeper: Keeper): Promise<void> {
    const now = this.#seconds()
    const found = await loadToken(this.#tokens, this.#settings, keeper, now)
    // The response is signed as of now: then no cookie outlives the record of a revocation, however slow the response.
    this.#loadedAt = now
    this.#kept = found.ok ? found : undefined
    this.#found = this.#judge(found)
  }

  /** Decides and seals. Throws where the app left a session that cannot be saved: once, and then nothing is sent. */
  close (): Result {
    const now = this.#seconds()
    if (this.#failed) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const result = this.#save(now, this.#change(now))
    return this.#done(result)
  }

  /** Decides, has the store follow, and seals. Rejects as `close()` throws, and with what the keeper rejects with. */
  async closeKept (keeper: Keeper): Promise<Result> {
    const now = this.#seconds()
    // A request that was answered before the store was asked leaves the session as it is.
    if (this.#failed || this.#found === undefined) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const change = this.#change(now)
    if (change !== 'keep' && !this.#found.ok && this.#found.reason === 'unavailable') throw this.#found.cause
    const written = change === 'write' ? await this.#written(keeper, now) : undefined
    const result = this.#save(now, change)
    this.#kept = await keeper.save(change, this.#kept, written, now)
    // Ended while this request ran: a refresh must not look like a session.
    const gone = change === 'refresh' && this.#kept === undefined
    return this.#done(gone ? this.#result('keep', '', now, undefined) : result)
  }

  #done (result: Result): Result {
    this.#failed = false
    this.#carried = changesData(result.change) ? this.#snapshot() : undefined
    publishChange(result.change, this.#settings)
    return result
  }

  /** Whether the session was changed, and no response that was made carries it. */
  get unsaved (): boolean {
    if (this.#session === undefined || this.#failed) return false
    if (this.#carried !== undefined) return !equal(this.#carried, this.#snapshot())
    return changesData(this.#change(this.#seconds()))
  }

  #snapshot (): Payload | undefined {
    if (this.#session === undefined || this.#state === undefined) return undefined
    const { marks, cookie, touched, deleted } = this.#state
    return { data: this.#state.outline(this.#session.data()), marks: { ...marks }, cookie, touched, deleted }
  }

  #seconds (): number {
    return this.#loadedAt ?? Math.floor(this.#settings.now() / 1000)
  }

  #open (): Opened | RejectedSession {
    if (this.#found === undefined && this.#settings.keeper !== undefined) throw new NotLoadedError()
    this.#found ??= this.#judge(findToken(this.#tokens, this.#settings, this.#seconds()))
    return this.#found
  }

  #judge (found: Opened | RejectedSession): Opened | RejectedSession {
    if (found.ok) return this.#accept(found)
    return found.reason === 'absent' ? found : { ...found, ...this.#reject(found.reason) }
  }

  #accept (opened: Opened): Opened {
    this.#settings.acceptedBySecret[opened.keyIndex]! += 1
    publish(channels.accepted, this.#settings, { secretIndex: opened.keyIndex } satisfies Omit<AcceptedMessage, keyof SessionMessage>)
    return opened
  }

  #reject (reason: RejectionReason): RejectedSession {
    this.#context.rejected(reason)
    publish(channels.rejected, this.#settings, { reason } satisfies Omit<RejectedMessage, keyof SessionMessage>)
    return { ok: false, reason }
  }

  #load (): SessionState {
    const found = this.#open()
    if (!found.ok) return this.#adopt(found) ?? this.#fresh(found)
    const decoded = decodeData(found.data, this.#settings)
    if (decoded.ok) {
      const state = this.#stateOf(undefined, found.signedAt, found.marks, decoded.data)
      state.touched = decoded.migrated && !this.#context.readOnly
      this.#untouched = decoded.migrated ? undefined : state.baseline
      return state
    }
    if (decoded.cause !== undefined) this.#context.migrateFailed(decoded.cause)
    this.#found = this.#reject('schema')
    return this.#adopt(this.#found) ?? this.#fresh(this.#found)
  }

  #fresh ({ reason }: RejectedSession, data: Payload = this.#settings.schema.fresh()): SessionState {
    return this.#stateOf(reason, undefined, noMarks, data)
  }

  // A session that another library kept. Whoever ends it there must be able to write it here.
  #adopt (rejected: RejectedSession): SessionState | undefined {
    if (this.#context.readOnly || this.#context.isSent() || rejected.reason === 'unavailable') return undefined
    for (const offer of this.#context.offers()) {
      if (offer === undefined || offer === null) continue
      const parts = isPlainObject(offer) ? splitMarks(clone(offer)) : undefined
      const decoded = parts && this.#settings.schema.decode(parts.data)
      if (parts && decoded?.ok) {
        const marks = { ...noMarks, permanent: parts.marks.permanent }
        return Object.assign(this.#fresh(rejected, decoded.data), { marks, touched: true, blank: undefined })
      }
      this.#context.notAdopted()
    }
    return undefined
  }

  #stateOf (reason: RejectionReason | undefined, signedAt: number | undefined, marks: Marks, data: Payload): SessionState {
    const refuseChange = () => { this.#refuseChange() }
    return new SessionState({ settings: this.#settings, now: this.#seconds(), reason, signedAt, marks, data, refuseChange })
  }

  #refuseChange (): void {
    if (this.#context.readOnly) throw new ReadOnlyError(this.#settings.name)
    if (this.#context.isSent()) throw new HeadersSentError()
  }

  #change (now: number): Change {
    return decide(this.#outcome(this.#open(), now), this.#settings.refresh)
  }

  #save (now: number, change: Change): Result {
    const found = this.#open()
    if (this.#context.readOnly && changesData(change)) throw new ReadOnlyError(this.#settings.name)
    if (change === 'delete') return this.#result(change, '', now, 0)
    if (change === 'write') return this.#write(now)
    if (change === 'keep' || !found.ok) return this.#result('keep', '', now, undefined)
    const body = found.body ?? (this.#settings.dataInCookie
      ? pack(found.marks, found.data, this.#settings.format, found)
      : packId(found.marks))
    const signedAt = change === 'refresh' ? now : found.signedAt
    return this.#sealed(change, seal(body, this.#settings, signedAt), found.marks, signedAt, now)
  }

  #outcome (found: Opened | RejectedSession, now: number): Outcome {
    const data = this.#session?.data() ?? {}
    const modified = this.#state?.isModified(data) ?? false
    const deleted = this.#state?.deleted ?? false
    return {
      age: found.ok ? now - found.signedAt : undefined,
      sent: this.#tokens.length > 0,
      // Asked only where it counts: the defaults of an empty session are made anew for it.
      empty: (modified || deleted) && (this.#state as SessionState).isEmpty(data),
      modified,
      deleted,
      permanent: found.ok && found.marks.permanent,
      outdated: found.ok && found.outdated
    }
  }

  #write (now: number): Result {
    const state = this.#state as SessionState
    const marks = state.marksToWrite(now)
    const found = this.#found
    const before = found?.ok && !state.deleted ? { origin: found.origin, body: found.body, untouched: this.#untouched } : undefined
    const token = this.#settings.dataInCookie
      ? sealData(this.session.data(), marks, this.#settings, now, before)
      : seal(packId(marks), this.#settings, now)
    return this.#sealed('write', token, marks, now, now)
  }

  async #written (keeper: Keeper, now: number): Promise<Written> {
    const state = this.#state as SessionState
    const written = {
      marks: state.marksToWrite(now),
      data: encodeData(this.session.data(), this.#settings),
      rebase: (from: Payload, onto: Payload) => rebase(from, onto, this.session.data(), state.updates, this.#settings)
    }
    state.marks = await keeper.mark(this.#kept, written)
    return { ...written, marks: state.marks }
  }

  #sealed (change: Change, token: string, marks: Marks, signedAt: number, now: number): Result {
    const expiresIn = marks.permanent ? expiry(signedAt, marks, this.#settings) - now : undefined
    return this.#result(change, token, now, expiresIn)
  }

  #result (change: Change, token: string, now: number, expiresIn: number | undefined): Result {
    const { cookie } = this.#settings
    const given = this.#state?.cookie
    return { change, token, expiresIn, now, attributes: given === undefined ? cookie : { ...cookie, ...given } }
  }
}

// All that a cookie carries whose data a store keeps.
function packId ({ id }: Marks): string {
  return pack({ ...noMarks, id }, {})
}

function changesData (change: Change): boolean {
  return change === 'write' || change === 'delete'
}

function publishChange (change: Change, message: SessionMessage): void {
  if (change === 'write') publish(channels.written, message)
  else if (change === 'refresh') publish(channels.refreshed, message)
  else if (change === 'delete') publish(channels.deleted, message)
}
