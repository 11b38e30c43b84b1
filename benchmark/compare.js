// node compare.js [--only read,write] ../dist '../other-dist#encrypt' secure-session …: builds of this plugin, and
// contestants, against each other. All live in one process, beside a bare Fastify, and take turns. Prints the CPU time
// that each adds to a request, in µs, and the quartiles.
import { parseArgs } from 'node:util'
import { Host } from './host.js'
import { pickScenarios, scenarios } from './scenarios.js'
import { quantile } from './statistics.js'

const rounds = 40
const { values: { only }, positionals: names } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const chosen = Object.keys(scenarios).filter((scenario) => only === undefined || only.split(',').includes(scenario))

const host = await Host.start(names, { scenarios: pickScenarios(chosen) })
for (const scenario of chosen) {
  await host.measure(scenario, 1)
  const overheads = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const [bare, ...others] = await host.measure(scenario, 0.1)
    for (const { name, cpu } of others) overheads.get(name).push(cpu - bare.cpu)
  }
  for (const [name, measured] of overheads) {
    if (measured.length === 0) continue
    const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(measured, q).toFixed(1))
    console.log(`${scenario.padEnd(20)} ${name.padEnd(24)} +${middle} (${low} to ${high})`)
  }
}
host.stop()
