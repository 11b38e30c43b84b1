// `npm run test:age`: which rows of docs/assurance.md are older than the code that they are of. Fails only for a row that
// names no such commit or code.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
const rows = readFileSync('docs/assurance.md', 'utf8').split('\n').filter((line) => line.startsWith('| ') && !/^\| (measured|module|---|\*\*)/.test(line))
let outdated = 0

for (const row of rows) {
  const [name, ...cells] = row.split('|').slice(1, -1).map((cell) => cell.trim())
  const [folder, commit] = cells.map((cell) => /^(?:`(\S+)` at )?([0-9a-f]{7,}), \d{4}-\d\d-\d\d$/.exec(cell)?.slice(1)).find(Boolean) ?? []
  const code = folder ?? `lib/${name}.ts`
  const since = newer(commit, code)
  if (since === undefined) {
    console.error(`Not of a commit and code that are here: ${row}`)
    process.exitCode = 1
  } else if (since > 0) {
    outdated++
    console.log(`${name}: ${since} ${since === 1 ? 'commit' : 'commits'} to ${code} since ${commit}`)
  }
}
console.log(`${outdated} of ${rows.length} rows are older than their code`)

function newer (commit, code) {
  if (commit === undefined || !existsSync(code)) return undefined
  try {
    return Number(git('rev-list', '--count', `${commit}..HEAD`, '--', code))
  } catch {
    return undefined
  }
}
