import assert from 'node:assert/strict'
import { Contestant } from './contestant.js'
import { scenarios } from './scenarios.js'
import { shuffle } from './statistics.js'

/**
 * Runs all contestants through all scenarios, in rounds. A cell of a round is one contestant in one scenario; those of
 * one scenario follow each other, so that they share what the machine is doing beside. Each set has new processes,
 * since two processes that run the same code differ, and begins with a round that only warms them up: until a route's code
 * has been compiled, which takes the better part of a second, a request costs several times as much.
 */
export async function runRounds ({ names, sets, rounds, seconds, warmUp, onRound }) {
  const cells = []
  for (let set = 0; set < sets; set++) {
    const contestants = await startAll(names)
    await runRound(contestants, warmUp)
    for (let round = set * rounds; round < (set + 1) * rounds; round++) {
      for (const cell of await runRound(contestants, seconds)) cells.push({ round, ...cell })
      onRound(round + 1, sets * rounds)
    }
    for (const contestant of contestants) contestant.stop()
  }
  return cells
}

async function runRound (contestants, seconds) {
  const cells = []
  for (const [scenario, { path }] of shuffle(Object.entries(scenarios))) {
    for (const contestant of shuffle(contestants).filter(({ prepared }) => prepared[scenario])) {
      const figures = await contestant.measure({ scenario, path, seconds })
      cells.push({ scenario, contestant: contestant.name, ...figures })
    }
  }
  return cells
}

/** Bytes that each contestant allocates for a request, by scenario. */
export async function runAllocations ({ names, seconds, chosen }) {
  const allocations = []
  const contestants = await startAll(names)
  for (const contestant of contestants) {
    for (const scenario of chosen.filter((scenario) => contestant.prepared[scenario])) {
      const { bytes } = await contestant.measure({ scenario, path: scenarios[scenario].path, seconds, sampleHeap: true })
      allocations.push({ contestant: contestant.name, scenario, bytes })
    }
    contestant.stop()
  }
  return allocations
}

async function startAll (names) {
  const contestants = await Promise.all(names.map((name) => Contestant.start(name)))
  const [bare, ...others] = contestants
  for (const { name, prepared } of others) {
    for (const [scenario, { answer }] of Object.entries(prepared)) {
      // Figures of a contestant that did something else would be worth nothing.
      assert.equal(answer.body, bare.prepared[scenario].answer.body, `${name}, ${scenario}`)
      assert.equal(answer.status, 200, `${name}, ${scenario}`)
    }
  }
  return contestants
}
