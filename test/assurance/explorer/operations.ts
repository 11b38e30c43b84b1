/** What is done in a scenario: a request, a call of `app.sessions`, or what happens to servers, time and store. */
export interface Operation {
  readonly does: Request | Ender | 'list' | Instant
  /** Whose browser makes the request. */
  readonly by?: string
  /** Whether the browser sends the cookie that it had before all. */
  readonly stale?: boolean
  /** Whose session is revoked. */
  readonly of?: string
  readonly user?: string
  /** Whose session is spared. */
  readonly except?: string
  readonly item?: string
  readonly permanent?: boolean
  readonly seconds?: number
  readonly options?: Lifetimes
  /** What the key of a record begins with that the store forgets. */
  readonly what?: string
  /** The operation that has to be over before this one begins. */
  readonly after?: number
}

type Request = 'read' | 'write' | 'update' | 'limit' | 'login' | 'logout'
type Ender = 'revoke' | 'revokeSubject' | 'revokeAll'
type Instant = 'time' | 'deploy' | 'flush' | 'evict'

export interface Lifetimes {
  readonly lifetime?: number
  readonly absoluteLifetime?: number
}

/** What a request was answered. */
export interface Answer {
  readonly status: number
  /** What the handler found. */
  readonly accepted?: boolean
  readonly reason?: string
  readonly id?: string
  readonly user?: string
  readonly items?: readonly string[]
  /** What the browser is to keep; null where it is to forget it. */
  readonly cookie?: string | null
  readonly listed?: readonly string[]
  readonly text?: string
}

export interface Scenario {
  /** What was before: one after the other, without faults. */
  readonly before: readonly Operation[]
  readonly operations: readonly Operation[]
  readonly options?: Lifetimes
  /** How many faults there are at most. */
  readonly faults?: number
}

/** A code under test, whose store's calls wait for their turn, and whose state can be taken and put back. */
export interface Subject {
  /** Whether the record has the data, rather than the cookie. */
  readonly keepsData: boolean
  now (): number
  lifetimes (): Required<Pick<Lifetimes, 'lifetime'>> & Lifetimes
  reset (options: Lifetimes | undefined): void
  state (): string
  restore (state: string): void
  request (operation: Operation & { readonly id?: string }, cookie: string | undefined): Promise<Answer>
  /** Does at once what is no request. Undefined where it is one. */
  instant (operation: Operation): boolean
  /** How many things are left in the store when every session is over. */
  residue (): number
}

export const ends = ['logout', 'revoke', 'revokeSubject', 'revokeAll']
export const losses = ['flush', 'evict']

export const write: Operation = { does: 'write', by: 'A', item: 'w' }
export const login: Operation = { does: 'login', by: 'A', user: '7' }

/** The operations that are run in pairs. */
export const operations = {
  read: { does: 'read', by: 'A' },
  write,
  update: { does: 'update', by: 'A', item: 'u' },
  login,
  switch: { does: 'login', by: 'A', user: '8' },
  logout: { does: 'logout', by: 'A' },
  revoke: { does: 'revoke', of: 'A' },
  everywhere: { does: 'revokeSubject', user: '7' },
  exceptA: { does: 'revokeSubject', user: '7', except: 'A' },
  exceptB: { does: 'revokeSubject', user: '7', except: 'B' },
  all: { does: 'revokeAll' },
  other: { does: 'login', by: 'C', user: '7' },
  visit: { does: 'write', by: 'C', item: 'v' },
  leave: { does: 'logout', by: 'C', after: 0 },
  limit: { does: 'limit', by: 'A', seconds: 150 },
  stale: { does: 'write', by: 'A', item: 's', stale: true },
  list: { does: 'list', user: '7' },
  logoutB: { does: 'logout', by: 'B' },
  minute: { does: 'time', seconds: 70 },
  late: { does: 'time', seconds: 11_000 },
  lower: { does: 'deploy', options: { lifetime: 50 } },
  raise: { does: 'deploy', options: { lifetime: 20_000 } },
  absolute: { does: 'deploy', options: { absoluteLifetime: 50 } },
  flush: { does: 'flush' },
  evictEra: { does: 'evict', what: 'session:era' },
  evictSessions: { does: 'evict', what: 'session:session:' }
} satisfies Record<string, Operation>

/** What browsers A and B did before. */
export const beginnings = {
  visitor: [{ does: 'write', by: 'A', item: 'x' }, { does: 'time', seconds: 100 }],
  user: [{ does: 'write', by: 'A', item: 'x' }, login, { does: 'login', by: 'B', user: '7' }, { does: 'time', seconds: 100 }],
  transient: [{ ...login, permanent: false }, { does: 'time', seconds: 100 }]
} satisfies Record<string, readonly Operation[]>
