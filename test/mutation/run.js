// Mutation tests: `npm run test:mutation`, or with the modules to mutate as arguments. Each module is judged by the tests
// that mirror it and by those of the modules that use it most; survivors are printed with their places.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'

process.chdir(new URL('../..', import.meta.url).pathname)

const core = ['encoding', 'hmac', 'signer', 'keys', 'codec', 'payload', 'tagged-json', 'tags']
const others = [
  'xaes', 'cipher', 'marks', 'values', 'changes', 'headers', 'cookies', 'schema', 'session', 'session-state', 'session-codec',
  'request-session', 'options'
]
const witnesses = {
  keys: ['signer', 'codec'],
  tags: ['payload'],
  'tagged-json': ['payload'],
  'session-state': ['session', 'plugin/flask', 'plugin/absolute-lifetime'],
  'request-session': ['plugin/flask', 'plugin/bad-cookie', 'plugin/absolute-lifetime', 'plugin/migrate'],
  'session-codec': ['plugin/migrate']
}
const modules = process.argv.length > 2 ? process.argv.slice(2) : [...core, ...others]
const work = 'test/mutation/.work'
mkdirSync(work, { recursive: true })

for (const module of modules) {
  const testFiles = [module, ...witnesses[module] ?? []].map((name) => `test/${name}.test.ts`).filter(existsSync)
  const report = `${work}/${module}.json`
  writeFileSync(`${work}/stryker.json`, JSON.stringify({
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    mutate: [`lib/${module}.ts`],
    tap: { testFiles, nodeArgs: ['--import', 'tsx', '-r', '{{hookFile}}', '{{testFile}}'] },
    tsconfigFile: 'none',
    concurrency: 2,
    tempDirName: `${work}/sandbox`,
    ignorePatterns: ['benchmark', 'examples', 'docs', 'dist', 'test/fuzz', 'test/mutation'],
    reporters: ['json'],
    jsonReporter: { fileName: report }
  }))
  spawnSync(process.execPath, ['test/mutation/node_modules/@stryker-mutator/core/bin/stryker.js', 'run', `${work}/stryker.json`],
    { stdio: ['ignore', 'ignore', 'inherit'] })
  summarise(module, report)
}

function summarise (module, report) {
  const mutants = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap((file) => file.mutants)
  const counted = mutants.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError' && status !== 'RuntimeError')
  const alive = counted.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const score = 100 * (1 - alive.length / counted.length)
  console.log(`${module}: ${score.toFixed(1)} % of ${counted.length}`)
  for (const { location: { start }, mutatorName, replacement } of alive) {
    console.log(`  lib/${module}.ts:${start.line}:${start.column} ${mutatorName} ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`)
  }
}
