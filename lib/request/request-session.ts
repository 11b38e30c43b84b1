import { IncomingSession, type RequestContext } from './incoming-session.ts'
import { decideCookieAction, type CookieAction, type ResponseState } from '../session/cookie-action.ts'
import { expiry, encodeBody, sealToken, type OpenedToken } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { ReadOnlyError } from '../util/errors.ts'
import type { SessionBackend, LoadedSession, PendingWrite } from '../backend/backend.ts'
import { emptyMetadata, type Metadata } from '../token/metadata.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { rebase } from '../session/rebase.ts'
import type { SessionState } from '../session/session-state.ts'
import { TypedSession } from '../session/session.ts'
import { encodeData, sealData } from './token-lookup.ts'
import type { RejectedSession } from '../session/types.ts'
import { equal } from '../util/objects.ts'

/** What a response does with the cookie. */
export interface Result {
  readonly change: CookieAction
  /** Empty for `delete`. */
  readonly token: string
  /** Seconds until the cookie is to be gone; undefined for when the browser closes. */
  readonly expiresIn: number | undefined
  /** Seconds since 1970. */
  readonly now: number
  /** Those of the `cookie` option, itself where the session has none of its own. */
  readonly attributes: CookieAttributes
}

/**
 * One session of one request, from its cookies to its Set-Cookie. Nothing is verified before the session is asked for,
 * or closed.
 */
export class RequestSession {
  readonly #settings: Settings
  readonly #context: RequestContext
  readonly #arrival: IncomingSession
  // The session as the store has it: what was loaded, then what was saved.
  #loaded: LoadedSession | undefined
  #state: SessionState | undefined
  #session: TypedSession | undefined
  // What the last response that was made carries.
  #carried: Payload | undefined
  #failed = false
  #watched = false

  constructor (settings: Settings, tokens: readonly string[], context: RequestContext) {
    this.#settings = settings
    this.#context = context
    this.#arrival = new IncomingSession(settings, tokens, context)
  }

  /** Whether anyone asked for the session. */
  get accessed (): boolean {
    return this.#session !== undefined
  }

  get session (): TypedSession {
    this.#state ??= this.#arrival.state()
    this.#session ??= new TypedSession(this.#state)
    return this.#session
  }

  /** Asks the store. Where there is one, this comes before anything else does. */
  async load (backend: SessionBackend): Promise<void> {
    this.#loaded = await this.#arrival.load(backend)
  }

  /** Decides and seals. Throws where the app left a session that cannot be saved: once, and then nothing is sent. */
  commit (): Result {
    const now = this.#arrival.seconds()
    if (this.#failed) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const result = this.#save(now, this.#change(now))
    return this.#done(result)
  }

  /** Decides, has the store follow, and seals. Rejects as `close()` throws, and with what the backend rejects with. */
  async commitToBackend (backend: SessionBackend): Promise<Result> {
    const now = this.#arrival.seconds()
    // A request that was answered before the store was asked leaves the session as it is.
    const { judged } = this.#arrival
    if (this.#failed || judged === undefined) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const change = this.#change(now)
    if (change !== 'keep' && !judged.ok && judged.reason === 'unavailable') throw judged.cause
    const written = change === 'write' ? await this.#pendingWrite(backend, now) : undefined
    const result = this.#save(now, change)
    this.#loaded = await backend.save(change, this.#loaded, written, now)
    // Ended while this request ran: a refresh must not look like a session.
    const gone = change === 'refresh' && this.#loaded === undefined
    return this.#done(gone ? this.#result('keep', '', now, undefined) : result)
  }

  #done (result: Result): Result {
    this.#failed = false
    this.#carried = this.#watched && changesData(result.change) ? this.#snapshot() : undefined
    this.#context.changed(result.change)
    return result
  }

  /** Says that `unsaved` will be asked, which without has no answer once a response was made. */
  trackLoss (): void {
    this.#watched = true
  }

  /** Whether the session was changed, and no response that was made carries it. */
  get hasUnsavedChanges (): boolean {
    if (this.#session === undefined || this.#failed) return false
    if (this.#carried !== undefined) return !equal(this.#carried, this.#snapshot())
    const { modified, deleted } = this.#session
    return (modified || deleted) && changesData(this.#change(this.#arrival.seconds()))
  }

  #snapshot (): Payload {
    const state = this.#state as SessionState
    const { metadata, cookie, touched, deleted } = state
    return { data: state.snapshot(TypedSession.dataOf(this.session)), metadata: { ...metadata }, cookie, touched, deleted }
  }

  #change (now: number): CookieAction {
    return decideCookieAction(this.#outcome(this.#arrival.open(), now), this.#settings.refresh)
  }

  #save (now: number, change: CookieAction): Result {
    const found = this.#arrival.open()
    if (this.#context.readOnly && changesData(change)) throw new ReadOnlyError(this.#settings.name)
    if (change === 'delete') return this.#result(change, '', now, 0)
    if (change === 'write') return this.#write(now)
    if (change === 'keep' || !found.ok) return this.#result('keep', '', now, undefined)
    const body = found.body ?? (this.#settings.dataInCookie
      ? encodeBody(found.metadata, found.data, this.#settings.format, found)
      : packId(found.metadata))
    const signedAt = change === 'refresh' ? now : found.signedAt
    return this.#sealed(change, sealToken(body, this.#settings, signedAt), found.metadata, signedAt, now)
  }

  #outcome (found: OpenedToken | RejectedSession, now: number): ResponseState {
    const data = this.#session === undefined ? {} : TypedSession.dataOf(this.#session)
    const modified = this.#state?.isModified(data) ?? false
    const deleted = this.#state?.deleted ?? false
    return {
      age: found.ok ? now - found.signedAt : undefined,
      hasCookie: this.#arrival.sent,
      // Asked only where it counts: the defaults of an empty session are made anew for it.
      empty: (modified || deleted) && (this.#state as SessionState).isEmpty(data),
      modified,
      deleted,
      permanent: found.ok && found.metadata.permanent,
      needsReseal: found.ok && found.needsReseal
    }
  }

  #write (now: number): Result {
    const state = this.#state as SessionState
    const metadata = state.metadataToWrite(now)
    const found = this.#arrival.judged
    const before = found?.ok && !state.deleted ? { flaskNode: found.flaskNode, body: found.body, unchanged: this.#arrival.untouched } : undefined
    const token = this.#settings.dataInCookie
      ? sealData(TypedSession.dataOf(this.session), metadata, this.#settings, now, before)
      : sealToken(packId(metadata), this.#settings, now)
    return this.#sealed('write', token, metadata, now, now)
  }

  async #pendingWrite (backend: SessionBackend, now: number): Promise<PendingWrite> {
    const state = this.#state as SessionState
    const written = {
      metadata: state.metadataToWrite(now),
      data: encodeData(TypedSession.dataOf(this.session), this.#settings),
      rebase: (from: Payload, onto: Payload) => rebase(from, onto, this.session.data(), state.updates, this.#settings)
    }
    state.metadata = await backend.prepareMetadata(this.#loaded, written)
    return { ...written, metadata: state.metadata }
  }

  #sealed (change: CookieAction, token: string, metadata: Metadata, signedAt: number, now: number): Result {
    const expiresIn = metadata.permanent ? expiry(signedAt, metadata, this.#settings) - now : undefined
    return this.#result(change, token, now, expiresIn)
  }

  #result (change: CookieAction, token: string, now: number, expiresIn: number | undefined): Result {
    const { cookie } = this.#settings
    const given = this.#state?.cookie
    return { change, token, expiresIn, now, attributes: given === undefined ? cookie : { ...cookie, ...given } }
  }
}

// All that a cookie carries whose data a store keeps.
function packId ({ id }: Metadata): string {
  return encodeBody({ ...emptyMetadata, id }, {})
}

function changesData (change: CookieAction): boolean {
  return change === 'write' || change === 'delete'
}
