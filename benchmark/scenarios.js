import { large, small } from './data.js'

const users = Array.from({ length: 1000 }, (_, index) => ({ ...small, userId: 10_000 + index }))

/**
 * What is asked of every contestant: a route, and the sessions whose cookies the requests bring in turn. `permanent`
 * ones are for contestants that have such sessions.
 */
export const scenarios = {
  untouched: { path: '/untouched', sessions: [small] },
  read: { path: '/read', sessions: [small] },
  write: { path: '/write', sessions: [small] },
  refresh: { path: '/untouched', sessions: [small], permanent: true },
  'no cookie': { path: '/untouched', sessions: [] },
  'read 1 KB': { path: '/read', sessions: [large] },
  'write 1 KB': { path: '/write', sessions: [large] },
  'read 1,000 sessions': { path: '/read', sessions: users }
}
