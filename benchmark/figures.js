import { scenarios } from './scenarios.js'
import { interval, median, round } from './statistics.js'

const ours = 'typed-session'
const encrypted = 'typed-session-encrypted'
const peer = 'secure-session'

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

/** What is promised, and what was measured: each a ratio. */
export function judge (cells, codec, startup) {
  const rounds = byRound(cells)
  // Of the medians: a ratio within one round would divide by what may be nearly nothing there.
  const share = (name, limit, [scenario, contestant = ours], [peerScenario, other = peer]) => {
    const figure = (rounds) => median(rounds.map((cell) => overhead(cell(contestant, scenario)))) /
      median(rounds.map((cell) => overhead(cell(other, peerScenario))))
    return { name, limit, measured: round(figure(rounds)), interval: interval(rounds, figure).map((bound) => round(bound)) }
  }
  const ratio = (name, limit, measured) => ({ name, limit, measured: round(measured) })
  const growth = (operation) => codec.huge[operation] / codec.small[operation]

  return [
    share('session not touched, against the same of secure-session', 0.2, ['untouched'], ['untouched']),
    share('session read, against the same of secure-session', 0.5, ['read'], ['read']),
    share('session changed, against the same of secure-session', 0.6, ['write'], ['write']),
    share('permanent session refreshed, against a change of secure-session', 0.6, ['refresh'], ['write']),
    share('no cookie sent, against a read of secure-session', 0.15, ['no cookie'], ['read']),
    share('session of 1 KB read, against the same of secure-session', 0.5, ['read 1 KB'], ['read 1 KB']),
    share('encrypted, session not touched, against the same of secure-session', 1, ['untouched', encrypted], ['untouched']),
    share('encrypted, session read, against the same of secure-session', 1, ['read', encrypted], ['read']),
    share('encrypted, session changed, against the same of secure-session', 1, ['write', encrypted], ['write']),
    share('encrypted, permanent session refreshed, against a change of secure-session', 1, ['refresh', encrypted], ['write']),
    share('1,000 sessions read in turn, against one', 1.1, ['read 1,000 sessions'], ['read', ours]),
    ...Object.keys(codec).flatMap((size) => [
      ratio(`codec, open, ${codec[size].bytes} bytes, against the floor`, 1.3, codec[size].open / codec[size]['open, floor']),
      ratio(`codec, seal, ${codec[size].bytes} bytes, against the floor`, 1.3, codec[size].seal / codec[size]['seal, floor'])
    ]),
    ratio('codec, open, growth with the size, against that of JSON.parse', 1, growth('open') / growth('JSON.parse')),
    ratio('import, against secure-session', 1, startup[ours].import / startup[peer].import),
    ratio('register, in milliseconds', 5, startup[ours].register)
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
