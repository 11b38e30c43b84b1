import type { Answer, Operation, Scenario } from './operations.ts'

/** A cookie that was given out. */
export interface GivenCookie {
  readonly token: string
  /** What one login after the other made of one session is a family, and the last login's cookies are good. */
  readonly family: string
  readonly generation: number
  readonly user: string | undefined
  readonly permanent: boolean
  readonly at: number
  readonly asked: number
  readonly until: number
  readonly login: number
  /** The operation that gave it; -1 before all. */
  readonly by: number
}

/** What is owed to whom. */
export interface Books {
  readonly cookies: GivenCookie[]
  /** The cookies of the browsers. */
  readonly jars: Record<string, string | null>
  readonly families: Record<string, string>
  readonly handles: Record<string, string>
  readonly generations: Record<string, number>
  readonly used: Record<string, number>
  /** For how many seconds from its login a family may live by a limit of its own. */
  readonly limits: Record<string, number>
  /** Families that were ended, with an answer. */
  readonly ended: string[]
  /** Operations whose sessions `revokeSubject()` has to have ended. */
  readonly doomed: number[]
}

/** An operation of a run. */
export interface Step extends Operation {
  status: 'waiting' | 'running' | 'done' | 'crashed'
  result: Answer | undefined
  cookie: string | undefined
  history: string[]
  began: number
  ended: number
  asked: number
  lifetime: number
  /** The families that it has to end. */
  targets: string[]
  /** The logins under way that it has to end. */
  caught: number[]
  linked: boolean
}

export function emptyBooks (): Books {
  return { cookies: [], jars: {}, families: {}, handles: {}, generations: {}, used: {}, limits: {}, ended: [], doomed: [] }
}

export function stepOf (operation: Operation): Step {
  return {
    ...operation,
    status: 'waiting',
    result: undefined,
    cookie: undefined,
    history: [],
    began: -1,
    ended: -1,
    asked: 0,
    lifetime: Infinity,
    targets: [],
    caught: [],
    linked: false
  }
}

/** The families that an operation has to end: those that had their cookies before it began. */
export function targetsOf ({ does, of = '', user, except = '' }: Operation, { cookies, families, generations }: Books): string[] {
  if (does === 'revoke') return families[of] === undefined ? [] : [families[of]]
  if (does !== 'revokeSubject' && does !== 'revokeAll') return []
  return cookies
    .filter((each) => does === 'revokeAll' || (each.user === user && each.generation === generations[each.family]))
    .map(({ family }) => family)
    .filter((family) => family !== families[except])
}

/** Writes down what the answer to a request promises. */
export function settle (books: Books, step: Step, steps: readonly Step[], now: number): void {
  const { by = '', does, result, cookie: used } = step
  const from = books.cookies.find(({ token }) => token === used)
  const { status, accepted = false, cookie } = result as Answer
  if (cookie === null) books.jars[by] = null
  if (typeof cookie === 'string') {
    const family = accepted && from !== undefined ? from.family : `${by}${books.cookies.length}`
    const isLogin = does === 'login' || !accepted
    const generation = (books.generations[family] ?? 0) + Number(isLogin)
    books.generations[family] = generation
    books.cookies.push({
      token: cookie,
      family,
      generation,
      user: isLogin ? step.user : from?.user,
      permanent: step.permanent ?? from?.permanent ?? true,
      at: now,
      asked: step.asked,
      until: step.asked + step.lifetime,
      login: isLogin ? now : from?.login ?? now,
      by: steps.indexOf(step)
    })
    books.jars[by] = cookie
    books.families[by] = family
  }
  noteUse(books, step, now)
  if (status !== 200) return
  if (does === 'limit' && accepted && from !== undefined) books.limits[from.family] = step.seconds ?? Infinity
  if (does === 'logout' && accepted && from !== undefined) books.ended.push(from.family)
  books.ended.push(...step.targets)
  for (const index of step.caught) if (steps[index]?.by !== step.except) books.doomed.push(index)
}

export function noteUse (books: Books, { cookie }: Step, now: number): void {
  const from = books.cookies.find(({ token }) => token === cookie)
  if (from !== undefined) books.used[from.family] = now
}

/**
 * Which operations may be answered 409: those of one session where another changes or ends it, or so much time passes that
 * it ends by itself.
 */
export function conflicting ({ operations }: Scenario, lifetimes: readonly number[]): boolean[] {
  return operations.map((operation, index) => {
    const others = operations.filter((_, at) => at !== index)
    const changes = ['write', 'limit'].includes(operation.does) ? ['write', 'update', 'limit', 'login'] : ['login']
    return others.some(({ does, by, seconds = 0 }) => (does === 'time' && seconds > Number(lifetimes[index])) ||
      ['logout', 'revoke', 'revokeSubject', 'revokeAll', 'flush', 'evict'].includes(does) ||
      (by === operation.by && changes.includes(does)))
  })
}
