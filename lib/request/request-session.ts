import { Arrival, type RequestContext } from './incoming-session.ts'
import { decide, type Change, type Outcome } from '../session/cookie-action.ts'
import { expiry, pack, seal, type Opened } from '../token/token.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { ReadOnlyError } from '../util/errors.ts'
import type { Keeper, Kept, Written } from '../backend/backend.ts'
import { noMarks, type Marks } from '../token/metadata.ts'
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

/**
 * One session of one request, from its cookies to its Set-Cookie. Nothing is verified before the session is asked for,
 * or closed.
 */
export class RequestSession {
  readonly #settings: Settings
  readonly #context: RequestContext
  readonly #arrival: Arrival
  // The session as the store has it: what was loaded, then what was saved.
  #kept: Kept | undefined
  #state: SessionState | undefined
  #session: TypedSession | undefined
  // What the last response that was made carries.
  #carried: Payload | undefined
  #failed = false
  #watched = false

  constructor (settings: Settings, tokens: readonly string[], context: RequestContext) {
    this.#settings = settings
    this.#context = context
    this.#arrival = new Arrival(settings, tokens, context)
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
  async load (keeper: Keeper): Promise<void> {
    this.#kept = await this.#arrival.load(keeper)
  }

  /** Decides and seals. Throws where the app left a session that cannot be saved: once, and then nothing is sent. */
  close (): Result {
    const now = this.#arrival.seconds()
    if (this.#failed) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const result = this.#save(now, this.#change(now))
    return this.#done(result)
  }

  /** Decides, has the store follow, and seals. Rejects as `close()` throws, and with what the keeper rejects with. */
  async closeKept (keeper: Keeper): Promise<Result> {
    const now = this.#arrival.seconds()
    // A request that was answered before the store was asked leaves the session as it is.
    const { judged } = this.#arrival
    if (this.#failed || judged === undefined) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const change = this.#change(now)
    if (change !== 'keep' && !judged.ok && judged.reason === 'unavailable') throw judged.cause
    const written = change === 'write' ? await this.#written(keeper, now) : undefined
    const result = this.#save(now, change)
    this.#kept = await keeper.save(change, this.#kept, written, now)
    // Ended while this request ran: a refresh must not look like a session.
    const gone = change === 'refresh' && this.#kept === undefined
    return this.#done(gone ? this.#result('keep', '', now, undefined) : result)
  }

  #done (result: Result): Result {
    this.#failed = false
    this.#carried = this.#watched && changesData(result.change) ? this.#snapshot() : undefined
    this.#context.changed(result.change)
    return result
  }

  /** Says that `unsaved` will be asked, which without has no answer once a response was made. */
  watch (): void {
    this.#watched = true
  }

  /** Whether the session was changed, and no response that was made carries it. */
  get unsaved (): boolean {
    if (this.#session === undefined || this.#failed) return false
    if (this.#carried !== undefined) return !equal(this.#carried, this.#snapshot())
    const { modified, deleted } = this.#session
    return (modified || deleted) && changesData(this.#change(this.#arrival.seconds()))
  }

  #snapshot (): Payload {
    const state = this.#state as SessionState
    const { marks, cookie, touched, deleted } = state
    return { data: state.outline(TypedSession.look(this.session)), marks: { ...marks }, cookie, touched, deleted }
  }

  #change (now: number): Change {
    return decide(this.#outcome(this.#arrival.open(), now), this.#settings.refresh)
  }

  #save (now: number, change: Change): Result {
    const found = this.#arrival.open()
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
    const data = this.#session === undefined ? {} : TypedSession.look(this.#session)
    const modified = this.#state?.isModified(data) ?? false
    const deleted = this.#state?.deleted ?? false
    return {
      age: found.ok ? now - found.signedAt : undefined,
      sent: this.#arrival.sent,
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
    const found = this.#arrival.judged
    const before = found?.ok && !state.deleted ? { origin: found.origin, body: found.body, untouched: this.#arrival.untouched } : undefined
    const token = this.#settings.dataInCookie
      ? sealData(TypedSession.look(this.session), marks, this.#settings, now, before)
      : seal(packId(marks), this.#settings, now)
    return this.#sealed('write', token, marks, now, now)
  }

  async #written (keeper: Keeper, now: number): Promise<Written> {
    const state = this.#state as SessionState
    const written = {
      marks: state.marksToWrite(now),
      data: encodeData(TypedSession.look(this.session), this.#settings),
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
