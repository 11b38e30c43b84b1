import t from 'tap'
import { decideCookieAction, refreshAge, slides, type CookieAction, type ResponseState } from '../../lib/session/cookie-action.ts'

const untouched: ResponseState = {
  accepted: false, hasCookie: false, empty: false, modified: false, deleted: false, slides: false, needsReseal: false
}
const accepted: ResponseState = { ...untouched, accepted: true, hasCookie: true }
const refused: ResponseState = { ...untouched, hasCookie: true }

const cases: Array<[title: string, outcome: ResponseState, change: CookieAction]> = [
  ['no cookie, nothing written: keep', untouched, 'keep'],
  ['no cookie, the session written: write', { ...untouched, modified: true }, 'write'],
  ['no cookie, touched but empty: keep', { ...untouched, modified: true, empty: true }, 'keep'],
  ['no cookie, deleted: keep', { ...untouched, deleted: true, empty: true }, 'keep'],

  ['a refused cookie, nothing written: keep, as in Flask', refused, 'keep'],
  ['a refused cookie, read only: keep', { ...refused, empty: true }, 'keep'],
  ['a refused cookie, the session written: write', { ...refused, modified: true }, 'write'],
  ['a refused cookie, touched but empty: keep', { ...refused, modified: true, empty: true }, 'keep'],
  ['a refused cookie, deleted: delete', { ...refused, deleted: true, empty: true }, 'delete'],

  ['an accepted cookie, untouched: keep', accepted, 'keep'],
  ['an accepted cookie, modified: write', { ...accepted, modified: true }, 'write'],
  ['an accepted cookie, modified, sliding: write', { ...accepted, modified: true, slides: true }, 'write'],
  ['an accepted cookie, emptied: delete', { ...accepted, modified: true, empty: true }, 'delete'],
  ['an accepted cookie, deleted: delete', { ...accepted, modified: true, deleted: true, empty: true }, 'delete'],
  ['an accepted cookie of an empty session, deleted: delete', { ...accepted, deleted: true, empty: true }, 'delete'],
  ['an accepted cookie, deleted and written again: write', { ...accepted, modified: true, deleted: true }, 'write'],
  ['an accepted cookie of an empty session, read only: keep', { ...accepted, empty: true }, 'keep'],

  ['sliding: refresh', { ...accepted, slides: true }, 'refresh'],
  ['signed with a secret or mode of before: reseal', { ...accepted, needsReseal: true }, 'reseal'],
  ['signed with a secret or mode of before, sliding: refresh', { ...accepted, slides: true, needsReseal: true }, 'refresh'],
  ['signed with a secret or mode of before, modified: write', { ...accepted, modified: true, needsReseal: true }, 'write'],
  ['signed with a secret or mode of before, emptied: delete', { ...accepted, modified: true, empty: true, needsReseal: true }, 'delete']
]

for (const [title, outcome, change] of cases) {
  t.test(title, async (t) => { t.equal(decideCookieAction(outcome), change) })
}

t.test('a session is refreshed when the option says, and before half of its life is over', async (t) => {
  t.same([refreshAge(0, 100), refreshAge(49, 100), refreshAge(60, 100), refreshAge(60, 101), refreshAge(60, 1)], [0, 49, 50, 50, 0])
})

t.test('requests prolong permanent sessions as in Flask, or all, or none', async (t) => {
  t.same([slides(true, 'permanent'), slides(true, 'all'), slides(true, 'none')], [true, true, false])
  t.same([slides(false, 'permanent'), slides(false, 'all'), slides(false, 'none')], [false, true, false])
})
