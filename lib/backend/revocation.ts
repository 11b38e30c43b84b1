import type { OpenedToken } from '../token/token.ts'
import { Epochs } from './epochs.ts'
import { ConflictError, InvalidOptionError } from '../util/errors.ts'
import { hashSessionId } from '../util/session-id.ts'
import type { SessionBackend, BackendSettings, LoadedSession, PendingWrite } from './backend.ts'
import type { Metadata } from '../token/metadata.ts'
import type { ListedSession, RejectedSession } from '../session/types.ts'

/** Sessions whose data stay in the cookie, and a store that knows which of them were ended. */
export class Revocation implements SessionBackend {
  readonly #settings: BackendSettings
  readonly #epochs: Epochs

  constructor (settings: BackendSettings) {
    this.#settings = settings
    this.#epochs = new Epochs(settings.store, settings.lifetime)
  }

  async load (opened: OpenedToken): Promise<(OpenedToken & LoadedSession) | RejectedSession> {
    return await this.#isOver(opened) ? { ok: false, reason: 'revoked' } : opened
  }

  async prepareMetadata (before: LoadedSession | undefined, { metadata, data }: PendingWrite): Promise<Metadata> {
    const subject = this.#settings.subjectOf(data)
    const goesOn = before !== undefined && before.metadata.id === metadata.id
    if (goesOn && subject === this.#settings.subjectOf(before.data)) return metadata
    const [globalEpoch, subjectEpoch] = await Promise.all([
      // A session that goes on keeps the era in which it began: else a slow response would outlive the end of all.
      goesOn ? metadata.globalEpoch : this.#epochs.current(this.#key('all')),
      subject === undefined ? undefined : this.#epochs.current(this.#key('subject', subject))
    ])
    return { ...metadata, globalEpoch, subjectEpoch }
  }

  async write (before: LoadedSession | undefined, pending: PendingWrite): Promise<LoadedSession> {
    if (before !== undefined && before.metadata.id !== pending.metadata.id) await this.#replace(before, pending)
    return pending
  }

  async refresh (before: LoadedSession): Promise<LoadedSession> {
    return before
  }

  async end ({ metadata: { id } }: LoadedSession): Promise<void> {
    if (id !== undefined) await this.revoke(hashSessionId(id))
  }

  // A session that was replaced a moment ago goes on under another handle: its record tells which.
  async revoke (handle: string): Promise<void> {
    const key = this.#key('ended', handle)
    if (await this.#settings.store.set(key, '', this.#settings.lifetime, 0)) return
    const successor = (await this.#settings.store.get(key))?.value
    if (successor) await this.revoke(successor)
  }

  revokeSubject (subject: string, except?: string): Promise<void> {
    return this.#epochs.begin(this.#key('subject', subject), except)
  }

  revokeAll (): Promise<void> {
    return this.#epochs.begin(this.#key('all'))
  }

  async listSubject (): Promise<ListedSession[]> {
    throw new InvalidOptionError('`listSubject()` needs the option `store`: with `revocation`, no one knows which sessions there are')
  }

  // The epochs of the session that takes this one's place were read before this: who is ended in between ends both.
  async #replace (before: LoadedSession, after: PendingWrite): Promise<void> {
    const { store, lifetime } = this.#settings
    if (await this.#isOver(before)) throw new ConflictError()
    const [old, successor] = [before, after].map(({ metadata: { id } }) => hashSessionId(String(id)))
    if (!await store.set(this.#key('ended', old), String(successor), lifetime, 0)) throw new ConflictError()
  }

  async #isOver ({ metadata: { id, globalEpoch, subjectEpoch }, data }: LoadedSession): Promise<boolean> {
    // From before revocation was turned on: nothing could end it.
    if (id === undefined) return true
    const handle = hashSessionId(id)
    const subject = this.#settings.subjectOf(data)
    const ended = await Promise.all([
      this.#settings.store.get(this.#key('ended', handle)),
      this.#epochs.isOver(this.#key('all'), globalEpoch, handle),
      subject !== undefined && this.#epochs.isOver(this.#key('subject', subject), subjectEpoch, handle)
    ])
    return ended.some(Boolean)
  }

  #key (kind: 'all' | 'ended' | 'subject', name: string = ''): string {
    return `${this.#settings.cookieName}:${kind}:${name}`
  }
}
