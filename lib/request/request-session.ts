import type { SessionBackend } from '../backend/backend.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { markRegistered } from '../device-bound/binding.ts'
import { sealOffer } from '../device-bound/endpoint.ts'
import { decideCookieAction, slides, type CookieAction } from '../session/cookie-action.ts'
import { rebase } from '../session/rebase.ts'
import { TypedSession } from '../session/session.ts'
import type { RejectedSession } from '../session/types.ts'
import type { Metadata } from '../token/metadata.ts'
import type { OpenedToken } from '../token/token.ts'
import { olderScopes, otherScopes, scopeOf, type CookieScope, type ResponseCookieAttributes } from '../util/cookie-scope.ts'
import { AlreadySavedError, HeadersSentError, ReadOnlyError } from '../util/errors.ts'
import { clone, equal } from '../util/objects.ts'
import type { RequestContext } from './context.ts'
import { encodeData, sealAgain, sealWrite, withScope, type CookieChange } from './cookie-change.ts'
import { IncomingSession } from './incoming-session.ts'
import { isDue, type FoundToken } from './token-lookup.ts'

// A response that takes longer than this, in seconds, may be overtaken by a logout or a write of another request.
const slow = 2

/** One session of one request: opened from its cookies, handed to the handler, and committed to a Set-Cookie. */
export class RequestSession {
  readonly #settings: Settings
  readonly #tokens: readonly string[]
  readonly #context: RequestContext
  readonly #incoming: IncomingSession
  #session: TypedSession | undefined
  #commitFailed = false
  #tracksLoss = false
  #lastCommitted: Payload | undefined

  constructor (settings: Settings, tokens: readonly string[], context: RequestContext) {
    this.#settings = settings
    this.#tokens = tokens
    this.#context = context
    this.#incoming = new IncomingSession(settings, tokens, context, this, this.#scope)
  }

  /** Opens the cookie: see `IncomingSession`. Returns a promise only if a store or `adopt` is asked. */
  open (): Promise<void> | undefined {
    return this.#incoming.open()
  }

  /** Whether anyone asked for the session. */
  get accessed (): boolean {
    return this.#session !== undefined
  }

  /** The session for the handler. Throws FST_TYPED_SESSION_NOT_LOADED, and what loading it failed with. */
  get session (): TypedSession {
    this.#session ??= new TypedSession(this.#incoming.state)
    return this.#session
  }

  /** A copy of the data for a look that does not count as access; undefined without a session. Throws as `session` does. */
  peek (): Payload | undefined {
    if (this.#session !== undefined) return clone(this.#session.data())
    const { reason, data } = this.#incoming.state
    return reason === undefined ? clone(data) : undefined
  }

  /** Decides what the response does with the cookie, and seals it. Throws if the session cannot be saved, once. */
  commit (): CookieChange {
    const now = this.#seconds()
    if (this.#commitFailed) return this.#keep(now)
    this.#commitFailed = true
    const action = this.#decide(this.#incoming.verify(), now)
    return this.#committed(this.#seal(action, now))
  }

  /** The same with a backend, which saves the session. Rejects as `commit()` throws, and as the backend rejects. */
  async commitToBackend (backend: SessionBackend): Promise<CookieChange> {
    const now = this.#seconds()
    const { found } = this.#incoming
    // A request that was answered before the backend was asked leaves the session as it is.
    if (this.#commitFailed || found === undefined) return this.#keep(now)
    this.#commitFailed = true
    const action = this.#decide(found, now)
    if (action !== 'keep' && !found.ok && found.reason === 'unavailable') throw found.cause
    if (action === 'write') return this.#committed(await this.#save(backend, now))
    const change = this.#seal(action, now)
    if (action === 'delete') {
      await this.#end(backend)
      this.#incoming.loaded = undefined
    } else if (!await this.#noteSeen(backend, action === 'refresh', now) || !await this.#endTwins(backend, change)) return this.#committed(this.#keep(now))
    return this.#committed(change)
  }

  /** Makes `hasUnsavedChanges` know, after a commit, what was committed. */
  trackLoss (): void {
    this.#tracksLoss = true
  }

  /** Whether the session was changed and no response carries the change. */
  get hasUnsavedChanges (): boolean {
    if (this.#session === undefined || this.#commitFailed) return false
    if (this.#lastCommitted !== undefined) return !equal(this.#lastCommitted, this.#snapshot())
    return changesData(this.#decide(this.#incoming.verify(), this.#seconds()))
  }

  /** Whether the response prolongs the session, if that is due. */
  get refreshes (): boolean {
    return this.#context.refreshes
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

  #decide (found: FoundToken | RejectedSession, now: number): CookieAction {
    const state = this.#incoming.madeState
    const data = this.#session === undefined ? state?.data ?? {} : TypedSession.dataOf(this.#session)
    const modified = state?.isModified(data) ?? false
    const deleted = state?.deleted ?? false
    // Neither an outage nor a quota costs a login: only a logout or another login does.
    if (!found.ok && this.#incoming.staysUnproven && !deleted && state?.offeredDevice === undefined) return 'keep'
    const action = decideCookieAction({
      accepted: found.ok,
      hasCookie: this.#tokens.length > 0,
      // Asked only when it matters: the schema's defaults are made for it.
      empty: state !== undefined && (modified || deleted) && state.isEmpty(data),
      modified,
      deleted,
      slides: found.ok && slides(found.metadata.permanent, this.#settings.refresh.mode) && this.refreshes && isDue(found, this.#settings, now),
      needsReseal: found.ok && this.#context.reseals && (found.needsReseal || this.#hasTwins())
    })
    return renews(action) && !this.#mayRenew(found as FoundToken) ? 'keep' : action
  }

  // A cookie that nobody changed is never signed again at the price of another request's change or logout.
  #mayRenew ({ signedAt, metadata }: OpenedToken): boolean {
    const { replacedTokens, lifetime, dataInCookie } = this.#settings
    if (!this.accessed && this.#context.isPublic()) return false
    // The record has the changes, and refuses what is over.
    if (!dataInCookie) return true
    const now = this.#seconds()
    if (replacedTokens.hasAny(this.#tokens, now)) return false
    return now - this.#incoming.openedAt <= slow || now - signedAt > Math.min(metadata.lifetime ?? lifetime, lifetime) / 2
  }

  #seal (action: CookieAction, now: number, signedAt: number = now): CookieChange {
    if (this.#context.readOnly && changesData(action)) throw new ReadOnlyError(this.#settings.name)
    if (action === 'keep') return this.#keep(now)
    const { found, refused, unchanged, madeState } = this.#incoming
    const attributes = madeState?.cookie === undefined ? this.#context.attributes : { ...this.#context.attributes, ...madeState.cookie }
    const expired = this.#expiredBy(action)
    if (action === 'delete') return { action, now, attributes, expired, token: '', expiresIn: 0 }
    if (found?.ok && renews(action)) {
      const { token, expiresIn } = sealAgain(found, this.#scope(), this.#settings, action === 'refresh' ? now : found.signedAt, now)
      return { action, now, attributes, expired, token, expiresIn }
    }
    const { state } = this.#incoming
    const opened = found?.ok ? found : refused
    // After `delete()` or `regenerate()`, nothing of what came goes on.
    const before = opened?.flaskBody === undefined || state.received === undefined
      ? undefined
      : { flaskBody: opened.flaskBody, unchanged: unchanged && this.#settings.schema.carrySnapshot(unchanged) }
    const metadata = withScope(markRegistered(state.metadataToWrite(now), this.#settings.deviceBound, now), this.#scope())
    const { token, expiresIn } = sealWrite(TypedSession.dataOf(this.session), metadata, this.#settings, signedAt, now, before, state.received)
    return { action, now, attributes, expired, token, expiresIn, offer: this.#offer(metadata, now) }
  }

  #offer (metadata: Metadata, now: number): CookieChange['offer'] {
    const { deviceBound: binding } = this.#settings
    if (binding === undefined || this.#incoming.state.offeredDevice === undefined) return undefined
    return { binding, challenge: sealOffer(metadata, binding.tokens, now) }
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
    const known = isFlask ? [] : this.#incoming.results.filter((result) => result.ok).map(({ metadata }) => metadata.scope)
    const possible = isFlask || action === 'delete' ? olderScopes(scope) : []
    return otherScopes([...known, ...possible], scope)
  }

  // Whether the browser sent another cookie that this app accepts, and that the response can expire.
  #hasTwins (): boolean {
    const { results } = this.#incoming
    return results.length > 1 && results.filter(({ ok }) => ok).length > 1 && this.#expiredBy('reseal').length > 0
  }

  async #save (backend: SessionBackend, now: number): Promise<CookieChange> {
    const incoming = this.#incoming
    const { state, loaded } = incoming
    const metadata = state.metadata = state.identify(now)
    const data = encodeData(TypedSession.dataOf(this.session), this.#settings, state.received)
    // What the cookie cannot carry is not saved.
    const change = this.#seal('write', now)
    // All as it was answered: a handler that forgot to return its answer may go on and change the session.
    const [own, changes] = [this.session.data(), { updates: [...state.updates], keptKeys: state.keptKeys }]
    const unrenewed = loaded?.kept !== undefined && backend.isDue(loaded.kept, now) ? this.#seal('write', now, loaded.signedAt) : change
    // It takes the place of all others that came: no response names them again.
    await this.#end(backend, metadata.id)
    incoming.loaded = undefined
    const pending = { metadata, data, rebase: (from: Payload, onto: Payload) => rebase(from, onto, own, changes, this.#settings) }
    incoming.loaded = await backend.save(loaded, pending, now)
    return incoming.loaded.signedAt === now ? change : unrenewed
  }

  /** Ends the sessions that came as cookies of the name, and the one that was begun, but for the one that goes on. */
  async #end (backend: SessionBackend, except?: string): Promise<void> {
    const incoming = this.#incoming
    const came = (await incoming.loadAll(backend)).filter((result) => result.ok)
    const kept = new Map([...came, ...[incoming.loaded ?? []].flat()].flatMap((each) => each.kept === undefined ? [] : [[each.kept.id, each.kept]]))
    if (except !== undefined) kept.delete(except)
    await Promise.all([...kept.values()].map((each) => backend.end(each)))
  }

  /** Ends the sessions whose cookies the response expires: no request names them again. Resolves to whether they have ended. */
  async #endTwins (backend: SessionBackend, { expired }: CookieChange): Promise<boolean> {
    if (expired.length === 0) return true
    return await this.#end(backend, this.#incoming.loaded?.metadata.id).then(() => true, () => false)
  }

  /** Resolves to whether the session goes on as it was loaded: another request may have changed or ended it. */
  async #noteSeen (backend: SessionBackend, slides: boolean, now: number): Promise<boolean> {
    const { loaded } = this.#incoming
    if (loaded?.kept === undefined || !this.refreshes || !backend.isDue(loaded.kept, now)) return true
    const kept = await backend.refresh(loaded.kept, loaded.data, slides, now)
    this.#incoming.loaded = { ...loaded, kept: kept ?? loaded.kept }
    return kept !== undefined
  }

  #committed (change: CookieChange): CookieChange {
    const replaces = changesData(change.action)
    this.#commitFailed = false
    if (replaces && this.#incoming.found?.ok) this.#settings.replacedTokens.replace(this.#tokens, change.token, this.#seconds())
    this.#lastCommitted = this.#tracksLoss && replaces ? this.#snapshot() : undefined
    if (change.action !== 'keep') this.#context.changed(change.action)
    return change
  }

  #snapshot (): Payload {
    const { state } = this.#incoming
    const { metadata, cookie, touched, deleted } = state
    return { data: state.snapshot(TypedSession.dataOf(this.session)), metadata: { ...metadata }, cookie, touched, deleted }
  }
}

function renews (action: CookieAction): boolean {
  return action === 'refresh' || action === 'reseal'
}

function changesData (action: CookieAction): boolean {
  return action === 'write' || action === 'delete'
}
