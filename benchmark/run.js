// npm run benchmark [-- --quick]: the tables on the terminal, the figures in results.json. Then: node benchmark/readme.js
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { judge, summarise } from './figures.js'
import { overheadTable, targetTable } from './report.js'
import { runAllocations, runRounds } from './rounds.js'
import { describeSetting, settingText } from './setting.js'
import { runStartup } from './startup.js'

const { values: { quick } } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const effort = quick
  ? { sets: 1, rounds: 1, seconds: 0.1, warmUp: 0, mostSessions: 100, turns: 1, processes: 3 }
  : { sets: 3, rounds: 12, seconds: 0.1, warmUp: 0.5, turns: 10, processes: 11 }
const names = [
  'typed-session', 'typed-session-encrypted', 'floor', 'secure-session', 'session', 'jwt', 'iron-session', 'cookie'
]

// The commit as it is now, whatever is checked out while this runs.
const setting = describeSetting(['@fastify/secure-session', '@fastify/session', '@fastify/jwt', 'iron-session'])
const progress = (text) => process.stderr.write(`${text}\n`)
const cells = await runRounds({ names, ...effort, onRound: (done, all) => progress(`round ${done} of ${all}`) })
progress('allocations')
const allocations = await runAllocations({ names, warmUp: effort.warmUp, chosen: ['untouched', 'read', 'write'] })
progress('codec')
const { runCodec } = await importWithLib('codec.js')
const codec = await runCodec(effort)
progress('start-up')
const startup = await runStartup(effort)

const results = {
  effort: quick ? 'quick' : 'full',
  ...setting,
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
console.log(`${overheadTable(results)}\n\n${targetTable(results)}\n\n${settingText(results)}`)

/** Imports a module of this folder that uses files of lib: the package has no such exports. */
async function importWithLib (name) {
  const { href, pathname } = new URL(`.work/${name}`, import.meta.url)
  await build({
    entryPoints: [new URL(name, import.meta.url).pathname],
    outfile: pathname,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023'
  })
  return import(href)
}
