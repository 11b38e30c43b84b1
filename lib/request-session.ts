import { decide, type Change, type Outcome } from './changes.ts'
import { cookieBytes, maxCookieBytes, open, pack, seal, type Opened } from './codec.ts'
import type { CookieAttributes } from './cookies.ts'
import { TooLargeError } from './errors.ts'
import { noMarks, type Marks } from './marks.ts'
import type { Settings } from './options.ts'
import { encodePayload, type Payload } from './payload.ts'
import { SessionState, TypedSession } from './session.ts'
import type { RejectionReason } from './types.ts'

interface Rejected {
  readonly ok: false
  readonly reason: RejectionReason
}

/** What a response does with the cookie. */
export interface Result {
  readonly change: Change
  /** Empty for `delete`. */
  readonly token: string
  /** Seconds until the cookie is to be gone; undefined for when the browser closes. */
  readonly expiresIn: number | undefined
  /** Seconds since 1970. */
  readonly now: number
  readonly attributes: CookieAttributes
}

/**
 * One session of one request, from its cookies to its Set-Cookie. Nothing is verified before it is asked for: a route
 * that leaves the session alone pays next to nothing.
 */
export class RequestSession {
  readonly #settings: Settings
  readonly #tokens: readonly string[]
  readonly #onRejected: (reason: RejectionReason) => void
  #found: Opened | Rejected | undefined
  #state: SessionState | undefined
  #session: TypedSession | undefined
  #failed = false

  constructor (settings: Settings, tokens: readonly string[], onRejected: (reason: RejectionReason) => void) {
    this.#settings = settings
    this.#tokens = tokens
    this.#onRejected = onRejected
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

  /** Decides and seals. Throws where the app left a session that cannot be saved: once, and then nothing is sent. */
  close (): Result {
    const now = this.#seconds()
    if (this.#failed) return this.#result('keep', '', now, undefined)
    this.#failed = true
    const result = this.#save(now)
    this.#failed = false
    return result
  }

  #seconds (): number {
    return Math.floor(this.#settings.now() / 1000)
  }

  #open (): Opened | Rejected {
    this.#found ??= this.#find()
    return this.#found
  }

  // A good cookie counts, though a bad one of the same name stands before it; of two good ones, neither does.
  #find (): Opened | Rejected {
    const now = this.#seconds()
    const [first, ...others] = this.#tokens
      .map((token) => open(token, this.#settings, now))
      .sort((a, b) => Number(b.ok) - Number(a.ok))
    if (first === undefined) return { ok: false, reason: 'absent' }
    if (others.some(({ ok }) => ok)) return this.#reject('ambiguous')
    return first.ok ? first : this.#reject(first.reason)
  }

  #reject (reason: RejectionReason): Rejected {
    this.#onRejected(reason)
    return { ok: false, reason }
  }

  #load (): SessionState {
    const { schema, lifetime: maxLifetime, checkCookie } = this.#settings
    const found = this.#open()
    const decoded = found.ok ? schema.decode(found.data) : found
    if (found.ok && decoded.ok) {
      return new SessionState({ schema, maxLifetime, checkCookie, reason: undefined, marks: found.marks, data: decoded.data })
    }
    const rejected = found.ok ? this.#reject('schema') : found
    this.#found = rejected
    return new SessionState({ schema, maxLifetime, checkCookie, reason: rejected.reason, marks: noMarks, data: schema.fresh() })
  }

  #save (now: number): Result {
    const found = this.#open()
    const change = decide(this.#outcome(found, now), this.#settings.refresh)
    if (change === 'delete') return this.#result(change, '', now, 0)
    if (change === 'write') return this.#write(now)
    if (change === 'keep' || !found.ok) return this.#result('keep', '', now, undefined)
    return this.#sign(change, found.body, found.marks, change === 'refresh' ? now : found.signedAt, now)
  }

  #outcome (found: Opened | Rejected, now: number): Outcome {
    const state = this.#state
    const data = this.#session?.data() ?? {}
    return {
      age: found.ok ? now - found.signedAt : undefined,
      sent: this.#tokens.length > 0,
      empty: state?.isEmpty(data) ?? false,
      modified: state?.isModified(data) ?? false,
      deleted: state?.deleted ?? false,
      permanent: found.ok && found.marks.permanent,
      oldSecret: found.ok && found.keyIndex > 0
    }
  }

  #write (now: number): Result {
    const { marks, origin } = this.#state as SessionState
    const data = origin.schema.encode(this.session.data())
    const result = this.#sign('write', pack(marks, data), marks, now, now)
    const size = cookieBytes(this.#settings.cookieName, result.token)
    if (size > maxCookieBytes) throw new TooLargeError(size, maxCookieBytes, largestKeys(data))
    return result
  }

  #sign (change: Change, body: string, marks: Marks, signedAt: number, now: number): Result {
    const lifetime = Math.min(marks.lifetime ?? Infinity, this.#settings.lifetime)
    const expiresIn = marks.permanent ? signedAt + lifetime - now : undefined
    return this.#result(change, seal(body, this.#settings, signedAt), now, expiresIn)
  }

  #result (change: Change, token: string, now: number, expiresIn: number | undefined): Result {
    return { change, token, expiresIn, now, attributes: { ...this.#settings.cookie, ...this.#state?.cookie } }
  }
}

function largestKeys (data: Payload): string {
  return Object.keys(data)
    .map((key) => ({ key, bytes: encodePayload({ [key]: data[key] }).length }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ key, bytes }) => `${key} (${bytes} bytes)`)
    .join(', ')
}
