import { inspect, types } from 'node:util'
import type { ResponseCookieAttributes } from '../util/cookie-scope.ts'
import { AsyncUpdateError, InvalidDataError, InvalidOptionError } from '../util/errors.ts'
import { hashKey, sessionIdOf } from '../util/session-id.ts'
import { checkLifetime, checkMethods, checkPermanent, reservedKeys, emptyMetadata, refuseReservedKey } from '../token/metadata.ts'
import { maxMaxAge } from '../util/cookies.ts'
import type { Payload } from '../payload/payload.ts'
import { plain } from '../payload/python-types.ts'
import type { SessionSchema } from '../schema/schema.ts'
import { isPlainObject } from '../util/objects.ts'
import { keepOnly } from './rebase.ts'
import type { SessionState } from './session-state.ts'
import type { RegenerateOptions, RejectionReason, SessionControls } from './types.ts'

/**
 * The session that a handler reads and writes. Data are own, plain properties, so that spread, `delete`, JSON and
 * `Object.keys` see them and nothing else; the controls lie on the prototype.
 */
export class TypedSession implements SessionControls<Payload> {
  readonly #state: SessionState

  constructor (state: SessionState) {
    this.#state = state
    this.#assign(state.data)
  }

  get permanent (): boolean {
    return this.#state.metadata.permanent
  }

  set permanent (permanent: boolean | undefined) {
    this.#state.assertWritable()
    this.#state.metadata = { ...this.#state.metadata, permanent: checkPermanent(permanent) }
  }

  get lifetime (): number {
    const max = this.#state.settings.lifetime
    return Math.min(this.#state.metadata.lifetime ?? max, max)
  }

  set lifetime (lifetime: number | undefined) {
    this.#state.assertWritable()
    checkLifetime('lifetime', lifetime, this.#state.settings.lifetime)
    this.#state.metadata = { ...this.#state.metadata, lifetime }
  }

  get absoluteLifetime (): number | undefined {
    const max = this.#state.settings.absoluteLifetime
    const { absoluteLifetime = max } = this.#state.metadata
    return absoluteLifetime === undefined ? undefined : Math.min(absoluteLifetime, max ?? absoluteLifetime)
  }

  set absoluteLifetime (absoluteLifetime: number | undefined) {
    this.#state.assertWritable()
    checkLifetime('absoluteLifetime', absoluteLifetime, this.#state.settings.absoluteLifetime ?? maxMaxAge)
    this.#state.metadata = { ...this.#state.metadata, absoluteLifetime }
  }

  get new (): boolean {
    return this.#state.reason !== undefined
  }

  get reason (): RejectionReason | undefined {
    return this.#state.reason
  }

  get modified (): boolean {
    return this.#state.isModified(TypedSession.dataOf(this))
  }

  get changed (): boolean {
    return this.modified
  }

  get deleted (): boolean {
    return this.#state.deleted && this.#state.isEmpty(TypedSession.dataOf(this))
  }

  get bound (): boolean {
    return this.#state.bound
  }

  get sessionId (): string | undefined {
    const { id, key } = this.#state.metadata
    return id === undefined || key === undefined ? undefined : sessionIdOf(id, hashKey(key))
  }

  get issuedAt (): Date | undefined {
    return dateOf(this.#state.signedAt)
  }

  get authenticatedAt (): Date | undefined {
    return dateOf(this.#state.metadata.authenticatedAt)
  }

  get authenticatedBy (): readonly string[] {
    return [...this.#state.metadata.methods ?? []]
  }

  get expiresAt (): Date {
    return new Date(this.#state.expiry(TypedSession.dataOf(this)) * 1000)
  }

  reauthenticatedWithin (seconds: number, options?: { method: string }): boolean {
    const { metadata: { authenticatedAt, methods = [] }, now, settings } = this.#state
    // Otherwise any method would do for an app that asks for one whose name it does not know.
    if (options !== undefined && checkMethods((options as Partial<typeof options> | null)?.method) === undefined) throw new InvalidOptionError('`method` is missing')
    if (options === undefined && settings.absoluteLifetime === undefined && !settings.identified) {
      throw new InvalidOptionError('`reauthenticatedWithin()` needs the time of login, which the option `absoluteLifetime` keeps, ' +
        'and `regenerate()` with a `method`')
    }
    return authenticatedAt !== undefined && now - authenticatedAt <= seconds && (options === undefined || methods.includes(options.method))
  }

  get (key: string): unknown {
    const from = this.#recordFor(key)
    return Object.hasOwn(from, key) ? from[key] : undefined
  }

  set (key: string, value: unknown): void {
    this.#state.assertWritable()
    const { schema } = this.#state.settings
    if (value === undefined) {
      const defaults = schema.defaults()
      if (Object.hasOwn(defaults, key)) this.#own[key] = defaults[key]
      else delete this.#recordFor(key)[key]
      return
    }
    refuseReservedKey(key)
    schema.check(key, plain(value))
    this.#recordFor(key)[key] = value
  }

  data (): Payload {
    return { ...this.#own, ...this.#state.shadowed }
  }

  /** The data for a look at them: the session itself, where that holds them all. */
  static dataOf (session: TypedSession): Payload {
    return session.#state.shadowed === undefined ? session.#own : session.data()
  }

  update (change: (data: Payload) => void): void {
    this.#state.assertWritable()
    // What an asynchronous function does after its first `await` would be lost.
    const result: unknown = change(this.#own)
    if (types.isPromise(result)) throw new AsyncUpdateError()
    this.#state.updates.push(change)
  }

  touch (): void {
    this.#state.assertWritable()
    this.#state.touched = true
  }

  delete (): void {
    this.#state.assertWritable()
    this.#clear()
    this.#state.metadata = emptyMetadata
    this.#state.deleted = true
    this.#state.updates.length = 0
    this.#state.keptKeys = undefined
  }

  // Throws rather than rejects: an app that forgets to await would end with the process.
  regenerate (keep: readonly string[] = [], options: RegenerateOptions = {}): Promise<void> {
    this.#state.assertWritable()
    checkKeep(keep, this.#state.settings.schema)
    const methods = readMethods(options)
    const kept = keep.map((key) => [key, this.get(key)] as const)
    this.#clear()
    for (const [key, value] of kept) if (value !== undefined) this.#recordFor(key)[key] = value
    this.#state.keptKeys = [...keep]
    this.#state.updates.push((data) => { keepOnly(data, keep, this.#state.settings.schema.defaults()) })
    const begun = { authenticatedAt: undefined, methods, key: undefined }
    this.#state.metadata = { ...this.#state.metadata, ...begun, ...this.#state.deviceToOffer() }
    this.#state.metadata = this.#state.metadataToWrite(this.#state.now)
    this.#state.touched = true
    return Promise.resolve()
  }

  options (attributes: ResponseCookieAttributes): void {
    this.#state.assertWritable()
    this.#state.setAttributes(attributes)
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

  #recordFor (key: string): Payload {
    if (!isReserved(key)) return this.#own
    this.#state.shadowed ??= Object.create(null) as Payload
    return this.#state.shadowed
  }

  // At once where every key can be a property of its own, as all can that a schema names.
  #assign (data: Payload): void {
    const keys = Object.keys(data)
    if (!keys.some((key) => isReserved(key) || data[key] === undefined)) Object.assign(this, data)
    else for (const key of keys) if (data[key] !== undefined) this.#recordFor(key)[key] = data[key]
  }

  #clear (): void {
    for (const key of Object.keys(this)) delete this.#own[key]
    this.#state.shadowed = undefined
    this.#state.received = undefined
    this.#state.touched = false
    this.#assign(this.#state.settings.schema.defaults())
  }
}

// An assignment to a control is a mistake of the app's: it fails at once, rather than hide the control.
Object.freeze(TypedSession.prototype)

const reserved = new Set([...reservedKeys, ...[TypedSession.prototype, Object.prototype].flatMap(Object.getOwnPropertyNames)])

/** Whether a key of the data would hide what the session or any object has. */
export function isReserved (key: string): boolean {
  return reserved.has(key)
}

function checkKeep (keep: unknown, schema: SessionSchema): void {
  if (!Array.isArray(keep)) throw new InvalidOptionError('`regenerate()` takes a list of keys to keep, and no callback: it returns a promise')
  for (const key of keep) {
    if (typeof key !== 'string') throw new InvalidOptionError(`\`regenerate()\` keeps keys, which are strings, and not ${inspect(key)}`)
    if (!schema.allows(key)) throw new InvalidOptionError(`\`regenerate()\` cannot keep ${key}: the schema is strict and has no such key`)
  }
}

// Whoever misspells `method` would find out at the step-up, or when nobody is asked for the second factor.
function readMethods (options: unknown): readonly string[] | undefined {
  const unknown = isPlainObject(options) ? Object.keys(options).find((key) => key !== 'method') : ''
  if (unknown === undefined) return checkMethods((options as RegenerateOptions).method)
  throw new InvalidOptionError(`\`regenerate()\` takes keys to keep, and then an object with \`method\`${unknown && `, and not \`${unknown}\``}`)
}

function dateOf (seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000)
}
