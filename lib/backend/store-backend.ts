import { bind } from '../device-bound/binding.ts'
import type { Payload } from '../payload/payload.ts'
import type { ListedSession, RejectedSession } from '../session/types.ts'
import type { SessionStore } from '../stores/store.ts'
import type { Metadata } from '../token/metadata.ts'
import type { OpenedToken, TokenSettings } from '../token/token.ts'
import { InvalidOptionError } from '../util/errors.ts'
import { hashKey, recordIdOf, sessionIdOf } from '../util/session-id.ts'
import type { LoadedSession, PendingWrite, SessionBackend } from './backend.ts'
import { Era } from './era.ts'
import { Leftovers } from './leftovers.ts'
import { Lifetimes } from './lifetimes.ts'
import { Records, type KeptSession, type SessionRecord } from './records.ts'
import { SessionLimit, type LimitOptions } from './session-limit.ts'
import { SessionWriter, type WriterSettings } from './session-writer.ts'
import { checkSubject, SubjectIndex } from './subject-index.ts'

export interface StoreBackendSettings extends WriterSettings {
  readonly store: SessionStore
  readonly token: TokenSettings
  /** Seconds that a session must not have been seen for before a request says that it was. */
  readonly refreshAfter: number
  /** Whether the app says whose sessions are. */
  readonly hasSubjects: boolean
  /** How many sessions a subject may have. */
  readonly limit: LimitOptions | undefined
  /** What a user may see of each of their sessions. */
  readonly describe: (data: Payload) => unknown
  /** Whether cookies without an id are accepted whose data have no subject. */
  readonly acceptAnonymous: boolean
}

/**
 * Sessions that are good while a store has their records, whether the record or the cookie holds the data. A record has
 * one key for the session's whole life, so all that must not be torn apart is one conditional write, or one deletion.
 */
export class StoreBackend implements SessionBackend {
  readonly #settings: StoreBackendSettings
  readonly #records: Records
  readonly #index: SubjectIndex
  readonly #era: Era
  readonly #lifetimes: Lifetimes
  readonly #writer: SessionWriter

  constructor (settings: StoreBackendSettings) {
    const { store, token, refreshAfter, dataInCookie } = settings
    this.#settings = settings
    this.#records = new Records(store, token.cookieName)
    this.#index = new SubjectIndex(store, this.#records, token.cookieName)
    this.#era = new Era(store, `${token.cookieName}:era`)
    this.#lifetimes = new Lifetimes(token, refreshAfter, dataInCookie)
    const leftovers = new Leftovers(this.#records)
    const limit = settings.limit && new SessionLimit(settings.limit, store, token.cookieName, this.#index, this.#era, this.#lifetimes, leftovers)
    this.#writer = new SessionWriter(settings, this.#records, this.#index, this.#era, this.#lifetimes, leftovers, limit)
  }

  async load (opened: OpenedToken, now: number): Promise<(OpenedToken & LoadedSession) | RejectedSession> {
    const { id, key } = opened.metadata
    if (id === undefined) return this.#isVisitor(opened.data) ? { ...opened, kept: undefined } : revoked
    const [kept, era] = await Promise.all([this.#records.find(id), this.#era.recent()])
    if (kept === undefined || key === undefined || kept.record.key !== hashKey(key) || await this.#era.isOver(kept.record.era, era)) return revoked
    const loaded = this.#settings.dataInCookie ? fromBoth({ ...opened, kept }, kept.record) : fromRecord(opened, kept)
    return now > this.#lifetimes.expiry(kept.record, loaded.signedAt) ? { ok: false, reason: 'expired' } : loaded
  }

  isDue ({ record }: KeptSession, now: number): boolean {
    return this.#lifetimes.isDue(record, now)
  }

  save (before: LoadedSession | undefined, pending: PendingWrite, now: number): Promise<LoadedSession> {
    return this.#writer.save(before, pending, now)
  }

  async refresh (kept: KeptSession, data: Payload, slides: boolean, now: number): Promise<KeptSession | undefined> {
    const refreshed = await this.#writer.refresh(kept, data, slides, now).catch(() => false as const)
    return refreshed === false ? undefined : refreshed
  }

  async bind (id: string, device: string, now: number): Promise<Metadata | undefined> {
    const kept = await this.#findFor(id, device, now)
    return kept && (await this.#writer.bind(kept, now))?.record.metadata
  }

  async findBound (id: string, device: string, now: number): Promise<Metadata | undefined> {
    const metadata = (await this.#findFor(id, device, now))?.record.metadata
    return metadata?.bound ? metadata : undefined
  }

  async #findFor (id: string, device: string, now: number): Promise<KeptSession | undefined> {
    const [kept, era] = await Promise.all([this.#records.find(id), this.#era.recent()])
    if (kept?.record.metadata.device !== device || now > this.#lifetimes.lastExpiry(kept.record)) return undefined
    return await this.#era.isOver(kept.record.era, era) ? undefined : kept
  }

  end (kept: KeptSession): Promise<void> {
    return this.#index.end(kept)
  }

  async revoke (sessionId: string): Promise<void> {
    const kept = await this.#records.find(recordIdOf(sessionId))
    if (kept !== undefined) await this.#index.end(kept)
  }

  async revokeSubject (subject: string, except?: string): Promise<void> {
    await this.#index.endAll(this.#checkSubject(subject), except && recordIdOf(except))
  }

  revokeAll (): Promise<void> {
    return this.#era.end()
  }

  async listSubject (subject: string, now: number): Promise<ListedSession[]> {
    const [found, era] = await Promise.all([this.#index.find(this.#checkSubject(subject)), this.#era.current()])
    return found
      .filter(({ record }) => record.era === era && now <= this.#lifetimes.lastExpiry(record))
      .sort((a, b) => b.record.seen - a.record.seen)
      .map(({ id, record: { key, metadata, seen, data } }) => ({
        id: sessionIdOf(id, key),
        createdAt: new Date(Number(metadata.authenticatedAt) * 1000),
        lastSeenAt: new Date(seen * 1000),
        data: this.#settings.describe(data)
      }))
  }

  #checkSubject (subject: string): string {
    if (this.#settings.hasSubjects) return checkSubject(subject)
    throw new InvalidOptionError('`revokeSubject()` and `listSubject()` need the option `subject` beside the store, which tells whose a session is')
  }

  // Nothing of a visitor has to be ended. A session with a subject must be: no logout could reach its copies.
  #isVisitor (data: Payload): boolean {
    if (!this.#settings.acceptAnonymous) return false
    try {
      return this.#settings.subjectsOf(data).length === 0
    } catch {
      return false
    }
  }
}

const revoked: RejectedSession = { ok: false, reason: 'revoked' }

// The cookie may be older than what the record says: how long the session may live, and that its device registered.
function fromBoth (loaded: OpenedToken & LoadedSession, { metadata: { lifetime, absoluteLifetime, bound } }: SessionRecord): OpenedToken & LoadedSession {
  const { metadata } = loaded
  const isOlder = metadata.lifetime !== lifetime || metadata.absoluteLifetime !== absoluteLifetime
  const current = isOlder ? { ...loaded, body: undefined, metadata: { ...metadata, lifetime, absoluteLifetime } } : loaded
  return bound && !metadata.bound ? bind(current) : current
}

// All that the cookie knows is which session it is, and where it was set.
function fromRecord (opened: OpenedToken, kept: KeptSession): OpenedToken & LoadedSession {
  const { id, key, scope } = opened.metadata
  const { metadata, at: signedAt, data } = kept.record
  return { ...opened, signedAt, metadata: { ...metadata, id, key, scope }, data, kept }
}
