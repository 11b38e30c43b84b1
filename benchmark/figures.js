import { median, quantile, round } from './statistics.js'

const ours = 'typed-session'
const encrypted = 'typed-session-encrypted'
const peer = 'secure-session'

/** Medians over the rounds, by contestant and scenario. What is a ratio or a difference is one within each round. */
export function summarise (names, cells, allocations) {
  const find = index(cells)
  const summary = Object.fromEntries(names.map((name) => [name, {}]))
  for (const { contestant, scenario } of cells) {
    summary[contestant][scenario] ??= {
      cpu: round(median(perRound(find, (at) => at(contestant, scenario).cpu)), 1),
      overhead: round(median(perRound(find, (at) => overhead(at, contestant, scenario))), 1),
      requests: round(median(perRound(find, (at) => at(contestant, scenario).requestsPerSecond / at('bare', scenario).requestsPerSecond)))
    }
  }
  for (const { contestant, scenario, bytes } of allocations) summary[contestant][scenario].allocated = Math.round(bytes)
  return summary
}

/** What is promised, and what was measured: each a ratio. */
export function judge (cells, codec, startup) {
  const find = index(cells)
  const share = (name, limit, [scenario, contestant = ours], [peerScenario, other = peer]) => {
    const ratios = perRound(find, (at) => overhead(at, contestant, scenario) / overhead(at, other, peerScenario))
    return { name, limit, measured: round(median(ratios)), quartiles: [round(quantile(ratios, 0.25)), round(quantile(ratios, 0.75))] }
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
    ratio('register, in milliseconds over an app without it', 5, startup[ours].register - startup.bare.register)
  ]
}

function overhead (at, contestant, scenario) {
  return at(contestant, scenario).cpu - at('bare', scenario).cpu
}

function index (cells) {
  const rounds = new Map()
  for (const cell of cells) {
    if (!rounds.has(cell.round)) rounds.set(cell.round, new Map())
    rounds.get(cell.round).set(`${cell.contestant}, ${cell.scenario}`, cell)
  }
  return [...rounds.values()].map((round) => (contestant, scenario) => round.get(`${contestant}, ${scenario}`))
}

function perRound (rounds, figure) {
  return rounds.map(figure)
}
