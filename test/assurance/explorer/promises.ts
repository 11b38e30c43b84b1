import { conflicting, type GivenCookie } from './books.ts'
import type { Run } from './explorer.ts'
import type { Answer } from './operations.ts'

type Alive = GivenCookie & Pick<Answer, 'id' | 'items'>

/** What is wrong in a state: which promises of SECURITY.md it breaks. */
export async function problemsOf (run: Run): Promise<string[]> {
  const isIdle = run.steps.every(({ status }) => status !== 'running' && status !== 'waiting')
  const { alive, isFading, problems } = await findAlive(run)
  return [
    ...problems,
    ...await listed(run, alive, isIdle && !isFading),
    ...isIdle ? [...answers(run), ...await kept(run), ...await laterLogins(run), ...changes(run, alive)] : []
  ]
}

/** The cookies that are still good, and whether they may be. */
async function findAlive (run: Run): Promise<{ alive: readonly Alive[], isFading: boolean, problems: readonly string[] }> {
  const { books, plugin, steps } = run
  const { lifetime, absoluteLifetime = Infinity } = plugin.lifetimes()
  const now = plugin.now()
  const alive: Alive[] = []
  const problems: string[] = []
  let isFading = false
  for (const cookie of books.cookies) {
    const [seen] = await run.probe([{ does: 'read' }, cookie.token]) as [Answer]
    // Where the data are in the cookie, a session is listed up to a minute longer than its cookie is good.
    isFading ||= seen.reason === 'expired' && !plugin.keepsData
    if (seen.accepted !== true) continue
    alive.push({ ...cookie, ...(seen.id && { id: seen.id }), ...(seen.items && { items: seen.items }) })
    if (books.ended.includes(cookie.family)) problems.push('an ended session is alive')
    if (books.doomed.includes(cookie.by)) problems.push('revokeSubject() missed a login under way')
    if (cookie.generation !== books.generations[cookie.family]) problems.push('a session lives on after regenerate()')
    const isInUse = steps.some(({ status, by = '' }) => status === 'running' && books.families[by] === cookie.family)
    if (!isInUse && now > Math.max(books.used[cookie.family] ?? 0, cookie.at) + lifetime + 1) problems.push('a session outlives its lifetime')
    if (now > cookie.login + (books.limits[cookie.family] ?? Infinity) + 1) problems.push('a session outlives its own limit')
    if (now > cookie.login + absoluteLifetime + 1) problems.push('a session outlives its absolute lifetime')
  }
  return { alive, isFading, problems }
}

async function listed (run: Run, alive: readonly Alive[], isQuiet: boolean): Promise<string[]> {
  const problems: string[] = []
  for (const user of new Set(alive.map((cookie) => cookie.user))) {
    if (user === undefined) continue
    const [{ listed = [] }] = await run.probe([{ does: 'list', user }, undefined]) as [Answer]
    const own = alive.filter((cookie) => cookie.user === user).map(({ id }) => id)
    if (own.some((id) => id !== undefined && !listed.includes(id))) problems.push('a live session is not listed')
    if (isQuiet && listed.some((id) => !own.includes(id))) problems.push(`a session is listed that nobody has${run.faults.length === 0 ? '' : `, after ${run.faults.join(' and ')}`}`)
  }
  return problems
}

function answers (run: Run): string[] {
  const expected = [200, 409, ...run.faults.length > 0 ? [503] : []]
  // A session that begins has a minute for that.
  const mayConflict = conflicting(run.scenario, run.steps.map(({ cookie }) => cookie === undefined ? 60 : run.plugin.lifetimes().lifetime))
  const problems = run.steps.flatMap(({ result, does }, index) => {
    if (result === undefined) return []
    if (!expected.includes(result.status)) return [`${does} is answered ${result.status} ${result.text}`]
    return result.status === 409 && !mayConflict[index] ? [`${does} is a needless conflict`] : []
  })
  return run.plugin.residue() > 0 ? [...problems, 'something stays in the store for ever'] : problems
}

/** Whether the browsers that nobody logged out are still logged in. */
async function kept (run: Run): Promise<string[]> {
  const { books, plugin, steps } = run
  if (run.faults.length > 0) return []
  const { lifetime, absoluteLifetime = Infinity } = plugin.lifetimes()
  const problems: string[] = []
  for (const [by, token] of Object.entries(books.jars)) {
    const cookie = books.cookies.find((each) => each.token === token)
    // Where the data are in the cookie, the response that comes last wins, also if it is of the session before a login.
    if (cookie === undefined || (!plugin.keepsData && cookie.generation !== books.generations[cookie.family])) continue
    if (plugin.now() > Math.min(cookie.until, cookie.asked + lifetime, Math.min(cookie.login, cookie.asked) + absoluteLifetime)) continue
    if (plugin.now() > cookie.login + (books.limits[cookie.family] ?? Infinity)) continue
    const began = steps[cookie.by]?.began ?? -1
    const isEnded = steps.some((step) => step.ended > began && (['flush', 'evict', 'revokeAll'].includes(step.does) ||
      (step.does === 'logout' && step.by === by) || (step.does === 'revoke' && step.of === by) ||
      (step.does === 'revokeSubject' && step.except !== by && [cookie.user, '7'].includes(step.user))))
    if (isEnded) continue
    const [seen] = await run.probe([{ does: 'read' }, cookie.token]) as [Answer]
    if (seen.accepted !== true) problems.push(`a session is refused that nobody ended: ${seen.reason ?? seen.status}`)
  }
  return problems
}

/** Whether each browser can log in at once, at the first try. */
async function laterLogins (run: Run): Promise<string[]> {
  const problems: string[] = []
  const user = '8'
  for (const [by, token] of Object.entries(run.books.jars)) {
    const [login, seen] = await run.probe(
      [{ does: 'login', by, user }, token ?? undefined], [{ does: 'read' }, ([first]) => first?.cookie ?? undefined]
    ) as [Answer, Answer]
    if (login.status !== 200) problems.push(`a later login is answered ${login.status}`)
    else if (seen.accepted !== true || seen.user !== user) problems.push('a later login is no session')
  }
  return problems
}

/** Whether each change that was answered is there once, and each other one at most once. */
function changes ({ books, plugin, steps }: Run, alive: readonly Alive[]): string[] {
  if (!plugin.keepsData || steps.some(({ does }) => does === 'login')) return []
  const made = steps.filter(({ does }) => does === 'write' || does === 'update')
  return alive.flatMap(({ items = [], family }) => {
    const own = made.filter((step) => books.cookies.find(({ token }) => token === step.cookie)?.family === family)
    return own.flatMap(({ item, result }) => {
      const times = items.filter((each) => each === item).length
      if (times > 1) return ['a change was made twice']
      return result?.status === 200 && times === 0 ? ['a change was lost'] : []
    })
  })
}
