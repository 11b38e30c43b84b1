import { scenarios } from './scenarios.js'
import { interval, median, round } from './statistics.js'

const ours = 'typed-session'
const encrypted = 'typed-session-encrypted'
const peer = 'secure-session'
const floor = 'floor'

/** Medians over the rounds, by contestant and scenario. Requests a second are over those of bare in the same round. */
export function summarise (names, cells, allocations) {
  const summary = Object.fromEntries(['bare', ...names].map((name) => [name, {}]))
  for (const scenario of Object.keys(scenarios)) {
    const all = cells.filter((cell) => cell.scenario === scenario)
    summary.bare[scenario] = { cpu: middle(all, ({ bare }) => bare, 1) }
    for (const name of names) {
      const own = all.filter(({ contestant }) => contestant === name)
      if (own.length === 0) continue
      summary[name][scenario] = { cpu: middle(own, ({ cpu }) => cpu, 1), overhead: middle(own, overhead, 1), requests: middle(own, ({ requests }) => requests) }
    }
  }
  for (const { contestant, scenario, bytes } of allocations) summary[contestant][scenario].allocated = Math.round(bytes)
  return summary
}

/** Each target, with what was measured. */
export function judge (cells, codec, startup) {
  const rounds = byRound(cells)
  // Of the medians: a ratio within one round would divide by what may be nearly nothing there.
  const share = (limit, [contestant, scenario], [other, otherScenario = scenario]) => {
    const figure = (rounds) => median(rounds.map((cell) => overhead(cell(contestant, scenario)))) /
      median(rounds.map((cell) => overhead(cell(other, otherScenario))))
    const name = `${contestant === encrypted ? 'encrypted, ' : ''}${scenario}, against ${other}${otherScenario === scenario ? '' : `'s ${otherScenario}`}`
    return { name, limit, measured: round(figure(rounds)), interval: interval(rounds, figure).map((bound) => round(bound)) }
  }
  const ratio = (name, limit, measured) => ({ name, limit, measured: round(measured) })

  return [
    share(0.4, [ours, 'untouched'], [peer]),
    share(0.5, [ours, 'read'], [peer]),
    share(1.5, [ours, 'read'], [floor]),
    share(0.65, [ours, 'write'], [peer]),
    share(1.2, [ours, 'write'], [floor]),
    share(0.8, [ours, 'write and follow'], [peer]),
    share(1.3, [ours, 'write and follow'], [floor]),
    share(0.9, [ours, 'every token new'], [peer]),
    share(0.5, [ours, 'refresh'], [peer, 'write']),
    share(0.15, [ours, 'no cookie'], [peer, 'read']),
    share(0.5, [ours, 'read 1 KB'], [peer]),
    share(0.65, [ours, 'write 1 KB'], [peer]),
    share(0.5, [encrypted, 'untouched'], [peer]),
    share(0.6, [encrypted, 'read'], [peer]),
    share(1.2, [encrypted, 'refresh'], [peer, 'write']),
    share(1.5, [encrypted, 'write'], [peer]),
    ratio(`codec, seal ${codec.large.bytes} bytes, against its floor`, 1.3, codec.large.seal / codec.large['seal, floor']),
    ratio('import, against secure-session', 1.2, startup[ours].import / startup[peer].import),
    ratio('register, the first time in a process, in ms', 4, startup[ours].register)
  ]
}

function overhead ({ cpu, bare }) {
  return cpu - bare
}

function middle (cells, figure, decimals) {
  return round(median(cells.map(figure)), decimals)
}

function byRound (cells) {
  const rounds = new Map()
  for (const cell of cells) {
    if (!rounds.has(cell.round)) rounds.set(cell.round, new Map())
    rounds.get(cell.round).set(`${cell.contestant}, ${cell.scenario}`, cell)
  }
  return [...rounds.values()].map((round) => (contestant, scenario) => round.get(`${contestant}, ${scenario}`))
}
