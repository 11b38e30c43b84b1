import { expiry, encodeBody, type TokenSettings, type OpenedToken } from '../token/token.ts'
import { Epochs } from './epochs.ts'
import { ConflictError, StoreUnavailableError } from '../util/errors.ts'
import { hashSessionId } from '../util/session-id.ts'
import type { SessionBackend, BackendSettings, LoadedSession, PendingWrite } from './backend.ts'
import { extractMetadata, type Metadata } from '../token/metadata.ts'
import { decodePayload, type Payload } from '../payload/payload.ts'
import type { StoredRecord } from '../stores/store.ts'
import type { ListedSession, RejectedSession } from '../session/types.ts'

export interface ServerSessionsSettings extends BackendSettings {
  readonly token: TokenSettings
  /** What a user may see of each of their sessions. */
  readonly describe: (data: Payload) => unknown
  /** Whether a write that comes too late overwrites the one that came first. */
  readonly lastWriterWins: boolean
}

/** How often a write is tried anew where others came first. */
const maxTries = 10

/** Sessions whose data are in a store, each under the hash of the id that its cookie carries. */
export class ServerSessions implements SessionBackend {
  readonly #settings: ServerSessionsSettings
  readonly #epochs: Epochs

  constructor (settings: ServerSessionsSettings) {
    this.#settings = settings
    this.#epochs = new Epochs(settings.store, settings.lifetime)
  }

  async load (opened: OpenedToken): Promise<(OpenedToken & LoadedSession) | RejectedSession> {
    const { id } = opened.metadata
    const kept = id === undefined ? undefined : await this.#find(hashSessionId(id))
    return kept === undefined ? { ok: false, reason: 'revoked' } : { ...opened, ...kept, metadata: { ...kept.metadata, id, scope: opened.metadata.scope } }
  }

  async prepareMetadata (before: LoadedSession | undefined, { metadata }: PendingWrite): Promise<Metadata> {
    if (before !== undefined && before.metadata.id === metadata.id) return metadata
    return { ...metadata, globalEpoch: await this.#epochs.current(this.#key('all')) }
  }

  async write (before: LoadedSession | undefined, pending: PendingWrite, now: number): Promise<LoadedSession> {
    return before !== undefined && before.metadata.id === pending.metadata.id
      ? await this.#rewrite(before, pending, now)
      : await this.#begin(before, pending, now)
  }

  async refresh (before: LoadedSession, now: number): Promise<LoadedSession | undefined> {
    return await this.#touch(before, now) ? before : undefined
  }

  async end (before: LoadedSession): Promise<void> {
    await this.#end(before)
  }

  // A session that was replaced a moment ago goes on under another handle.
  async revoke (handle: string): Promise<void> {
    const { store } = this.#settings
    if (await store.delete(this.#key('record', handle))) return
    const successor = await store.get(this.#key('successor', handle))
    if (successor !== undefined) await this.revoke(successor.value)
  }

  // A session that is replaced while this runs is listed under both handles before the old one ends: it is found next.
  async revokeSubject (subject: string, except?: string): Promise<void> {
    const ended = new Set([except])
    for (let left = await this.#handles(subject, ended); left.length > 0; left = await this.#handles(subject, ended)) {
      await Promise.all(left.map((handle) => this.revoke(handle)))
      for (const handle of left) ended.add(handle)
    }
  }

  revokeAll (): Promise<void> {
    return this.#epochs.begin(this.#key('all'))
  }

  async listSubject (subject: string): Promise<ListedSession[]> {
    const handles = await this.#handles(subject, new Set())
    const sessions = await Promise.all(handles.map((handle) => this.#describe(handle, subject)))
    return sessions.flat().sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
  }

  async #find (handle: string): Promise<LoadedSession | undefined> {
    const [record, era] = await Promise.all([
      this.#settings.store.get(this.#key('record', handle)),
      this.#epochs.current(this.#key('all'))
    ])
    const kept = record && readRecord(record)
    return era === undefined || era === kept?.metadata.globalEpoch ? kept : undefined
  }

  async #begin (before: LoadedSession | undefined, { metadata, data }: PendingWrite, now: number): Promise<LoadedSession> {
    const { store } = this.#settings
    const handle = handleIn(metadata)
    const value = writeRecord(metadata, data)
    // It is listed before it is there: who ends all of a subject's sessions must find it.
    await this.#track(handle, data, metadata, now)
    await store.set(this.#key('record', handle), value, this.#ttl(metadata, now), 0)
    // Who was ended in the meantime gets no new session in the old one's place.
    if (before !== undefined && !(await this.#replace(before, handle, this.#ttl(metadata, now)))) {
      await this.#end({ metadata, data })
      throw new ConflictError()
    }
    if (before !== undefined) await this.#unlist(before)
    return { metadata, data, record: { value, version: 1 } }
  }

  /** Resolves to whether the old session was there, and is not replaced by another as well. */
  async #replace (before: LoadedSession, successor: string, ttl: number): Promise<boolean> {
    const old = handleIn(before.metadata)
    return await this.#find(old) !== undefined &&
      await this.#settings.store.set(this.#key('successor', old), successor, ttl, 0) &&
      await this.#settings.store.delete(this.#key('record', old))
  }

  async #rewrite (before: LoadedSession, after: PendingWrite, now: number): Promise<LoadedSession> {
    const { store, lastWriterWins, subjectOf } = this.#settings
    const { metadata } = after
    const key = this.#key('record', handleIn(metadata))
    let { data } = after
    let record: StoredRecord | undefined = before.record
    for (let tries = 0; record !== undefined && tries < maxTries; tries++) {
      await this.#track(handleIn(metadata), data, metadata, now)
      const value = writeRecord(metadata, data)
      if (await store.set(key, value, this.#ttl(metadata, now), record.version)) {
        const subject = subjectOf(before.data)
        if (subject !== undefined && subject !== subjectOf(data)) await store.unlink(this.#key('subject', subject), handleIn(metadata))
        return { metadata, data, record: { value, version: record.version + 1 } }
      }
      record = await store.get(key)
      const rebased = record && after.rebase(before.data, readRecord(record).data)
      if (rebased === undefined && !lastWriterWins) break
      data = rebased ?? data
    }
    throw new ConflictError()
  }

  async #touch ({ metadata, data }: LoadedSession, now: number): Promise<boolean> {
    const handle = handleIn(metadata)
    const [touched] = await Promise.all([
      this.#settings.store.touch(this.#key('record', handle), this.#ttl(metadata, now)),
      this.#track(handle, data, metadata, now)
    ])
    return touched
  }

  async #end ({ metadata, data }: LoadedSession): Promise<void> {
    await this.revoke(handleIn(metadata))
    await this.#unlist({ metadata, data })
  }

  async #unlist ({ metadata, data }: LoadedSession): Promise<void> {
    const { store, subjectOf } = this.#settings
    const handle = handleIn(metadata)
    const subject = subjectOf(data)
    if (subject === undefined) return
    await Promise.all([store.unlink(this.#key('subject', subject), handle), store.delete(this.#key('seen', handle))])
  }

  /** Lists the session under its subject, as seen now. */
  async #track (handle: string, data: Payload, metadata: Metadata, now: number): Promise<void> {
    const { store, subjectOf } = this.#settings
    const subject = subjectOf(data)
    if (subject === undefined) return
    const ttl = this.#ttl(metadata, now)
    await Promise.all([
      store.link(this.#key('subject', subject), handle, ttl),
      store.set(this.#key('seen', handle), String(now), ttl)
    ])
  }

  async #handles (subject: string, but: ReadonlySet<string | undefined>): Promise<string[]> {
    const handles = await this.#settings.store.list(this.#key('subject', subject))
    return handles.filter((handle) => !but.has(handle))
  }

  async #describe (handle: string, subject: string): Promise<ListedSession[]> {
    const [kept, seen] = await Promise.all([this.#find(handle), this.#settings.store.get(this.#key('seen', handle))])
    if (kept === undefined || this.#settings.subjectOf(kept.data) !== subject) return []
    const created = Number(kept.metadata.authenticatedAt)
    return [{
      id: handle,
      createdAt: new Date(created * 1000),
      lastSeenAt: new Date(Number(seen?.value ?? created) * 1000),
      data: this.#settings.describe(kept.data)
    }]
  }

  #ttl (metadata: Metadata, now: number): number {
    return Math.max(1, expiry(now, metadata, this.#settings.token) - now)
  }

  #key (kind: 'all' | 'record' | 'seen' | 'subject' | 'successor', name: string = ''): string {
    return `${this.#settings.cookieName}:${kind}:${name}`
  }
}

function handleIn ({ id }: Metadata): string {
  return hashSessionId(String(id))
}

// The id is not in its record: who reads the store cannot make a cookie of it, even with the secret. Nor is the cookie's scope.
function writeRecord ({ id: _, scope: __, ...metadata }: Metadata, data: Payload): string {
  return encodeBody(metadata, data)
}

function readRecord (record: StoredRecord): LoadedSession {
  const payload = decodePayload(record.value)
  const parts = payload && extractMetadata(payload)
  if (parts === undefined) throw new StoreUnavailableError({ cause: new TypeError('the record is none of a session') })
  return { ...parts, record }
}
