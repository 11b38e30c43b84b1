import type { LoadedSession, SessionBackend } from '../backend/backend.ts'
import { couldNotProve, proveDevice } from '../device-bound/binding.ts'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import { describeIssues } from '../schema/convert.ts'
import type { Decoded, ReceivedData } from '../schema/schema.ts'
import { decodeData } from '../session/decode.ts'
import { SessionState, type SessionGuard } from '../session/session-state.ts'
import type { RejectedSession, RejectionReason } from '../session/types.ts'
import { emptyMetadata, extractMetadata } from '../token/metadata.ts'
import type { OpenedToken } from '../token/token.ts'
import type { CookieScope } from '../util/cookie-scope.ts'
import { maxTokens, maxTokensToEnd, readCookies } from '../util/cookies.ts'
import { NotLoadedError, SessionError } from '../util/errors.ts'
import { clone, isPlainObject } from '../util/objects.ts'
import type { RequestContext } from './context.ts'
import { assertSavable } from './cookie-change.ts'
import { isDue, loadAllTokens, loadTokens, openTokens, pickSession, type FoundToken } from './token-lookup.ts'

/** What came with a request: the tokens of its cookies, the one that counts, and the session that the handler starts from. */
export class IncomingSession {
  readonly #settings: Settings
  readonly #tokens: readonly string[]
  readonly #context: RequestContext
  readonly #guard: SessionGuard
  readonly #currentScope: () => CookieScope | undefined
  /** When the tokens were opened, in seconds since 1970. */
  openedAt = 0
  /** All the tokens that came, opened. */
  results: ReadonlyArray<FoundToken | RejectedSession> = []
  /** A session in Flask's format that the schema refused: a write merges into it. */
  refused: OpenedToken | undefined
  /** The session as the backend loaded it. */
  loaded: LoadedSession | undefined
  /** The data as they would be written if nobody had changed them. */
  unchanged: Payload | undefined
  /** Whether the cookie stays although it was refused: the browser means to prove its device, and could not. */
  staysUnproven = false
  /** The one of the tokens that counts; undefined before they were opened. */
  found: FoundToken | RejectedSession | undefined
  /** The session's state, once it was asked for. */
  madeState: SessionState | undefined
  #loadError: unknown

  constructor (
    settings: Settings, tokens: readonly string[], context: RequestContext, guard: SessionGuard, currentScope: () => CookieScope | undefined
  ) {
    this.#settings = settings
    this.#tokens = tokens
    this.#context = context
    this.#guard = guard
    this.#currentScope = currentScope
  }

  /**
   * Verifies the cookie: size, shape, signature or decryption, age; then asks the backend if there is one, and `adopt` if
   * no cookie was accepted or the app has `adoptInto`. Returns a promise only in these cases. Rejects with
   * FST_TYPED_SESSION_STORE_UNAVAILABLE.
   */
  open (): Promise<void> | undefined {
    const { backend } = this.#settings
    if (backend !== undefined) return this.#load(backend)
    this.verify()
    return this.#adopts() ? this.#adopt() : undefined
  }

  /** The session's state, made when it is first asked for. Throws as `verify()` does. */
  get state (): SessionState {
    this.madeState ??= this.#makeState()
    return this.madeState
  }

  /** The token that counts, or why none does. Throws FST_TYPED_SESSION_NOT_LOADED, and what loading it failed with. */
  verify (): FoundToken | RejectedSession {
    if (this.found !== undefined) return this.found
    if (this.#settings.backend !== undefined) return this.#notLoaded()
    this.openedAt = Math.floor(this.#settings.now() / 1000)
    const results = this.results = this.#prove(openTokens(this.#tokens, this.#settings, this.openedAt))
    return this.#judge(pickSession(results, this.#currentScope))
  }

  /** What came, to be ended: all tokens, also where they were too many to be a session. Rejects as `open()` does. */
  async loadAll (backend: SessionBackend): Promise<ReadonlyArray<FoundToken | RejectedSession>> {
    if (this.#tokens.length <= maxTokens) return this.results
    const tokens = readCookies(this.#context.headers.cookie, this.#settings.cookieName, maxTokensToEnd)
    return this.#prove(await loadAllTokens(tokens, this.#settings, backend, this.openedAt))
  }

  async #load (backend: SessionBackend): Promise<void> {
    this.openedAt = Math.floor(this.#settings.now() / 1000)
    try {
      const results = this.results = this.#prove(await loadTokens(this.#tokens, this.#settings, backend, this.openedAt))
      const found = this.#judge(pickSession(results, this.#currentScope))
      if (found.ok) this.loaded = found
    } catch (error) {
      this.#loadError = error
      throw error
    }
    if (this.#adopts()) await this.#adopt()
  }

  // Before one is picked: an unproven session neither counts, nor does this request end it.
  #prove<Good extends FoundToken> (results: ReadonlyArray<Good | RejectedSession>): ReadonlyArray<Good | RejectedSession> {
    const { deviceBound } = this.#settings
    if (deviceBound === undefined) return results
    const { headers } = this.#context
    return results.map((each) => {
      const proven = each.ok ? proveDevice(each, headers, deviceBound, this.openedAt) : each
      if (each.ok && !proven.ok) this.staysUnproven ||= couldNotProve(each, headers)
      return proven
    })
  }

  #notLoaded (): RejectedSession {
    if (this.#loadError !== undefined) throw this.#loadError
    // An error handler may ask for the session of a request that failed before the plugin's hook.
    if (this.#context.failed) return { ok: false, reason: 'unavailable', cause: new NotLoadedError() }
    throw new NotLoadedError()
  }

  #judge <Found extends FoundToken | RejectedSession> (found: Found): Found {
    this.found = found
    if (found.ok) {
      this.#settings.acceptedBySecret[found.keyIndex]! += 1
      this.#context.accepted(found.keyIndex)
    } else if (found.reason !== 'absent') {
      this.#context.rejected(found.reason)
    }
    return found
  }

  // Whoever ends a session of another library there must be able to write it here.
  #adopts (): boolean {
    const { adopt, adoptInto } = this.#settings
    if (adopt.length === 0) return false
    // Also of an accepted cookie, whose data the schema may refuse.
    const { reason, bound } = this.state
    if (reason === 'unavailable' || this.#context.readOnly || this.#context.headersSent()) return false
    // A bound session stays so.
    return reason !== undefined || (adoptInto !== undefined && !bound)
  }

  // Sessions of another library go on here.
  async #adopt (): Promise<void> {
    const { reason, data } = this.state
    for await (const candidate of this.#context.adoptCandidates(reason === undefined ? clone(data) : undefined)) {
      if (candidate === undefined || candidate === null) continue
      const adopted = this.#adopted(candidate)
      if (typeof adopted !== 'string') {
        this.madeState = adopted
        return
      }
      this.#context.adoptRejected(adopted)
    }
  }

  /** The session that goes on with what `adopt` returned, or what is wrong with that. */
  #adopted (candidate: unknown): SessionState | string {
    try {
      const parts = isPlainObject(candidate) ? extractMetadata(clone(candidate)) : undefined
      if (parts === undefined) return 'something other than an object of data'
      const decoded = this.#settings.schema.decode(parts.data)
      if (!decoded.ok) return refusal(decoded.issues)
      const state = this.#goOnWith(parts.data, decoded.data, parts.metadata.permanent)
      // It would fail all requests of its user.
      assertSavable(state.data, state.metadataToWrite(this.openedAt), this.#settings, state.received)
      return state
    } catch (error) {
      return error instanceof SessionError ? `data that no session can hold: ${error.message}` : 'data that cannot be read'
    }
  }

  // A new session, also in the place of one that was accepted: whoever planted that one does not get the login. Of what it
  // held, all goes on that was not adopted.
  #goOnWith (given: Payload, decoded: Payload, permanent: boolean): SessionState {
    const { reason, data, received } = this.state
    const adopted = Object.entries(decoded).filter(([key]) => Object.hasOwn(given, key))
    const state = reason === undefined
      ? this.#newState(undefined, { ...data, ...Object.fromEntries(adopted) }, received)
      : this.#newState(reason, decoded)
    state.adopt(permanent)
    return state
  }

  #makeState (): SessionState {
    const found = this.verify()
    if (!found.ok) return this.#newState(found.reason)
    const decoded = decodeData(found.data, this.#settings)
    if (decoded.ok) {
      const { data, received, migrated } = decoded
      const { signedAt, metadata } = found
      const initial = received.snapshot
      const state = new SessionState(this.#settings, this.#guard, {
        reason: undefined, now: this.openedAt, signedAt, isDue: isDue(found, this.#settings, this.openedAt), metadata, data, initial, received
      })
      state.touched = migrated && !this.#context.readOnly
      this.unchanged = migrated ? undefined : state.initial
      return state
    }
    if (decoded.cause !== undefined) this.#context.migrateFailed(decoded.cause)
    // It is the Flask app's session too.
    if (this.#settings.format === 'flask') this.refused = found
    this.#judge({ ok: false, reason: 'schema' })
    return this.#newState('schema')
  }

  #newState (reason: RejectionReason | undefined, adopted?: Payload, before?: ReceivedData): SessionState {
    const { schema } = this.#settings
    const now = this.openedAt
    const [data, initial] = adopted === undefined ? [schema.defaults(), schema.empty] : [adopted, schema.snapshot(adopted)]
    const received = this.refused ? { data: this.refused.data, snapshot: schema.empty } : before
    const metadata = this.refused?.metadata ?? emptyMetadata
    return new SessionState(this.#settings, this.#guard, { reason, now, signedAt: undefined, isDue: false, metadata, data, initial, received })
  }
}

function refusal (issues: (Decoded & { ok: false })['issues']): string {
  return `data that the schema refuses${issues.length === 0 ? '' : `: ${describeIssues(issues)}`}`
}
