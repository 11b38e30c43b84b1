import type { Change } from '../session/cookie-action.ts'
import { expiry, pack, type CodecSettings, type Opened } from '../token/token.ts'
import { Epochs } from './epochs.ts'
import { ConflictError, StoreUnavailableError } from '../util/errors.ts'
import { handleOf } from '../util/session-id.ts'
import type { Keeper, KeeperSettings, Kept, Written } from './backend.ts'
import { splitMarks, type Marks } from '../token/metadata.ts'
import { decodePayload, type Payload } from '../payload/payload.ts'
import type { StoredRecord } from '../stores/store.ts'
import type { ListedSession, RejectedSession } from '../session/types.ts'

export interface ServerSessionsSettings extends KeeperSettings {
  readonly codec: CodecSettings
  /** What a user may see of each of their sessions. */
  readonly show: (data: Payload) => unknown
  /** Whether a write that comes too late overwrites the one that came first. */
  readonly lastWriterWins: boolean
}

/** How often a write is tried anew where others came first. */
const maxTries = 10

/** Sessions whose data are in a store, each under the hash of the id that its cookie carries. */
export class ServerSessions implements Keeper {
  readonly #settings: ServerSessionsSettings
  readonly #epochs: Epochs

  constructor (settings: ServerSessionsSettings) {
    this.#settings = settings
    this.#epochs = new Epochs(settings.store, settings.lifetime)
  }

  async load (opened: Opened): Promise<(Opened & Kept) | RejectedSession> {
    const { id } = opened.marks
    const kept = id === undefined ? undefined : await this.#find(handleOf(id))
    return kept === undefined ? { ok: false, reason: 'revoked' } : { ...opened, ...kept, marks: { ...kept.marks, id } }
  }

  async mark (before: Kept | undefined, { marks }: Written): Promise<Marks> {
    if (before !== undefined && before.marks.id === marks.id) return marks
    return { ...marks, era: await this.#epochs.current(this.#key('all')) }
  }

  async save (change: Change, before: Kept | undefined, after: Written | undefined, now: number): Promise<Kept | undefined> {
    if (after !== undefined) {
      return before !== undefined && before.marks.id === after.marks.id
        ? await this.#rewrite(before, after, now)
        : await this.#begin(before, after, now)
    }
    if (before !== undefined && change === 'delete') await this.#end(before)
    if (change === 'delete') return undefined
    return before === undefined || change !== 'refresh' || await this.#touch(before, now) ? before : undefined
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

  async #find (handle: string): Promise<Kept | undefined> {
    const [record, era] = await Promise.all([
      this.#settings.store.get(this.#key('record', handle)),
      this.#epochs.current(this.#key('all'))
    ])
    const kept = record && readRecord(record)
    return era === undefined || era === kept?.marks.era ? kept : undefined
  }

  async #begin (before: Kept | undefined, { marks, data }: Written, now: number): Promise<Kept> {
    const { store } = this.#settings
    const handle = handleIn(marks)
    const value = writeRecord(marks, data)
    // It is listed before it is there: who ends all of a subject's sessions must find it.
    await this.#track(handle, data, marks, now)
    await store.set(this.#key('record', handle), value, this.#ttl(marks, now), 0)
    // Who was ended in the meantime gets no new session in the old one's place.
    if (before !== undefined && !(await this.#replace(before, handle, this.#ttl(marks, now)))) {
      await this.#end({ marks, data })
      throw new ConflictError()
    }
    if (before !== undefined) await this.#unlist(before)
    return { marks, data, record: { value, version: 1 } }
  }

  /** Resolves to whether the old session was there, and is not replaced by another as well. */
  async #replace (before: Kept, successor: string, ttl: number): Promise<boolean> {
    const old = handleIn(before.marks)
    return await this.#find(old) !== undefined &&
      await this.#settings.store.set(this.#key('successor', old), successor, ttl, 0) &&
      await this.#settings.store.delete(this.#key('record', old))
  }

  async #rewrite (before: Kept, after: Written, now: number): Promise<Kept> {
    const { store, lastWriterWins, subjectOf } = this.#settings
    const { marks } = after
    const key = this.#key('record', handleIn(marks))
    let { data } = after
    let record: StoredRecord | undefined = before.record
    for (let tries = 0; record !== undefined && tries < maxTries; tries++) {
      await this.#track(handleIn(marks), data, marks, now)
      const value = writeRecord(marks, data)
      if (await store.set(key, value, this.#ttl(marks, now), record.version)) {
        const subject = subjectOf(before.data)
        if (subject !== undefined && subject !== subjectOf(data)) await store.unlink(this.#key('subject', subject), handleIn(marks))
        return { marks, data, record: { value, version: record.version + 1 } }
      }
      record = await store.get(key)
      const rebased = record && after.rebase(before.data, readRecord(record).data)
      if (rebased === undefined && !lastWriterWins) break
      data = rebased ?? data
    }
    throw new ConflictError()
  }

  async #touch ({ marks, data }: Kept, now: number): Promise<boolean> {
    const handle = handleIn(marks)
    const [touched] = await Promise.all([
      this.#settings.store.touch(this.#key('record', handle), this.#ttl(marks, now)),
      this.#track(handle, data, marks, now)
    ])
    return touched
  }

  async #end ({ marks, data }: Kept): Promise<void> {
    await this.revoke(handleIn(marks))
    await this.#unlist({ marks, data })
  }

  async #unlist ({ marks, data }: Kept): Promise<void> {
    const { store, subjectOf } = this.#settings
    const handle = handleIn(marks)
    const subject = subjectOf(data)
    if (subject === undefined) return
    await Promise.all([store.unlink(this.#key('subject', subject), handle), store.delete(this.#key('seen', handle))])
  }

  /** Lists the session under its subject, as seen now. */
  async #track (handle: string, data: Payload, marks: Marks, now: number): Promise<void> {
    const { store, subjectOf } = this.#settings
    const subject = subjectOf(data)
    if (subject === undefined) return
    const ttl = this.#ttl(marks, now)
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
    const created = Number(kept.marks.login)
    return [{
      id: handle,
      createdAt: new Date(created * 1000),
      lastSeenAt: new Date(Number(seen?.value ?? created) * 1000),
      data: this.#settings.show(kept.data)
    }]
  }

  #ttl (marks: Marks, now: number): number {
    return Math.max(1, expiry(now, marks, this.#settings.codec) - now)
  }

  #key (kind: 'all' | 'record' | 'seen' | 'subject' | 'successor', name: string = ''): string {
    return `${this.#settings.cookieName}:${kind}:${name}`
  }
}

function handleIn ({ id }: Marks): string {
  return handleOf(String(id))
}

// The id is not in its record: who reads the store cannot make a cookie of it, even with the secret.
function writeRecord ({ id: _, ...marks }: Marks, data: Payload): string {
  return pack(marks, data)
}

function readRecord (record: StoredRecord): Kept {
  const payload = decodePayload(record.value)
  const parts = payload && splitMarks(payload)
  if (parts === undefined) throw new StoreUnavailableError({ cause: new TypeError('the record is none of a session') })
  return { ...parts, record }
}
