import type { CookieAttributes } from '../util/cookies.ts'
import { InvalidDataError, InvalidOptionError } from '../util/errors.ts'
import { handleOf } from '../util/session-id.ts'
import { checkLifetime, markKeys, noMarks, refuseMark } from '../token/metadata.ts'
import type { Payload } from '../payload/payload.ts'
import { plain } from '../payload/python-types.ts'
import type { SessionState } from './session-state.ts'
import type { RejectionReason, SessionControls } from './types.ts'
import { withoutUndefined } from '../util/objects.ts'

/**
 * The session that a handler reads and writes. Data are own, plain properties, so that spread, `delete`, JSON and
 * `Object.keys` see them and nothing else; the controls lie on the prototype.
 */
export class TypedSession implements SessionControls<Payload> {
  readonly #state: SessionState

  constructor (state: SessionState) {
    this.#state = state
    this.#assign(state.origin.data)
  }

  get permanent (): boolean {
    return this.#state.marks.permanent
  }

  set permanent (permanent: boolean) {
    this.#state.origin.guard.refuseChange()
    this.#state.marks = { ...this.#state.marks, permanent: Boolean(permanent) }
  }

  get lifetime (): number {
    const max = this.#state.origin.settings.lifetime
    return Math.min(this.#state.marks.lifetime ?? max, max)
  }

  set lifetime (lifetime: number | undefined) {
    this.#state.origin.guard.refuseChange()
    checkLifetime(lifetime, this.#state.origin.settings.lifetime)
    this.#state.marks = { ...this.#state.marks, lifetime }
  }

  get new (): boolean {
    return this.#state.origin.reason !== undefined
  }

  get reason (): RejectionReason | undefined {
    return this.#state.origin.reason
  }

  get modified (): boolean {
    return this.#state.isModified(TypedSession.look(this))
  }

  get changed (): boolean {
    return this.modified
  }

  get deleted (): boolean {
    return this.#state.deleted && this.#state.isEmpty(TypedSession.look(this))
  }

  get sessionId (): string | undefined {
    const { id } = this.#state.marks
    return id === undefined ? undefined : handleOf(id)
  }

  get issuedAt (): Date | undefined {
    return dateOf(this.#state.origin.signedAt)
  }

  get authenticatedAt (): Date | undefined {
    return dateOf(this.#state.marks.login)
  }

  get expiresAt (): Date {
    return new Date(this.#state.expiry(TypedSession.look(this)) * 1000)
  }

  reauthenticatedWithin (seconds: number): boolean {
    const { marks: { login }, origin: { now, settings } } = this.#state
    if (settings.absoluteLifetime === undefined) {
      throw new InvalidOptionError('`reauthenticatedWithin()` needs the time of login, which the option `absoluteLifetime` keeps')
    }
    return login !== undefined && now - login <= seconds
  }

  get (key: string): unknown {
    const from = this.#home(key)
    return Object.hasOwn(from, key) ? from[key] : undefined
  }

  set (key: string, value: unknown): void {
    this.#state.origin.guard.refuseChange()
    if (value === undefined) {
      delete this.#home(key)[key]
      return
    }
    refuseMark(key)
    this.#state.origin.settings.schema.check(key, plain(value))
    this.#home(key)[key] = value
  }

  data (): Payload {
    return { ...this.#own, ...this.#state.shadowed }
  }

  /** The data for a look at them: the session itself, where that holds them all. */
  static look (session: TypedSession): Payload {
    return session.#state.shadowed === undefined ? session.#own : session.data()
  }

  update (change: (data: Payload) => void): void {
    change(this.#own)
    this.#state.updates.push(change)
  }

  touch (): void {
    this.#state.origin.guard.refuseChange()
    this.#state.touched = true
  }

  delete (): void {
    this.#state.origin.guard.refuseChange()
    this.#clear()
    this.#state.marks = noMarks
    this.#state.deleted = true
  }

  async regenerate (keep: readonly string[] = []): Promise<void> {
    this.#state.origin.guard.refuseChange()
    const kept = keep.map((key) => [key, this.get(key)] as const)
    this.#clear()
    for (const [key, value] of kept) if (value !== undefined) this.#home(key)[key] = value
    this.#state.marks = { ...this.#state.marks, login: undefined, id: undefined }
    this.#state.marks = this.#state.marksToWrite(this.#state.origin.now)
    this.#state.touched = true
  }

  options (attributes: CookieAttributes): void {
    this.#state.origin.guard.refuseChange()
    const cookie = { ...this.#state.cookie, ...withoutUndefined(attributes) }
    this.#state.origin.settings.checkCookie(cookie)
    this.#state.cookie = cookie
  }

  get __proto__ (): object {
    return TypedSession.prototype
  }

  // Assigned by a merge of foreign data, it would take the controls away.
  set __proto__ (_: unknown) {
    throw new InvalidDataError('__proto__')
  }

  get #own (): Payload {
    return this as unknown as Payload
  }

  #home (key: string): Payload {
    if (!isReserved(key)) return this.#own
    this.#state.shadowed ??= Object.create(null) as Payload
    return this.#state.shadowed
  }

  // At once where every key can be a property of its own, as all can that a schema names.
  #assign (data: Payload): void {
    const keys = Object.keys(data)
    if (!keys.some((key) => isReserved(key) || data[key] === undefined)) Object.assign(this, data)
    else for (const key of keys) if (data[key] !== undefined) this.#home(key)[key] = data[key]
  }

  #clear (): void {
    for (const key of Object.keys(this)) delete this.#own[key]
    this.#state.shadowed = undefined
    this.#state.touched = false
    const fresh = this.#state.origin.settings.schema.fresh()
    this.#state.blank = this.#state.outline(fresh)
    this.#assign(fresh)
  }
}

// An assignment to a control is a mistake of the app's: it fails at once, rather than hide the control.
Object.freeze(TypedSession.prototype)

const reserved = new Set([...markKeys, ...[TypedSession.prototype, Object.prototype].flatMap(Object.getOwnPropertyNames)])

/** Whether a key of the data would hide what the session or any object has. */
export function isReserved (key: string): boolean {
  return reserved.has(key)
}

function dateOf (seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000)
}
