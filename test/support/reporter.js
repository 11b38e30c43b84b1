// What tap prints: what tests write to stderr, then the counts, why tests were skipped, and the failures in full. tap's own
// reporters print the counts again after each test, which is fine in a terminal, and thousands of lines elsewhere.
import { Terse, components } from '@tapjs/reporter'

const { ResultDetailList, SuiteSummary } = components
let listens = false

function Summary ({ test }) {
  if (!listens) test.on('spawn', (file) => file.once('process', ({ stderr }) => stderr.pipe(process.stderr, { end: false })))
  listens = true
  const counts = SuiteSummary({ test })
  return ResultDetailList({ test, Banner: () => counts })
}

export default process.stdout.isTTY ? Terse : Summary
