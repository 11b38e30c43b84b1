import type { SessionStore } from '../stores/store.ts'
import { InvalidSubjectError } from '../util/errors.ts'
import type { Records, KeptSession } from './records.ts'

// Calls of the store that are under way at once.
const atOnce = 1000
const maxLength = 256
const maxSubjects = 8

/**
 * Which sessions a subject has. What is good is listed, always: it is listed before its record says whose it is, and taken
 * off only when it was deleted. What is listed need not be good.
 */
export class SubjectIndex {
  readonly #store: SessionStore
  readonly #records: Records
  readonly #cookieName: string

  constructor (store: SessionStore, records: Records, cookieName: string) {
    this.#store = store
    this.#records = records
    this.#cookieName = cookieName
  }

  /** Lists a session for so many seconds, or for longer if it is already. */
  async add (subject: string, id: string, expiresIn: number): Promise<void> {
    await this.#store.link(this.#key(subject), id, expiresIn)
  }

  /** Ends a session that was found. */
  async end ({ id, record: { subjects = [] } }: KeptSession): Promise<void> {
    await this.#records.delete(id)
    await Promise.all(subjects.map((subject) => this.#remove(subject, [id])))
  }

  /** Ends all sessions of a subject but one. */
  async endAll (subject: string, except: string | undefined): Promise<void> {
    const ids = await this.#store.list(this.#key(subject))
    for (const some of chunks(ids.filter((id) => id !== except))) {
      await Promise.all(some.map((id) => this.#records.delete(id)))
      await this.#remove(subject, some)
    }
  }

  /** The sessions that are listed under a subject and say that they are its. */
  async find (subject: string): Promise<KeptSession[]> {
    const found: Array<KeptSession | undefined> = []
    for (const some of chunks(await this.#store.list(this.#key(subject)))) {
      found.push(...await Promise.all(some.map((id) => this.#records.find(id))))
    }
    return found.filter((each) => each !== undefined).filter(({ record }) => record.subjects?.includes(subject))
  }

  // Bookkeeping: where it fails, the entries expire.
  async #remove (subject: string, ids: readonly string[]): Promise<void> {
    await this.#store.unlink(this.#key(subject), ids).catch(() => {})
  }

  #key (subject: string): string {
    return `${this.#cookieName}:subject:${subject}`
  }
}

/**
 * What the app's function says of whose a session is, as a list. Throws FST_TYPED_SESSION_INVALID_SUBJECT for more than eight
 * subjects, and as `checkSubject()` does.
 */
export function checkSubjects (given: unknown): readonly string[] {
  const subjects = given === undefined ? [] : [...new Set([given].flat().map(checkSubject))]
  if (subjects.length > maxSubjects) throw new InvalidSubjectError(`a list of ${subjects.length}`)
  return subjects
}

/** Throws FST_TYPED_SESSION_INVALID_SUBJECT for what is no text of 1 to 256 characters. */
export function checkSubject (subject: unknown): string {
  if (typeof subject === 'string' && subject !== '' && subject.length <= maxLength) return subject
  throw new InvalidSubjectError(typeof subject === 'string' ? `a string of ${subject.length} characters` : describe(subject))
}

function describe (value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`
}

function chunks<Item> (items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / atOnce) }, (_, index) => items.slice(index * atOnce, (index + 1) * atOnce))
}
