import t from 'tap'
import { decideCookieAction, type CookieAction, type RefreshPolicy, type ResponseState } from '../../lib/session/cookie-action.ts'

const untouched: ResponseState = {
  age: undefined, hasCookie: false, empty: false, modified: false, deleted: false, permanent: false, needsReseal: false
}
const accepted: ResponseState = { ...untouched, age: 10, hasCookie: true }
const refused: ResponseState = { ...untouched, hasCookie: true }
const always: RefreshPolicy = { mode: 'permanent', after: 0 }
const never: RefreshPolicy = { mode: 'none', after: 0 }
const all: RefreshPolicy = { mode: 'all', after: 10 }

const cases: Array<[title: string, outcome: ResponseState, refresh: RefreshPolicy, change: CookieAction]> = [
  ['no cookie, nothing written: keep', untouched, always, 'keep'],
  ['no cookie, the session written: write', { ...untouched, modified: true }, always, 'write'],
  ['no cookie, touched but empty: keep', { ...untouched, modified: true, empty: true }, always, 'keep'],
  ['no cookie, deleted: keep', { ...untouched, deleted: true, empty: true }, always, 'keep'],

  ['a refused cookie, nothing written: keep, as in Flask', refused, always, 'keep'],
  ['a refused cookie, read only: keep', { ...refused, empty: true }, always, 'keep'],
  ['a refused cookie, the session written: write', { ...refused, modified: true }, always, 'write'],
  ['a refused cookie, touched but empty: keep', { ...refused, modified: true, empty: true }, always, 'keep'],
  ['a refused cookie, deleted: delete', { ...refused, deleted: true, empty: true }, always, 'delete'],

  ['an accepted cookie, modified: write', { ...accepted, modified: true }, always, 'write'],
  ['an accepted cookie, modified, no refresh: write', { ...accepted, modified: true }, never, 'write'],
  ['an accepted cookie, emptied: delete', { ...accepted, modified: true, empty: true }, always, 'delete'],
  ['an accepted cookie, deleted: delete', { ...accepted, modified: true, deleted: true, empty: true }, always, 'delete'],
  ['an accepted cookie of an empty session, deleted: delete', { ...accepted, deleted: true, empty: true }, always, 'delete'],
  ['an accepted cookie, deleted and written again: write', { ...accepted, modified: true, deleted: true }, always, 'write'],
  ['an accepted cookie of an empty session, read only: keep', { ...accepted, empty: true }, always, 'keep'],

  // Flask's matrix of SESSION_PERMANENT and SESSION_REFRESH_EACH_REQUEST
  ['permanent, refreshed each request: refresh', { ...accepted, permanent: true }, always, 'refresh'],
  ['permanent, not refreshed: keep', { ...accepted, permanent: true }, never, 'keep'],
  ['not permanent, refreshed each request: keep', accepted, always, 'keep'],
  ['not permanent, not refreshed: keep', accepted, never, 'keep'],

  ['permanent, all refreshed: refresh', { ...accepted, permanent: true }, all, 'refresh'],
  ['not permanent, all refreshed: refresh', accepted, all, 'refresh'],
  ['not permanent, all refreshed, not yet due: keep', { ...accepted, age: 9 }, all, 'keep'],
  ['permanent, refresh not yet due: keep', { ...accepted, permanent: true }, { mode: 'permanent', after: 11 }, 'keep'],
  ['permanent, refresh just due: refresh', { ...accepted, permanent: true }, { mode: 'permanent', after: 10 }, 'refresh'],
  ['permanent, signed in the future: keep', { ...accepted, age: -1, permanent: true }, always, 'keep'],

  ['signed with a secret or mode of before: reseal', { ...accepted, needsReseal: true }, always, 'reseal'],
  ['signed with a secret or mode of before, refresh not yet due: reseal',
    { ...accepted, permanent: true, needsReseal: true }, { mode: 'permanent', after: 11 }, 'reseal'],
  ['signed with a secret or mode of before, refresh due: refresh', { ...accepted, permanent: true, needsReseal: true }, always, 'refresh'],
  ['signed with a secret or mode of before, modified: write', { ...accepted, modified: true, needsReseal: true }, always, 'write'],
  ['signed with a secret or mode of before, emptied: delete', { ...accepted, modified: true, empty: true, needsReseal: true }, always, 'delete']
]

for (const [title, outcome, refresh, change] of cases) {
  t.test(title, async (t) => { t.equal(decideCookieAction(outcome, refresh), change) })
}
