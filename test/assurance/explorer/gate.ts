import { AsyncLocalStorage } from 'node:async_hooks'
import type { StoredRecord } from '../../../lib/stores/store.ts'

/** Which operation the code runs for. Without a number it is asked by the way, and nothing waits. */
export interface Context {
  readonly operation?: number
  readonly label: string
  /** How much chance it drew, so that each run draws the same. */
  drawn: number
  calls: number
  over: boolean
}

export const running = new AsyncLocalStorage<Context>()

export function contextOf (label: string, operation?: number): Context {
  return { label, drawn: 0, calls: 0, over: false, ...(operation !== undefined && { operation }) }
}

/** A call of the store that waits for its turn. */
export interface Call {
  readonly id: string
  readonly operation: number
  readonly name: CallName
  readonly args: readonly unknown[]
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  /** Whether it took effect already, and will once more. */
  repeated: boolean
}

type CallName = 'get' | 'set' | 'delete' | 'link' | 'unlink' | 'list'
export const callNames: readonly CallName[] = ['get', 'set', 'delete', 'link', 'unlink', 'list']

/** Lets calls wait for their turn. */
export class Gate {
  readonly waiting = new Map<string, Call>()
  open = true
  readonly #apply: (name: CallName, args: readonly unknown[]) => unknown

  constructor (apply: (name: CallName, args: readonly unknown[]) => unknown) {
    this.#apply = apply
  }

  async call (name: CallName, args: readonly unknown[]): Promise<unknown> {
    const context = running.getStore()
    const operation = context?.operation
    if (this.open || context === undefined || operation === undefined) return this.#apply(name, args)
    if (context.over) throw new Error('this run is over')
    const id = `${operation}.${context.calls++} ${name}`
    return await new Promise((resolve, reject) => {
      this.waiting.set(id, { id, operation, name, args, resolve, reject, repeated: false })
    })
  }

  /** Does what the store does, at once. */
  effect ({ name, args }: Call): unknown {
    return this.#apply(name, args)
  }
}

interface Dump {
  readonly records: ReadonlyArray<readonly [key: string, record: StoredRecord & { expiresAt: number }]>
  readonly subjects: ReadonlyArray<readonly [subject: string, ids: ReadonlyArray<readonly [id: string, expiresAt: number]>]>
}

/** What a store does, one call after the other. Times are seconds. */
export class Engine {
  readonly #now: () => number
  #records = new Map<string, StoredRecord & { expiresAt: number }>()
  #subjects = new Map<string, Map<string, number>>()

  constructor (now: () => number) {
    this.#now = now
  }

  get (key: string): StoredRecord | undefined {
    const record = this.#records.get(key)
    return record && record.expiresAt > this.#now() ? { value: record.value, version: record.version } : undefined
  }

  set (key: string, value: string, version: number, expiresIn: number, expected: number): boolean {
    if ((this.get(key)?.version ?? 0) !== expected) return false
    this.#records.set(key, { value, version, expiresAt: this.#now() + expiresIn })
    return true
  }

  delete (key: string): void {
    this.#records.delete(key)
  }

  link (subject: string, id: string, expiresIn: number): void {
    const ids = this.#subjects.get(subject) ?? new Map<string, number>()
    this.#subjects.set(subject, ids.set(id, Math.max(ids.get(id) ?? 0, this.#now() + expiresIn)))
  }

  unlink (subject: string, ids: readonly string[]): void {
    for (const id of ids) this.#subjects.get(subject)?.delete(id)
    if (this.#subjects.get(subject)?.size === 0) this.#subjects.delete(subject)
  }

  list (subject: string): string[] {
    return [...this.#subjects.get(subject) ?? []].filter(([, expiresAt]) => expiresAt > this.#now()).map(([id]) => id)
  }

  forget (prefix: string): void {
    for (const key of this.#records.keys()) if (key.startsWith(prefix)) this.#records.delete(key)
  }

  dump (): Dump {
    return {
      records: [...this.#records].sort(([a], [b]) => a < b ? -1 : 1),
      subjects: [...this.#subjects].map(([subject, ids]) => [subject, [...ids].sort()] as const).sort()
    }
  }

  restore ({ records, subjects }: Dump): void {
    this.#records = new Map(records)
    this.#subjects = new Map(subjects.map(([subject, ids]) => [subject, new Map(ids)]))
  }
}
