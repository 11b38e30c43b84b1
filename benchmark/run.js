// npm run benchmark [-- --quick]: the table on the terminal, the figures in results.json. Then: node benchmark/readme.js
import { readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { runCodec } from './codec.js'
import { judge, summarise } from './figures.js'
import { overheadTable, targetTable } from './report.js'
import { runAllocations, runRounds } from './rounds.js'
import { runStartup } from './startup.js'

const { values: { quick } } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = quick
  ? { sets: 1, rounds: 1, seconds: 0.1, warmUp: 0, turns: 1, processes: 3 }
  : { sets: 3, rounds: 12, seconds: 0.1, warmUp: 0.5, turns: 10, processes: 11 }
const names = [
  'typed-session', 'typed-session-encrypted', 'secure-session', 'session', 'jwt', 'iron-session', 'cookie'
]

const progress = (text) => process.stderr.write(`${text}\n`)
const cells = await runRounds({ names, ...effort, onRound: (done, all) => progress(`round ${done} of ${all}`) })
progress('allocations')
const allocations = await runAllocations({ names, warmUp: effort.warmUp, chosen: ['untouched', 'read', 'write'] })
progress('codec')
const codec = await runCodec(effort)
progress('start-up')
const startup = await runStartup(effort)

const results = {
  effort: quick ? 'quick' : 'full',
  machine: {
    processor: os.cpus()[0].model,
    processors: os.cpus().length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.type()} ${os.arch()}`
  },
  versions: await versions(),
  units: {
    cpu: 'µs a request',
    overhead: 'µs a request over bare',
    requests: 'requests a second over those of bare',
    allocated: 'bytes a request',
    codec: 'ns an operation',
    startup: 'ms'
  },
  contestants: summarise(names, cells, allocations),
  codec,
  startup,
  targets: judge(cells, codec, startup)
}
await writeFile(new URL('results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
console.log(`${overheadTable(results)}\n\n${targetTable(results)}`)

async function versions () {
  const found = { node: process.versions.node, openssl: process.versions.openssl }
  const read = async (name, folder) => {
    const text = await readFile(new URL(`${folder}/node_modules/${name}/package.json`, import.meta.url), 'utf8')
    found[name] = JSON.parse(text).version
  }
  for (const name of ['fastify', '@fastify/cookie', 'zod']) await read(name, '..')
  for (const name of ['@fastify/secure-session', '@fastify/session', '@fastify/jwt', 'iron-session']) await read(name, '.')
  return found
}
