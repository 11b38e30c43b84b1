// Coverage-guided fuzzing of all that reads a cookie: `npm run test:fuzz`, with the number of runs as an argument.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'

const require = createRequire(import.meta.url)
const { Fuzzer } = require('jsfuzz/build/src/fuzzer.js')
const runs = Number(process.argv[2] ?? 200_000)

// The fuzzer counts coverage in CommonJS, and writes what it finds beside its seeds.
process.chdir(new URL('.', import.meta.url).pathname)
rmSync('.work', { recursive: true, force: true })
mkdirSync('.work/corpus', { recursive: true })
for (const seed of readdirSync('corpus')) copyFileSync(`corpus/${seed}`, `.work/corpus/${seed}`)
await build({
  absWorkingDir: process.cwd(),
  entryPoints: ['./target.ts'],
  outfile: '.work/target.cjs',
  bundle: true,
  platform: 'node',
  logLevel: 'error'
})

const fuzzer = new Fuzzer('.work/target.cjs', ['.work/corpus'], '.work/crash', 2048, 30, false, false, false)
fuzzer.start()
const watch = setInterval(() => {
  if (fuzzer.total_executions < runs && fuzzer.worker.exitCode === null) return
  clearInterval(watch)
  fuzzer.clearIntervals()
  fuzzer.worker.removeAllListeners()
  fuzzer.worker.kill()
  const found = process.exitCode === 1
  console.log(`${fuzzer.total_executions} runs, ${fuzzer.corpus.getLength()} inputs kept, ${found ? 'a failure: see .work/crash' : 'no failure'}`)
  process.exit(found ? 1 : 0)
}, 200)
