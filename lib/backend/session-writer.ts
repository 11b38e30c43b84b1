import { randomBytes } from 'node:crypto'
import type { Payload } from '../payload/payload.ts'
import type { IdentifiedMetadata } from '../token/metadata.ts'
import { ConflictError } from '../util/errors.ts'
import { equal } from '../util/objects.ts'
import { hashKey } from '../util/session-id.ts'
import type { LoadedSession, PendingWrite } from './backend.ts'
import type { Era } from './era.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { KeptSession, Records, SessionRecord } from './records.ts'
import type { SessionLimit } from './session-limit.ts'
import type { SubjectIndex } from './subject-index.ts'

export interface WriterSettings {
  /** Whether the cookie carries the data, rather than the record. */
  readonly dataInCookie: boolean
  /** Whose session it is: all of these can end it. Throws FST_TYPED_SESSION_INVALID_SUBJECT, and what the app's function throws. */
  readonly subjectsOf: (data: Payload) => readonly string[]
  /** Whether a write that comes too late overwrites the one that came first. */
  readonly lastWriterWins: boolean
}

const minute = 60
const maxTries = 10
// As many writes of others, and the own one can still be told from its mark.
const marked = 8

/** Writes the records of sessions: each write is done to the version that was read, or not at all. */
export class SessionWriter {
  readonly #settings: WriterSettings
  readonly #records: Records
  readonly #index: SubjectIndex
  readonly #era: Era
  readonly #lifetimes: Lifetimes
  readonly #limit: SessionLimit | undefined

  constructor (
    settings: WriterSettings, records: Records, index: SubjectIndex, era: Era, lifetimes: Lifetimes, limit: SessionLimit | undefined
  ) {
    this.#settings = settings
    this.#records = records
    this.#index = index
    this.#era = era
    this.#lifetimes = lifetimes
    this.#limit = limit
  }

  /** See `SessionBackend.save()`. */
  async save (before: LoadedSession | undefined, pending: PendingWrite, now: number): Promise<LoadedSession> {
    const { metadata, data } = pending
    const kept = before?.kept
    const subjects = this.#settings.subjectsOf(data)
    if (kept === undefined || kept.id !== metadata.id) {
      return saved(pending, now, await this.#admitted(subjects, undefined, now, () => this.#begin(pending, subjects, now)))
    }
    if (this.#settings.dataInCookie && isSame(subjects, kept.record) && isUnchanged(kept.record, metadata)) {
      return await this.#refreshChanged(kept, { metadata, data, kept, signedAt: before?.signedAt ?? now }, now)
    }
    return saved(pending, now, await this.#admitted(subjects, kept, now, () => this.#rewrite(kept, fieldsOf(metadata, now), pending, subjects, now)))
  }

  /**
   * Notes that a session was seen. The version stays, so who writes at the same time is not in conflict with who reads.
   * Resolves to false where another request ended or changed the session.
   */
  async refresh (kept: KeptSession, data: Payload, slides: boolean, now: number): Promise<KeptSession | false> {
    const { id, version } = kept
    const at = slides || this.#settings.dataInCookie ? now : kept.record.at
    const record = await this.#listed(kept, { ...kept.record, seen: now, at }, this.#settings.subjectsOf(data), now)
    if (await this.#records.replace(id, record, this.#lifetimes.ttl(record, now), version, version)) return { id, version, record }
    const found = await this.#records.find(id)
    return found !== undefined && wasBound(kept, found) ? await this.refresh(found, data, slides, now) : false
  }

  /** Marks a record as bound to its device. Resolves to undefined where another request ended, changed or bound the session. */
  async bind (kept: KeptSession, now: number): Promise<KeptSession | undefined> {
    const { id, record: { key } } = kept
    let current: KeptSession | undefined = kept
    for (let tries = 0; tries < maxTries && current?.record.key === key && !current.record.metadata.bound; tries++) {
      const record: SessionRecord = { ...current.record, metadata: { ...current.record.metadata, bound: true } }
      const version = current.version + 1
      if (await this.#records.replace(id, record, this.#lifetimes.ttl(record, now), version, version - 1)) return { id, version, record }
      current = await this.#records.find(id)
    }
    return undefined
  }

  // The cookie has the change. It must not be good for longer than the record.
  async #refreshChanged (before: KeptSession, session: LoadedSession, now: number): Promise<LoadedSession> {
    if (!this.#lifetimes.isDue(before.record, now)) return { ...session, signedAt: now }
    const kept = await this.refresh(before, session.data, true, now).catch(() => undefined)
    if (kept === false) throw new ConflictError()
    return kept === undefined ? session : { ...session, kept, signedAt: now }
  }

  // The first subject is the user, who may not have too many sessions.
  async #admitted ([user]: readonly string[], before: KeptSession | undefined, now: number, write: () => Promise<KeptSession>): Promise<KeptSession> {
    if (this.#limit === undefined || user === undefined || user === before?.record.subjects?.[0]) return await write()
    await this.#limit.check(user, now)
    const session = await write()
    await this.#limit.admit(session, user, now)
    return session
  }

  async #begin (pending: PendingWrite, subjects: readonly string[], now: number): Promise<KeptSession> {
    const { metadata: { id }, data } = pending
    const fields = { ...fieldsOf(pending.metadata, now), ...this.#dataOf(data) }
    if (subjects.length === 0) {
      const record = { ...fields, era: await this.#era.current() }
      await this.#records.create(id, record, this.#lifetimes.ttl(record, now))
      return { id, version: 1, record }
    }
    // No one's at first, of no era, and for a minute: it is listed before it is its subject's.
    const [era] = await Promise.all([this.#era.current(), this.#records.create(id, { ...fields, era: '', data: {} }, minute)])
    try {
      return await this.#rewrite({ id, version: 1, record: { ...fields, era } }, fields, pending, subjects, now)
    } catch (error) {
      // Nobody's cookie brings it. Whatever comes of this, it is over in a minute, or no one's.
      await this.#records.delete(id).catch(() => {})
      throw error
    }
  }

  async #rewrite (
    kept: KeptSession, fields: Fields, { data: first, rebase }: PendingWrite, subjects: readonly string[], now: number
  ): Promise<KeptSession> {
    const { id } = kept
    const from = kept.record.data
    const mark = randomBytes(4).toString('base64url')
    let current = kept
    let data: Payload | undefined = first
    for (let tries = 0; data !== undefined && tries < maxTries; tries++) {
      const recent = [mark, ...current.record.recent ?? []].slice(0, marked)
      const next = { ...current.record, ...fields, metadata: stayBound(fields.metadata, current), ...this.#dataOf(data), recent }
      const owners = tries === 0 ? subjects : this.#settings.subjectsOf(data)
      const record = await this.#listed(current, next, owners, now)
      const version = current.version + 1
      const after = { id, version, record }
      const replace = () => this.#records.replace(id, record, this.#lifetimes.ttl(record, now), version, version - 1)
      // What was not answered may have been done, or be done later. Of the same write twice, one is done.
      let failure: unknown
      if (await replace().catch((error: unknown) => { failure = error; return replace() })) return after
      const found = await this.#records.find(id)
      if (found?.record.recent?.includes(mark)) return after
      if (failure !== undefined) throw failure
      if (found === undefined || found.record.key !== kept.record.key || found.version > version - 1 + marked) break
      if (!this.#settings.dataInCookie && !equal(from, found.record.data)) data = rebase(from, found.record.data) ?? (this.#settings.lastWriterWins ? data : undefined)
      current = found
    }
    throw new ConflictError()
  }

  /** The record as it is to be written, once its session is listed under its subjects for longer than it can live. */
  async #listed (kept: KeptSession, next: SessionRecord, subjects: readonly string[], now: number): Promise<SessionRecord> {
    if (subjects.length === 0) return { ...next, subjects: undefined, listed: undefined }
    const record = { ...next, subjects, listed: undefined }
    const ttl = this.#lifetimes.ttl(record, now)
    const { listed = 0 } = kept.record
    if (isSame(subjects, kept.record) && now + ttl <= listed) return { ...record, listed }
    const ahead = this.#lifetimes.listing(ttl)
    await Promise.all(subjects.map((subject) => this.#index.add(subject, kept.id, ahead + minute)))
    return { ...record, listed: now + ahead }
  }

  #dataOf (data: Payload): { readonly data: Payload } {
    return { data: this.#settings.dataInCookie ? {} : data }
  }
}

// A browser registers its device beside the requests of a page, which know nothing of that.
function stayBound (metadata: SessionRecord['metadata'], { record: { metadata: { device, bound } } }: KeptSession): SessionRecord['metadata'] {
  return bound && device === metadata.device ? { ...metadata, bound } : metadata
}

function wasBound (before: KeptSession, { record: { key, metadata } }: KeptSession): boolean {
  return key === before.record.key && metadata.bound === true && !before.record.metadata.bound
}

type Fields = Omit<SessionRecord, 'era' | 'data'>

function fieldsOf ({ id: _, key, scope: __, ...metadata }: IdentifiedMetadata, now: number): Fields {
  return { metadata, key: hashKey(key), at: now, seen: now }
}

function isSame (subjects: readonly string[], { subjects: before = [] }: SessionRecord): boolean {
  return equal(subjects, before)
}

// Whether the record says of a session what has to be known to end it in time.
function isUnchanged ({ key: keyHash, metadata }: SessionRecord, { key, lifetime, absoluteLifetime }: IdentifiedMetadata): boolean {
  return keyHash === hashKey(key) && metadata.lifetime === lifetime && metadata.absoluteLifetime === absoluteLifetime
}

function saved ({ metadata, data }: PendingWrite, signedAt: number, kept: KeptSession): LoadedSession {
  return { metadata, data, signedAt, kept }
}
