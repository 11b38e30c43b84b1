import fc from 'fast-check'
import t from 'tap'
import { long, report, runs } from '../../support/assurance.ts'
import { life } from './lives.ts'

t.test('no life of sessions breaks a promise', async (t) => {
  const numRuns = runs(1_000, 100_000)
  // The short form lives the same lives each time, so that it fails for a change only; on a busy machine it lives fewer.
  await fc.assert(life, { numRuns, ...(!long && { seed: 13, interruptAfterTimeLimit: 45_000 }) })
  report(t, {
    measure: `lives of sessions: ${numRuns.toLocaleString('en')}`,
    figure: '0 broken promises',
    target: '0',
    of: 'lib',
    command: 'npm run test:long -- test/assurance/life/life.test.ts'
  })
})
