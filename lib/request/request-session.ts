import type { LoadedSession, PendingWrite, SessionBackend } from '../backend/backend.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { decideCookieAction, type CookieAction, type RefreshPolicy } from '../session/cookie-action.ts'
import { decodeData } from '../schema/decode.ts'
import { rebase } from '../session/rebase.ts'
import { SessionState } from '../session/session-state.ts'
import { TypedSession } from '../session/session.ts'
import type { RejectedSession, RejectionReason } from '../session/types.ts'
import { emptyMetadata, extractMetadata } from '../token/metadata.ts'
import type { OpenedToken } from '../token/token.ts'
import { olderScopes, otherScopes, scopeOf, type CookieScope, type ResponseCookieAttributes } from '../util/cookie-scope.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { AlreadySavedError, HeadersSentError, NotLoadedError, ReadOnlyError } from '../util/errors.ts'
import { clone, equal, isPlainObject } from '../util/objects.ts'
import { encodeData, sealAgain, sealWrite, type CookieChange } from './cookie-change.ts'
import { loadTokens, openTokens, pickSession } from './token-lookup.ts'

/** What a session needs to know of its request, and reports to it. */
export interface RequestContext {
  /** Whether the route may only read the session. */
  readonly readOnly: boolean
  /** Whether the route lets permanent sessions slide. */
  readonly refreshes: boolean
  /** Whether the request failed before the session could be loaded. */
  readonly failed: boolean
  /** Whether the plugin's onSend hook has saved the session for the response that is being sent. */
  readonly saved: boolean
  /** The cookie's attributes for this request. Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly attributes: CookieAttributes
  /** Whether the headers have gone, so that the response can carry no change. */
  headersSent (): boolean
  /** Whether the app lets shared caches keep the response. */
  isPublic (): boolean
  /** The cookie was accepted; it was sealed by the secret at this place in the list, 0 being the first. */
  accepted (secretIndex: number): void
  /** The cookie was not accepted. */
  rejected (reason: RejectionReason): void
  /** The response does this with the cookie. */
  changed (action: Exclude<CookieAction, 'keep'>): void
  /** The app's `migrate` threw. */
  migrateFailed (error: unknown): void
  /** What each of the app's `adopt` functions returns. */
  adoptCandidates (): AsyncIterable<unknown>
  /** `adopt` returned something that the schema refuses. */
  adoptRejected (): void
}

// A response that takes longer than this, in seconds, may be overtaken by a logout or a write of another request.
const slow = 2

/** One session of one request: opened from its cookies, handed to the handler, and committed to a Set-Cookie. */
export class RequestSession {
  readonly #settings: Settings
  readonly #tokens: readonly string[]
  readonly #context: RequestContext
  #openedAt = 0
  // The cookie as it was verified; undefined before that.
  #found: OpenedToken | RejectedSession | undefined
  // A session in Flask's format that the schema refused: a write merges into it.
  #refused: OpenedToken | undefined
  // All the tokens that came, of which it was picked.
  #results: ReadonlyArray<OpenedToken | RejectedSession> = []
  #loadError: unknown
  // The session as the backend has it: first as it was loaded, then as it was saved.
  #loaded: LoadedSession | undefined
  // The data as they would be written if nobody had changed them.
  #unchanged: Payload | undefined
  #state: SessionState | undefined
  #session: TypedSession | undefined
  #commitFailed = false
  #tracksLoss = false
  #lastCommitted: Payload | undefined

  constructor (settings: Settings, tokens: readonly string[], context: RequestContext) {
    this.#settings = settings
    this.#tokens = tokens
    this.#context = context
  }

  /**
   * Verifies the cookie: size, shape, signature or decryption, age; then asks the backend and `adopt`, if there are any.
   * Returns a promise only in these two cases. Rejects with FST_TYPED_SESSION_STORE_UNAVAILABLE.
   */
  open (): Promise<void> | undefined {
    const { backend, adopt } = this.#settings
    if (backend !== undefined) return this.#load(backend)
    this.#verify()
    return adopt.length === 0 ? undefined : this.#adopt()
  }

  /** Whether anyone asked for the session. */
  get accessed (): boolean {
    return this.#session !== undefined
  }

  /** The session for the handler. Throws FST_TYPED_SESSION_NOT_LOADED, and what loading it failed with. */
  get session (): TypedSession {
    this.#session ??= new TypedSession(this.#state ??= this.#makeState())
    return this.#session
  }

  /** A copy of the data for a look that does not count as access; undefined without a session. Throws as `session` does. */
  peek (): Payload | undefined {
    if (this.#session !== undefined) return clone(this.#session.data())
    this.#state ??= this.#makeState()
    return this.#state.reason === undefined ? clone(this.#state.data) : undefined
  }

  /** Decides what the response does with the cookie, and seals it. Throws if the session cannot be saved, once. */
  commit (): CookieChange {
    const now = this.#seconds()
    if (this.#commitFailed) return this.#keep(now)
    this.#commitFailed = true
    const action = this.#decide(this.#verify(), now)
    return this.#committed(this.#seal(action, now))
  }

  /** The same with a backend, which saves the session. Rejects as `commit()` throws, and as the backend rejects. */
  async commitToBackend (backend: SessionBackend): Promise<CookieChange> {
    const now = this.#openedAt
    // A request that was answered before the backend was asked leaves the session as it is.
    if (this.#commitFailed || this.#found === undefined) return this.#keep(now)
    this.#commitFailed = true
    const action = this.#decide(this.#found, now)
    if (action !== 'keep' && !this.#found.ok && this.#found.reason === 'unavailable') throw this.#found.cause
    const pending = action === 'write' ? await this.#pendingWrite(backend, now) : undefined
    const change = this.#seal(action, now)
    if (pending !== undefined) this.#loaded = await backend.write(this.#loaded, pending, now)
    else if (action === 'delete') await this.#end(backend)
    else if (action === 'refresh') this.#loaded = this.#loaded && await backend.refresh(this.#loaded, now)
    // Another request ended the session while this one ran: there is nothing left to refresh.
    return this.#committed(action === 'refresh' && this.#loaded === undefined ? this.#keep(now) : change)
  }

  /** Makes `hasUnsavedChanges` know, after a commit, what was committed. */
  trackLoss (): void {
    this.#tracksLoss = true
  }

  /** Whether the session was changed and no response carries the change. */
  get hasUnsavedChanges (): boolean {
    if (this.#session === undefined || this.#commitFailed) return false
    if (this.#lastCommitted !== undefined) return !equal(this.#lastCommitted, this.#snapshot())
    return changesData(this.#decide(this.#verify(), this.#seconds()))
  }

  /** Throws FST_TYPED_SESSION_INVALID_COOKIE if browsers would drop a cookie with these attributes beside the app's. */
  checkCookie (attributes: ResponseCookieAttributes): void {
    this.#settings.checkCookie({ ...this.#context.attributes, ...attributes })
  }

  /** Throws if the session must not be changed, or no longer. */
  assertWritable (): void {
    if (this.#context.readOnly) throw new ReadOnlyError(this.#settings.name)
    if (this.#context.headersSent()) throw new HeadersSentError()
    if (this.#context.saved) throw new AlreadySavedError()
  }

  #seconds (): number {
    return Math.floor(this.#settings.now() / 1000)
  }

  #verify (): OpenedToken | RejectedSession {
    if (this.#found !== undefined) return this.#found
    if (this.#settings.backend !== undefined) return this.#notLoaded()
    this.#openedAt = this.#seconds()
    const results = this.#results = openTokens(this.#tokens, this.#settings, this.#openedAt)
    return this.#judge(pickSession(results, this.#scope))
  }

  async #load (backend: SessionBackend): Promise<void> {
    this.#openedAt = this.#seconds()
    try {
      const results = this.#results = await loadTokens(this.#tokens, this.#settings, backend, this.#openedAt)
      const found = this.#judge(pickSession(results, this.#scope))
      if (found.ok) this.#loaded = found
    } catch (error) {
      this.#loadError = error
      throw error
    }
    if (this.#settings.adopt.length > 0) await this.#adopt()
  }

  #notLoaded (): RejectedSession {
    if (this.#loadError !== undefined) throw this.#loadError
    // An error handler may ask for the session of a request that failed before the plugin's hook.
    if (this.#context.failed) return { ok: false, reason: 'unavailable', cause: new NotLoadedError() }
    throw new NotLoadedError()
  }

  #judge <Found extends OpenedToken | RejectedSession> (found: Found): Found {
    this.#found = found
    if (found.ok) {
      this.#settings.acceptedBySecret[found.keyIndex]! += 1
      this.#context.accepted(found.keyIndex)
    } else if (found.reason !== 'absent') {
      this.#context.rejected(found.reason)
    }
    return found
  }

  // Sessions of another library go on here. Whoever ends one there must be able to write it here.
  async #adopt (): Promise<void> {
    this.#state ??= this.#makeState()
    const { reason } = this.#state
    if (reason === undefined || reason === 'unavailable' || this.#context.readOnly || this.#context.headersSent()) return
    for await (const candidate of this.#context.adoptCandidates()) {
      if (candidate === undefined || candidate === null) continue
      const parts = isPlainObject(candidate) ? extractMetadata(clone(candidate)) : undefined
      const decoded = parts && this.#settings.schema.decode(parts.data)
      if (parts && decoded?.ok) {
        this.#state = this.#newState(reason, decoded.data)
        this.#state.adopt(parts.metadata.permanent)
        return
      }
      this.#context.adoptRejected()
    }
  }

  #makeState (): SessionState {
    const found = this.#verify()
    if (!found.ok) return this.#newState(found.reason)
    const decoded = decodeData(found.data, this.#settings)
    if (decoded.ok) {
      const { data, received, migrated } = decoded
      const { signedAt, metadata } = found
      const initial = received.snapshot
      const state = new SessionState(this.#settings, this, { reason: undefined, now: this.#openedAt, signedAt, metadata, data, initial, received })
      state.touched = migrated && !this.#context.readOnly
      this.#unchanged = migrated ? undefined : state.initial
      return state
    }
    if (decoded.cause !== undefined) this.#context.migrateFailed(decoded.cause)
    // It is the Flask app's session too.
    if (this.#settings.format === 'flask') this.#refused = found
    this.#judge({ ok: false, reason: 'schema' })
    return this.#newState('schema')
  }

  #newState (reason: RejectionReason, adopted?: Payload): SessionState {
    const { schema } = this.#settings
    const now = this.#openedAt
    const [data, initial] = adopted === undefined ? [schema.defaults(), schema.empty] : [adopted, schema.snapshot(adopted)]
    const received = this.#refused && { data: this.#refused.data, snapshot: schema.empty }
    const metadata = this.#refused?.metadata ?? emptyMetadata
    return new SessionState(this.#settings, this, { reason, now, signedAt: undefined, metadata, data, initial, received })
  }

  #decide (found: OpenedToken | RejectedSession, now: number): CookieAction {
    const state = this.#state
    const data = this.#session === undefined ? state?.data ?? {} : TypedSession.dataOf(this.#session)
    const modified = state?.isModified(data) ?? false
    const deleted = state?.deleted ?? false
    const action = decideCookieAction({
      age: found.ok ? now - found.signedAt : undefined,
      hasCookie: this.#tokens.length > 0,
      // Asked only when it matters: the schema's defaults are made for it.
      empty: state !== undefined && (modified || deleted) && state.isEmpty(data),
      modified,
      deleted,
      permanent: found.ok && found.metadata.permanent,
      needsReseal: found.ok && (found.needsReseal || (this.#results.length > 1 && this.#expiredBy('reseal').length > 0))
    }, this.#context.refreshes ? this.#settings.refresh : never)
    return renews(action) && !this.#mayRenew(found as OpenedToken) ? 'keep' : action
  }

  // A cookie that nobody changed is never signed again at the price of another request's change or logout.
  #mayRenew ({ signedAt, metadata }: OpenedToken): boolean {
    const { replacedTokens, lifetime } = this.#settings
    if (!this.accessed && this.#context.isPublic()) return false
    const now = this.#seconds()
    if (replacedTokens.hasAny(this.#tokens, now)) return false
    return now - this.#openedAt <= slow || now - signedAt > Math.min(metadata.lifetime ?? lifetime, lifetime) / 2
  }

  #seal (action: CookieAction, now: number): CookieChange {
    if (this.#context.readOnly && changesData(action)) throw new ReadOnlyError(this.#settings.name)
    const found = this.#found
    if (action === 'keep' || (renews(action) && !found?.ok)) return this.#keep(now)
    const change = { action, now, attributes: { ...this.#context.attributes, ...this.#state?.cookie }, expired: this.#expiredBy(action) }
    if (action === 'delete') return { ...change, token: '', expiresIn: 0 }
    if (found?.ok && renews(action)) {
      return { ...change, ...sealAgain(found, this.#scope(), this.#settings, action === 'refresh' ? now : found.signedAt, now) }
    }
    const state = this.#state as SessionState
    const opened = found?.ok ? found : this.#refused
    // After `delete()` or `regenerate()`, nothing of what came goes on.
    const before = opened !== undefined && state.received !== undefined ? { flaskNode: opened.flaskNode, body: opened.body, unchanged: this.#unchanged } : undefined
    const metadata = { ...state.metadataToWrite(now), scope: this.#scope() }
    return { ...change, ...sealWrite(TypedSession.dataOf(this.session), metadata, this.#settings, now, before, state.received) }
  }

  #keep (now: number): CookieChange {
    return { action: 'keep', token: '', expiresIn: undefined, now, attributes: {}, expired: [] }
  }

  // Flask sets the cookie as well, so that in its format nothing can be told of the scope that one came from.
  readonly #scope = (): CookieScope | undefined => this.#settings.format === 'flask' ? undefined : scopeOf(this.#context.attributes)

  // The scopes of other cookies that the browser has, or may have, beside the one that this response sets or deletes.
  #expiredBy (action: CookieAction): Array<CookieScope | undefined> {
    if (this.#tokens.length === 0) return []
    const scope = scopeOf(this.#context.attributes)
    const isFlask = this.#settings.format === 'flask'
    const known = isFlask ? [] : this.#results.filter((result) => result.ok).map(({ metadata }) => metadata.scope)
    const possible = isFlask || action === 'delete' ? olderScopes(scope) : []
    return otherScopes([...known, ...possible], scope)
  }

  async #pendingWrite (backend: SessionBackend, now: number): Promise<PendingWrite> {
    const state = this.#state as SessionState
    const pending = {
      metadata: state.metadataToWrite(now),
      data: encodeData(TypedSession.dataOf(this.session), this.#settings, state.received),
      rebase: (from: Payload, onto: Payload) => rebase(from, onto, this.session.data(), state.updates, this.#settings)
    }
    state.metadata = await backend.prepareMetadata(this.#loaded, pending)
    return { ...pending, metadata: state.metadata }
  }

  async #end (backend: SessionBackend): Promise<void> {
    if (this.#loaded !== undefined) await backend.end(this.#loaded)
    this.#loaded = undefined
  }

  #committed (change: CookieChange): CookieChange {
    const replaces = changesData(change.action)
    this.#commitFailed = false
    if (replaces && this.#found?.ok) this.#settings.replacedTokens.replace(this.#tokens, change.token, this.#seconds())
    this.#lastCommitted = this.#tracksLoss && replaces ? this.#snapshot() : undefined
    if (change.action !== 'keep') this.#context.changed(change.action)
    return change
  }

  #snapshot (): Payload {
    const state = this.#state as SessionState
    const { metadata, cookie, touched, deleted } = state
    return { data: state.snapshot(TypedSession.dataOf(this.session)), metadata: { ...metadata }, cookie, touched, deleted }
  }
}

const never: RefreshPolicy = { eachRequest: false, after: 0 }

function renews (action: CookieAction): boolean {
  return action === 'refresh' || action === 'reseal'
}

function changesData (action: CookieAction): boolean {
  return action === 'write' || action === 'delete'
}
