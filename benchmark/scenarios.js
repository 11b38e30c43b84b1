import { large, small } from './data.js'

/** Sessions of that many users. */
export function usersOf (count) {
  return Array.from({ length: count }, (_, index) => ({ ...small, userId: 100_000 + index }))
}

/**
 * What is asked of every contestant: a route, and the sessions whose cookies the requests bring in turn. `permanent`
 * ones are for contestants that have such sessions. With `follow`, each request brings the cookie that the answer before
 * it set, as a browser does; otherwise the same cookies come again and again, and a memory of tokens helps.
 */
export const scenarios = {
  untouched: { path: '/untouched', sessions: [small] },
  read: { path: '/read', sessions: [small] },
  write: { path: '/write', sessions: [small] },
  'write and follow': { path: '/write', sessions: usersOf(10), follow: true },
  refresh: { path: '/untouched', sessions: [small], permanent: true },
  'no cookie': { path: '/untouched', sessions: [] },
  'read 1 KB': { path: '/read', sessions: [large] },
  'write 1 KB': { path: '/write', sessions: [large] },
  'every token new': { path: '/read', sessions: usersOf(100_000) }
}

/** Those of the scenarios that have one of these names. */
export function pickScenarios (names) {
  return Object.fromEntries(names.map((name) => [name, scenarios[name]]))
}
