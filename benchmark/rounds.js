import { Host } from './host.js'
import { pickScenarios, scenarios } from './scenarios.js'
import { shuffle } from './statistics.js'

/**
 * Runs each contestant, in a process that it shares with bare Fastify, through all scenarios, in rounds. Two processes
 * that run the same code differ by more than some contestants take, by what else they have run and where it lies in
 * memory: so what a contestant adds is measured against the bare app of its own process, in turn. Each set has new
 * processes, and begins with a round that only warms them up: until a route's code has been compiled, a request costs
 * several times as much.
 */
export async function runRounds ({ names, sets, rounds, seconds, warmUp, mostSessions, onRound }) {
  const cells = []
  for (let set = 0; set < sets; set++) {
    const hosts = await startAll(names, { mostSessions })
    await runRound(hosts, warmUp)
    for (let round = set * rounds; round < (set + 1) * rounds; round++) {
      for (const cell of await runRound(hosts, seconds)) cells.push({ round, ...cell })
      onRound(round + 1, sets * rounds)
    }
    for (const host of hosts) host.stop()
  }
  return cells
}

async function runRound (hosts, seconds) {
  const cells = []
  for (const scenario of shuffle(Object.keys(scenarios))) {
    for (const host of shuffle(hosts)) {
      const [bare, measured] = await host.measure(scenario, seconds)
      if (measured === undefined) continue
      cells.push({
        scenario,
        contestant: measured.name,
        cpu: measured.cpu,
        bare: bare.cpu,
        requests: measured.requestsPerSecond / bare.requestsPerSecond
      })
    }
  }
  return cells
}

/** Bytes that each contestant allocates for a request, by scenario. */
export async function runAllocations ({ names, warmUp, chosen }) {
  const allocations = []
  const hosts = await startAll(names, { scenarios: pickScenarios(chosen) })
  for (const [index, host] of hosts.entries()) {
    // One bare app speaks for all.
    for (const scenario of chosen) await host.measure(scenario, warmUp)
    for (const name of index === 0 ? host.names : host.names.slice(1)) {
      for (const scenario of chosen) {
        allocations.push({ contestant: name, scenario, bytes: await host.allocated(name, scenario) })
      }
    }
    host.stop()
  }
  return allocations
}

async function startAll (names, options) {
  return Promise.all(names.map((name) => Host.start([name], options)))
}
