import { randomBytes } from 'node:crypto'
import type { Payload } from '../payload/payload.ts'
import type { IdentifiedMetadata, Metadata } from '../token/metadata.ts'
import { ConflictError } from '../util/errors.ts'
import { equal } from '../util/objects.ts'
import { hashKey } from '../util/session-id.ts'
import type { LoadedSession, PendingWrite } from './backend.ts'
import type { Era } from './era.ts'
import type { Leftovers } from './leftovers.ts'
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
  readonly #leftovers: Leftovers
  readonly #limit: SessionLimit | undefined

  constructor (
    settings: WriterSettings, records: Records, index: SubjectIndex, era: Era, lifetimes: Lifetimes, leftovers: Leftovers,
    limit: SessionLimit | undefined
  ) {
    this.#settings = settings
    this.#records = records
    this.#index = index
    this.#era = era
    this.#lifetimes = lifetimes
    this.#leftovers = leftovers
    this.#limit = limit
  }

  /** See `SessionBackend.save()`. */
  async save (loaded: LoadedSession | undefined, pending: PendingWrite, now: number): Promise<LoadedSession> {
    const { metadata, data } = pending
    const kept = loaded?.kept
    const subjects = this.#settings.subjectsOf(data)
    if (loaded === undefined || kept === undefined || kept.id !== metadata.id) {
      return saved(pending, now, await this.#admitted(subjects, undefined, now, () => this.#begin(pending, subjects, now)))
    }
    if (this.#settings.dataInCookie && isSame(subjects, kept.record) && isUnchanged(kept.record, metadata)) {
      return await this.#refreshChanged(kept, { metadata, data, kept, signedAt: loaded.signedAt }, now)
    }
    const before = { kept, metadata: loaded.metadata }
    return saved(pending, now, await this.#admitted(subjects, kept, now, () => this.#rewrite(before, fieldsOf(metadata, now), pending, subjects, now)))
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
    const { key } = kept.record
    const mark = newMark()
    let current: KeptSession | undefined = kept
    for (let tries = 0; tries < maxTries && current?.record.key === key && !current.record.metadata.bound; tries++) {
      const { record } = current
      const { done, found } = await this.#replace(current, { ...record, metadata: { ...record.metadata, bound: true } }, mark, now)
      if (done !== undefined) return done
      current = found
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
    const { metadata, data } = pending
    const { id } = metadata
    const fields = { ...fieldsOf(metadata, now), ...this.#dataOf(data) }
    // Of no era at first, and for a minute. So a store that does this once more, when the session has ended, brings nothing
    // back; and the session is listed before it is its subject's.
    const [era] = await Promise.all([this.#era.current(), this.#records.create(id, { ...fields, era: '', data: {} }, minute)])
    try {
      return await this.#rewrite({ metadata, kept: { id, version: 1, record: { ...fields, era } } }, fields, pending, subjects, now)
    } catch (error) {
      await this.#leftovers.discard(id)
      throw error
    }
  }

  async #rewrite (
    { kept, metadata: before }: Rewritten, fields: Fields, { data: first, rebase }: PendingWrite, subjects: readonly string[], now: number
  ): Promise<KeptSession> {
    const from = kept.record.data
    const mark = newMark()
    let current = kept
    let data: Payload | undefined = first
    for (let tries = 0; data !== undefined && tries < maxTries; tries++) {
      const metadata = mergeMetadata(before, fields.metadata, current)
      const next = { ...current.record, ...fields, metadata, ...this.#dataOf(data) }
      const owners = tries === 0 ? subjects : this.#settings.subjectsOf(data)
      const { done, found } = await this.#replace(current, await this.#listed(current, next, owners, now), mark, now)
      if (done !== undefined) return done
      if (found === undefined || found.record.key !== kept.record.key || found.version > current.version + marked) break
      if (!this.#settings.dataInCookie && !equal(from, found.record.data)) data = rebase(from, found.record.data) ?? (this.#settings.lastWriterWins ? data : undefined)
      current = found
    }
    throw new ConflictError()
  }

  /**
   * Writes a record in the place of the one that was read, or finds what is there instead. What was not answered may have
   * been done, or be done later: of the same write twice one is done, and its mark tells that it was.
   */
  async #replace (current: KeptSession, next: SessionRecord, mark: string, now: number): Promise<Replacement> {
    const { id, version: expected, record: { key, recent: others = [] } } = current
    const record = { ...next, recent: [mark, ...others].slice(0, marked) }
    const done = { id, version: expected + 1, record }
    const ttl = this.#lifetimes.ttl(record, now)
    let failure: unknown
    for (let tries = 0; tries < 2; tries++) {
      try {
        if (await this.#records.replace(id, record, ttl, done.version, expected)) return { done }
        break
      } catch (error) {
        failure = error
      }
    }
    try {
      const found = await this.#records.find(id)
      if (found?.record.recent?.includes(mark)) return { done }
      if (failure !== undefined) throw failure
      return { found }
    } catch (error) {
      // A login: the cookie of before is good no more if it was done.
      if (failure !== undefined && key !== record.key) this.#leftovers.discardWritten(id, mark)
      throw error
    }
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

/** A session that is written anew: as the store has it, and as the request found it. */
interface Rewritten {
  readonly kept: KeptSession
  readonly metadata: Metadata
}

/** What came of a write: it was done, or what is there instead. */
interface Replacement {
  readonly done?: KeptSession
  readonly found?: KeptSession | undefined
}

function newMark (): string {
  return randomBytes(4).toString('base64url')
}

// What this request left as it found it stays as another one made it. A browser registers its device beside the requests of
// a page, which know nothing of that.
function mergeMetadata (before: Metadata, own: Metadata, { record: { metadata: current } }: KeptSession): Metadata {
  const merge = <Name extends keyof Metadata>(name: Name) => own[name] === before[name] ? current[name] : own[name]
  return {
    ...own,
    permanent: merge('permanent'),
    lifetime: merge('lifetime'),
    absoluteLifetime: merge('absoluteLifetime'),
    bound: current.device === own.device ? current.bound ?? own.bound : own.bound
  }
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
