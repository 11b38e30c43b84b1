import type { CookieAttributes } from './cookies.ts'
import { InvalidDataError, InvalidLifetimeError } from './errors.ts'
import { isLifetime, markKeys, noMarks, type Marks } from './marks.ts'
import type { Payload } from './payload.ts'
import type { SessionSchema } from './schema.ts'
import type { RejectionReason, SessionControls } from './types.ts'
import { clone, equal } from './values.ts'

/** What a session object is made of. */
export interface SessionOrigin {
  readonly schema: SessionSchema
  /** The `lifetime` option, in seconds. */
  readonly maxLifetime: number
  /** Throws FST_TYPED_SESSION_INVALID_COOKIE. */
  readonly checkCookie: (attributes: CookieAttributes) => void
  /** Why there is no accepted cookie, undefined where there is one. */
  readonly reason: RejectionReason | undefined
  readonly marks: Marks
  /** Decoded data: the object takes it over. */
  readonly data: Payload
}

/** What a session object holds beside its data. The plugin keeps it too, and reads the outcome from it. */
export class SessionState {
  readonly origin: SessionOrigin
  readonly baseline: Payload | undefined
  // Data whose keys are names of the session's own, as a Flask app may write them: get and set reach them.
  readonly shadowed: Payload = Object.create(null)
  marks: Marks
  cookie: CookieAttributes = {}
  touched = false
  deleted = false
  // What the data look like where they are but the defaults that the object was last given.
  blank: Payload | undefined

  constructor (origin: SessionOrigin) {
    this.origin = origin
    this.marks = origin.marks
    this.baseline = this.outline(origin.data)
    this.blank = origin.reason === undefined ? this.outline(origin.schema.fresh()) : this.baseline
  }

  /** The data as they are now: later changes do not reach it. */
  outline (data: Payload): Payload | undefined {
    return clone(this.origin.schema.outline(data))
  }

  isModified (data: Payload): boolean {
    return this.touched ||
      this.marks.permanent !== this.origin.marks.permanent ||
      this.marks.lifetime !== this.origin.marks.lifetime ||
      !equal(this.baseline, this.origin.schema.outline(data))
  }

  /** Whether the data are those of a new session. */
  isEmpty (data: Payload): boolean {
    return equal(this.blank, this.origin.schema.outline(data))
  }
}

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
    this.#state.marks = { ...this.#state.marks, permanent: Boolean(permanent) }
  }

  get lifetime (): number {
    return this.#state.marks.lifetime ?? this.#state.origin.maxLifetime
  }

  set lifetime (lifetime: number | undefined) {
    const max = this.#state.origin.maxLifetime
    if (lifetime !== undefined && !(isLifetime(lifetime) && lifetime <= max)) throw new InvalidLifetimeError(max)
    this.#state.marks = { ...this.#state.marks, lifetime }
  }

  get new (): boolean {
    return this.#state.origin.reason !== undefined
  }

  get reason (): RejectionReason | undefined {
    return this.#state.origin.reason
  }

  get modified (): boolean {
    return this.#state.isModified(this.data())
  }

  get changed (): boolean {
    return this.modified
  }

  get deleted (): boolean {
    return this.#state.deleted && this.#state.isEmpty(this.data())
  }

  get (key: string): unknown {
    const from = this.#home(key)
    return Object.hasOwn(from, key) ? from[key] : undefined
  }

  set (key: string, value: unknown): void {
    if (value === undefined) {
      delete this.#home(key)[key]
      return
    }
    this.#state.origin.schema.check(key, value)
    this.#home(key)[key] = value
  }

  data (): Payload {
    return { ...this.#own, ...this.#state.shadowed }
  }

  touch (): void {
    this.#state.touched = true
  }

  delete (): void {
    this.#clear()
    this.#state.marks = noMarks
    this.#state.deleted = true
  }

  async regenerate (keep: readonly string[] = []): Promise<void> {
    const kept = Object.fromEntries(keep.map((key) => [key, this.get(key)]))
    this.#clear()
    this.#assign(kept)
    this.#state.touched = true
  }

  options (attributes: CookieAttributes): void {
    const cookie = { ...this.#state.cookie, ...attributes }
    this.#state.origin.checkCookie(cookie)
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
    return isReserved(key) ? this.#state.shadowed : this.#own
  }

  #assign (data: Payload): void {
    for (const key of Object.keys(data)) {
      if (data[key] !== undefined) this.#home(key)[key] = data[key]
    }
  }

  #clear (): void {
    for (const record of [this.#own, this.#state.shadowed]) {
      for (const key of Object.keys(record)) delete record[key]
    }
    this.#state.touched = false
    const fresh = this.#state.origin.schema.fresh()
    this.#state.blank = this.#state.outline(fresh)
    this.#assign(fresh)
  }
}

// An assignment to a control is a mistake of the app's: it fails at once, rather than hide the control.
Object.freeze(TypedSession.prototype)

/** Whether a key of the data would hide what the session or any object has. */
export function isReserved (key: string): boolean {
  return key in TypedSession.prototype || (markKeys as readonly string[]).includes(key)
}
