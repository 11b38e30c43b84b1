import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import ts from 'typescript'

const lib = new URL('../lib/', import.meta.url)

// What each module may import, types included: lib's modules by their path, and packages, in alphabetical order. The
// leaves first. Modules of Node.js are free to all.
const map: Record<string, string[]> = {
  encoding: [],
  values: [],
  headers: [],
  changes: [],
  xaes: [],
  nonces: ['xaes'],
  errors: ['@fastify/error'],
  hmac: [],
  keys: ['hmac', 'xaes'],
  cookies: ['errors'],
  tags: ['errors', 'values'],
  python: ['errors', 'tags', 'values'],
  'tagged-json': ['errors', 'python', 'tags', 'values'],
  'flask-reader': ['tags'],
  'flask-writer': ['errors', 'flask-reader', 'python', 'tags', 'values'],
  payload: ['encoding', 'errors', 'flask-reader', 'flask-writer', 'tagged-json', 'values'],
  marks: ['errors', 'payload', 'values'],
  signer: ['encoding', 'keys'],
  cipher: ['encoding', 'nonces', 'signer', 'xaes'],
  codec: ['cipher', 'encoding', 'flask-reader', 'keys', 'marks', 'payload', 'signer'],
  verified: ['codec'],
  'schema-survey': ['errors', 'zod/v4/core'],
  schema: ['errors', 'payload', 'schema-survey', 'values', 'zod/v4/core'],
  'stores/store': [],
  types: ['codec', 'cookies', 'zod/v4/core'],
  'option-types': ['codec', 'cookies', 'fastify', 'hmac', 'keys', 'schema', 'stores/store', 'types', 'zod/v4/core'],
  diagnostics: ['changes', 'types'],
  identity: [],
  decode: ['payload', 'schema', 'values'],
  rebase: ['decode', 'payload', 'values'],
  'session-state': ['changes', 'codec', 'cookies', 'identity', 'marks', 'payload', 'rebase', 'schema', 'types',
    'values'],
  session: ['cookies', 'errors', 'identity', 'marks', 'payload', 'python', 'session-state', 'types', 'values'],
  checks: ['errors', 'marks'],
  keeper: ['changes', 'codec', 'marks', 'payload', 'stores/store', 'types'],
  epochs: ['stores/store'],
  revocation: ['changes', 'codec', 'epochs', 'errors', 'identity', 'keeper', 'marks', 'types'],
  'server-sessions': ['changes', 'codec', 'epochs', 'errors', 'identity', 'keeper', 'marks', 'payload',
    'stores/store', 'types'],
  'stores/guarded': ['errors', 'stores/store', 'values'],
  keepers: ['checks', 'codec', 'decode', 'errors', 'keeper', 'option-types', 'payload', 'revocation',
    'server-sessions', 'stores/guarded', 'stores/store'],
  options: ['checks', 'codec', 'cookies', 'errors', 'hmac', 'keeper', 'keepers', 'keys', 'option-types', 'schema',
    'session', 'session-state', 'values', 'verified'],
  tokens: ['codec', 'errors', 'keeper', 'marks', 'options', 'payload', 'python', 'types'],
  arrival: ['codec', 'decode', 'diagnostics', 'errors', 'keeper', 'marks', 'options', 'payload', 'session-state', 'tokens',
    'types', 'values'],
  'request-session': ['arrival', 'changes', 'codec', 'cookies', 'diagnostics', 'errors', 'keeper', 'marks', 'options',
    'payload', 'rebase', 'session', 'session-state', 'tokens', 'types', 'values'],
  'session-codec': ['codec', 'cookies', 'decode', 'errors', 'keeper', 'marks', 'option-types', 'options', 'tokens',
    'types', 'zod/v4/core'],
  sessions: ['cookies', 'errors', 'fastify', 'options', 'session-codec', 'zod/v4/core'],
  route: ['errors', 'types', 'values'],
  response: ['fastify', 'headers'],
  'request-context': ['arrival', 'fastify', 'options', 'types'],
  plugin: ['@fastify/cookie', 'arrival', 'cookies', 'errors', 'fastify', 'fastify-plugin', 'keeper', 'option-types',
    'options', 'request-context', 'request-session', 'response', 'route', 'session-codec', 'sessions', 'types', 'warnings'],
  warnings: ['fastify', 'request-context', 'request-session', 'sessions'],
  'stores/memory': ['stores/store'],
  'stores/redis': ['stores/store'],
  'stores/express': ['stores/store', 'values'],
  'security-scheme': [],
  testing: ['session-codec', 'types', 'zod/v4/core'],
  inspect: ['cipher', 'codec', 'encoding', 'hmac', 'keys', 'payload', 'signer'],
  cli: ['codec', 'hmac', 'inspect', 'keys'],
  index: ['codec', 'cookies', 'errors', 'hmac', 'keys', 'option-types', 'plugin', 'python', 'security-scheme',
    'session-codec', 'sessions', 'types'],
  'store-contract': ['stores/store'],
  stores: ['stores/express', 'stores/memory', 'stores/redis', 'stores/store']
}

const modules = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/').slice(0, -'.ts'.length))
  .sort()

const imports = new Map(modules.map((module) => [module, importsOf(module)]))

t.test('every module of lib loads, so that none hides from the coverage', async (t) => {
  for (const module of modules) await t.resolves(import(`../lib/${module}.ts`), module)
})

t.test('each module imports what the map says, and nothing else', async (t) => {
  t.strictSame(Object.fromEntries(imports), map)
})

t.test('imports go one way: there is no cycle', async (t) => {
  t.equal(findCycle(imports), undefined)
  t.strictSame(findCycle(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b', 'c', 'b'], 'and a cycle would be found')
})

t.test('nothing but the plugin, what is next to it and the types of its options knows Fastify', async (t) => {
  t.strictSame(modules.filter((module) => imports.get(module)?.includes('fastify')), ['option-types', 'plugin', 'request-context', 'response', 'sessions', 'warnings'])
})

t.test('nothing but the schema and its survey loads zod', async (t) => {
  t.strictSame(modules.filter((module) => /^(import|export) (?!type\b).*'zod\b/m.test(read(module))), ['schema', 'schema-survey'])
})

function read (module: string): string {
  return readFileSync(new URL(`${module}.ts`, lib), 'utf8')
}

// Paths of lib from lib; packages by their names; not Node.js.
function importsOf (module: string): string[] {
  const here = new URL(`${module}.ts`, lib)
  const names = ts.preProcessFile(read(module)).importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => name.startsWith('.') ? new URL(name, here).href.slice(lib.href.length, -'.ts'.length) : name)
  return [...new Set(names)].sort()
}

function findCycle (graph: ReadonlyMap<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = visit(start, [])
    if (cycle !== undefined) return cycle
  }

  function visit (module: string, path: string[]): string[] | undefined {
    const at = path.indexOf(module)
    if (at !== -1) return [...path.slice(at), module]
    if (done.has(module)) return
    for (const next of graph.get(module) ?? []) {
      const cycle = visit(next, [...path, module])
      if (cycle !== undefined) return cycle
    }
    done.add(module)
  }
}
