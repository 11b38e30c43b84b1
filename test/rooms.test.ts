import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path/posix'
import t from 'tap'
import ts from 'typescript'

const lib = new URL('../lib/', import.meta.url)

// From the ground up: a room imports only from itself and from the rooms before it. '.' is what the package exports.
const rooms = ['util', 'adopt', 'payload', 'token', 'schema', 'device-bound', 'session', 'stores', 'backend', 'options', 'request', 'fastify', 'flask', 'testing', 'cli', '.']
const maxFiles = 9

// Folders of test/ that mirror no room.
const kindsOfTests = ['assurance', 'browser', 'ecosystem', 'examples', 'fuzz', 'mutation', 'support', 'vectors']

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .sort()

t.test('every file of lib loads, so that the coverage counts it', async (t) => {
  for (const file of files) await t.resolves(import(`../lib/${file}`), file)
})

t.test('every file is in a room, and no room has more than nine', async (t) => {
  t.strictSame([...new Set(files.map(dirname))].sort(), [...rooms].sort())
  for (const room of rooms) {
    const { length } = files.filter((file) => dirname(file) === room)
    t.ok(length <= maxFiles, `${room} has ${length} files`)
  }
})

t.test('imports point down, and never in a circle', async (t) => {
  const up = files.flatMap((file) => importsOf(file)
    .filter((imported) => imported.endsWith('.ts') && rooms.indexOf(dirname(imported)) > rooms.indexOf(dirname(file)))
    .map((imported) => `${file} imports ${imported}`))
  t.strictSame(up, [])
  t.equal(findCycle(new Map(files.map((file) => [file, importsOf(file)]))), undefined)
  t.strictSame(findCycle(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b', 'c', 'b'], 'a cycle would be found')
})

t.test('each folder of tests mirrors a room, or is of another kind', async (t) => {
  const folders = readdirSync(new URL('../test/', import.meta.url), { withFileTypes: true }).filter((each) => each.isDirectory()).map(({ name }) => name)
  t.strictSame(folders.filter((name) => !rooms.includes(name) && !kindsOfTests.includes(name)), [])
})

t.test('docs/architecture.md has a row for each room, and names files that exist', async (t) => {
  const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, room]) => room === 'lib/*.ts' ? '.' : room)
  t.strictSame(rows, rooms.toReversed())
  const [, diagram = ''] = /```text\nrequest\n(.*?)```/s.exec(page) ?? []
  const named = [...diagram.matchAll(/^\W*([a-z-]+\/[a-z-]+)/gm)].map(([, file]) => `${file}.ts`)
  t.ok(named.length > 20)
  t.strictSame(named.filter((file) => !files.includes(file)), [])
})

t.test('what the package exports has no logic', async (t) => {
  for (const file of files.filter((file) => dirname(file) === '.')) {
    const { statements } = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest)
    t.ok(statements.every((each) => ts.isExportDeclaration(each) || ts.isImportDeclaration(each)), file)
  }
})

t.test('few files outside of lib/fastify and lib/flask know Fastify', async (t) => {
  t.strictSame(
    files.filter((file) => importsOf(file).includes('fastify') && !['fastify', 'flask'].includes(dirname(file))),
    ['options/option-types.ts', 'testing/device-bound-browser.ts']
  )
})

t.test('only lib/schema loads zod', async (t) => {
  t.strictSame(
    files.filter((file) => /^(import|export) (?!type\b).*'zod\b/m.test(read(file))),
    ['schema/analysis.ts', 'schema/convert.ts', 'schema/schema.ts']
  )
})

function read (file: string): string {
  return readFileSync(new URL(file, lib), 'utf8')
}

// Files of lib by their path in lib, packages by their name; not Node.js.
function importsOf (file: string): string[] {
  return ts.preProcessFile(read(file)).importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => name.startsWith('.') ? new URL(name, new URL(file, lib)).href.slice(lib.href.length) : name)
}

function findCycle (graph: ReadonlyMap<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = visit(start, [])
    if (cycle !== undefined) return cycle
  }

  function visit (file: string, path: string[]): string[] | undefined {
    const at = path.indexOf(file)
    if (at !== -1) return [...path.slice(at), file]
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle !== undefined) return cycle
    }
    done.add(file)
  }
}
