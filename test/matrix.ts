// Runs all unit tests but those in browsers on each Node.js that the package supports, the tests of test/schema, in a
// copy of the repository, on each zod, and compiles the shop against the built package with each TypeScript. npm brings
// all three. `npm run test:matrix`, or `npm run test:matrix -- 24 zod@4.1.0 typescript@5.4 …`
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const given = process.argv.slice(2)
const versions = given.length > 0
  ? given
  : ['20', '22', '24', '26', 'zod@4.1.0', 'zod@4.1.12', 'zod@4.2', 'zod@4.3', 'zod@latest',
      'typescript@5.4', 'typescript@5.6', 'typescript@5.8', 'typescript@5.9', 'typescript@6.0']

const failed = versions.filter((version) => !passes(version))
if (failed.length > 0) {
  console.error(`failed on ${failed.join(', ')}`)
  process.exitCode = 1
}

function passes (version: string): boolean {
  if (version.startsWith('zod@')) return passesOnZod(version)
  return version.startsWith('typescript@') ? passesOnTypeScript(version) : passesOnNode(version)
}

function passesOnNode (version: string): boolean {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'browser')
  const tests = ['test/*.test.ts', ...folders.map(({ name }) => `test/${name}/**/*.test.ts`)].map((glob) => `'${glob}'`).join(' ')
  console.log(`Node.js ${version}: all unit tests but those in browsers`)
  const command = `node node_modules/tap/dist/esm/run.mjs --disable-coverage --reporter=terse ${tests}`
  const passes = runs('npx', ['--yes', '--package', `node@${version}`, '--call', command], root)
  console.log(`Node.js ${version}: ${passes ? 'all pass' : 'some fail'}`)
  return passes
}

/** In a copy of the repository that has the packages of this one, and another zod. */
function passesOnZod (version: string): boolean {
  const copy = mkdtempSync(join(tmpdir(), 'zod-'))
  try {
    for (const each of ['lib', 'test', 'package.json', 'tsconfig.json']) cpSync(join(root, each), join(copy, each), { recursive: true })
    const modules = join(copy, 'node_modules')
    mkdirSync(modules)
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== 'zod' && !name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
    }
    const other = join(copy, 'zod')
    mkdirSync(other)
    if (!runs('npm', ['install', '--silent', '--no-audit', '--no-fund', '--no-save', '--prefix', other, version], other)) return false
    symlinkSync(join(other, 'node_modules', 'zod'), join(modules, 'zod'))
    const tests = readdirSync(join(copy, 'test', 'schema'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
    const { version: installed } = JSON.parse(readFileSync(join(modules, 'zod', 'package.json'), 'utf8')) as { version: string }
    const bad = tests.filter((file) => !runs(process.execPath, ['--import', 'tsx', join('test', 'schema', file)], copy))
    console.log(`${version}, which is ${installed}: ${tests.length - bad.length} of the ${tests.length} files in test/schema pass`, ...bad)
    return bad.length === 0
  } finally {
    rmSync(copy, { recursive: true })
  }
}

/** With each way to resolve modules, and with the strictest settings: the declarations of the package are checked too. */
function passesOnTypeScript (version: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'typescript-'))
  try {
    if (!runs('npm', ['install', '--silent', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, version], folder)) return false
    const tsc = join(folder, 'node_modules', 'typescript', 'bin', 'tsc')
    const shop = readdirSync(join(root, 'examples', 'shop'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const settings = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', '--typeRoots', join(root, 'node_modules', '@types'), '--allowImportingTsExtensions', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false']
    const bad = [['nodenext', 'nodenext'], ['node16', 'node16'], ['esnext', 'bundler']].filter(([module = '', resolution = '']) =>
      !runs(process.execPath, [tsc, ...settings, '--module', module, '--moduleResolution', resolution, ...shop.map((file) => join(root, 'examples', 'shop', file))], folder))
    console.log(`${version}: the shop compiles with ${3 - bad.length} of 3 ways to resolve modules`, ...bad)
    return bad.length === 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runs (command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}
