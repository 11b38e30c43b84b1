import t from 'tap'
import { long } from '../../support/assurance.ts'
import { explore } from './explorer.ts'
import { beginnings, operations, type Operation, type Scenario } from './operations.ts'
import { Plugin, type Mode } from './plugin.ts'

type Name = keyof typeof operations
type Beginning = keyof typeof beginnings

const names = Object.keys(operations) as Name[]
const allPairs = names.flatMap((first, index) => names.slice(index).map((second) => [first, second]))

// One for each way in which requests can meet, and each request alone, with a fault at each of its calls.
const somePairs: ReadonlyArray<readonly Name[]> = [
  ['read', 'write'], ['write', 'update'], ['update', 'login'], ['login', 'login'], ['login', 'logout'], ['login', 'exceptB'],
  ['logout', 'everywhere'], ['exceptA', 'exceptB'], ['other', 'everywhere'], ['other', 'list'], ['update', 'all'], ['revoke', 'flush'],
  ['limit', 'stale', 'minute']
]
const triples: ReadonlyArray<readonly Name[]> = [['limit', 'stale', 'minute'], ['limit', 'update', 'minute'], ['limit', 'login', 'minute']]
const withFault: ReadonlyArray<readonly Name[]> = [
  ['read', 'login'], ['visit', 'leave'], ['write'], ['update'], ['switch'], ['logout'], ['everywhere'], ['other'], ['minute', 'lower'], ['logout', 'raise'], ['login', 'absolute']
]

// A process that ends between the store's answer and the browser's cookie: the store cannot know that nobody has it.
const impossible = /^a session is listed that nobody has, after crash set$/

function scenario (pair: readonly Name[], beginning: Beginning, faults: number): Scenario {
  const list = pair.map((name, index): Operation => ({ ...operations[name], ...('item' in operations[name] && { item: `item${index}` }) }))
  return { before: beginnings[beginning], operations: list, faults }
}

for (const mode of ['store', 'revocation'] satisfies Mode[]) {
  t.test(`${mode}: no order of the store's calls and no fault breaks a promise`, async (t) => {
    const scenarios = long
      ? [...allPairs, ...triples].flatMap((pair) => (Object.keys(beginnings) as Beginning[]).map((beginning) => scenario(pair, beginning, 1)))
      : [...somePairs.map((pair) => scenario(pair, 'user', 0)), ...withFault.map((pair) => scenario(pair, 'user', 1))]
    const plugin = new Plugin(mode)
    const found: object[] = []
    let states = 0
    for (const each of scenarios) {
      const result = await explore(plugin, each)
      states += result.states
      const { operations } = each
      found.push(...result.found.filter(({ problem }) => !impossible.test(problem)).map((problem) => ({ operations, ...problem })))
    }
    t.same(found, [])
    t.comment(`${scenarios.length} scenarios, ${states} states`)
  })
}
