// Mutation tests: `npm run test:mutation`, or with the modules to mutate as arguments. Each module is judged by the tests
// that mirror it and by those of the modules that use it most. Prints the survivors with their places, and writes the
// scores into docs/assurance.md.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path/posix'

process.chdir(new URL('../..', import.meta.url).pathname)

const witnesses = {
  'token/token': ['payload/payload', 'fastify/plugin/encryption', 'fastify/plugin/flask', 'fastify/plugin/flask-format'],
  'session/decode': ['request/session-manager', 'fastify/plugin/migrate'],
  backend: ['backend/store-backend'],
  'payload/flask-reader': ['payload/flask-json'],
  'payload/flask-writer': ['payload/flask-json'],
  'util/session-id': ['backend/store-backend'],
  'token/keys': ['token/signer', 'token/token'],
  'payload/python-types': ['payload/flask-json'],
  'session/rebase': ['backend/store-backend'],
  'request/request-session': ['fastify/plugin/flask', 'fastify/plugin/bad-cookie', 'fastify/plugin/absolute-lifetime', 'fastify/plugin/migrate'],
  'fastify/route': ['fastify/plugin/route'],
  'request/session-manager': ['fastify/plugin/migrate', 'backend/store-backend'],
  'session/session-state': ['session/session', 'fastify/plugin/flask', 'fastify/plugin/absolute-lifetime', 'backend/store-backend'],
  'payload/tagged-json': ['payload/payload'],
  'payload/tags': ['payload/payload', 'payload/tagged-json']
}
const modules = process.argv.length > 2 ? process.argv.slice(2) : modulesOf('lib')
const work = 'test/mutation/.work'
mkdirSync(work, { recursive: true })

for (const module of modules) {
  const testFiles = [module, ...witnesses[dirname(module)] ?? [], ...witnesses[module] ?? []].flatMap(testsOf)
  const name = module.replaceAll('/', '-')
  const report = `${work}/${name}.json`
  const config = `${work}/${name}.config.json`
  writeFileSync(config, JSON.stringify({
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner', './test/mutation/prose.js'],
    ignorers: ['prose'],
    mutate: [`lib/${module}.ts`],
    tap: { testFiles, nodeArgs: ['--import', 'tsx', '-r', '{{hookFile}}', '{{testFile}}'] },
    tsconfigFile: 'none',
    concurrency: 2,
    tempDirName: `${work}/${name}.sandbox`,
    ignorePatterns: ['benchmark', 'examples', 'docs', 'dist', 'test/fuzz', 'test/mutation'],
    reporters: ['json'],
    jsonReporter: { fileName: report }
  }))
  spawnSync(process.execPath, ['test/mutation/node_modules/@stryker-mutator/core/bin/stryker.js', 'run', config],
    { stdio: ['ignore', 'ignore', 'inherit'] })
  const { mutants, alive } = counted(report)
  console.log(`${module}: ${score(mutants.length, alive.length)} of ${mutants.length}`)
  for (const { location: { start }, mutatorName, replacement } of alive) {
    console.log(`  lib/${module}.ts:${start.line}:${start.column} ${mutatorName} ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`)
  }
  writeRow(module, mutants.length, alive.length)
}

// What the package exports has no logic, and types have none either.
function modulesOf (folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.includes('/') && file.endsWith('.ts') && !/types\.ts$|backend\/backend\.ts$|stores\/store\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
}

// A module's tests are a file, or a folder where they are many.
function testsOf (module) {
  if (existsSync(`test/${module}.test.ts`)) return [`test/${module}.test.ts`]
  return existsSync(`test/${module}`) ? readdirSync(`test/${module}`).map((file) => `test/${module}/${file}`) : []
}

function counted (report) {
  const all = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap((file) => file.mutants)
  const mutants = all.filter(({ status }) => !['Ignored', 'CompileError', 'RuntimeError'].includes(status))
  return { mutants, alive: mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage') }
}

function score (mutants, alive) {
  return `${(100 * (1 - alive / mutants)).toFixed(1)} %`
}

// The table's last row is the sum of those above it.
function writeRow (module, mutants, alive) {
  const file = 'docs/assurance.md'
  const lines = readFileSync(file, 'utf8').split('\n')
  const start = lines.indexOf('| --- | ---: | ---: | ---: | --- |') + 1
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith('|'))
  const rows = new Map(lines.slice(start, end - 1).map((line) => {
    const [name, ofModule, left, , of] = line.split('|').slice(1).map((cell) => cell.trim())
    return [name, { mutants: Number(ofModule), alive: Number(left), of }]
  }))
  rows.set(module, { mutants, alive, of: execFileSync('git', ['log', '-1', '--format=%h, %cs', '--abbrev=7'], { encoding: 'utf8' }).trim() })
  const sum = (key) => [...rows.values()].reduce((whole, row) => whole + row[key], 0)
  const whole = ['**all of these**', { mutants: sum('mutants'), alive: sum('alive'), of: '' }]
  const text = [...[...rows].sort(([a], [b]) => a < b ? -1 : 1), whole]
    .map(([name, row]) => `| ${name} | ${row.mutants} | ${row.alive} | ${score(row.mutants, row.alive)} | ${row.of} |`)
  writeFileSync(file, [...lines.slice(0, start), ...text, ...lines.slice(end)].join('\n'))
}
