import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { z } from 'zod'
import fastifyTypedSession, { type Session } from '../lib/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')

const readme = read('README.md')
const docs = readdirSync(join(root, 'docs'), { recursive: true }).map(String).filter((path) => path.endsWith('.md'))
const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...docs.map((path) => join('docs', path))]
const { name: packageName, scripts, peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json')) as {
  name: string, scripts: Record<string, string>, peerDependencies: Record<string, string>, peerDependenciesMeta: Record<string, object>
}
const requiredPeers = Object.keys(peerDependencies).filter((name) => !Object.hasOwn(peerDependenciesMeta, name))
process.env.SESSION_SECRET = 'a secret for the README\'s examples'
process.env.SECRET_KEY = 'a secret for the examples of docs/flask.md'

interface Block {
  readonly page: string
  readonly title: string
  readonly language: string
  /** `types-only`: checked by the compiler, but not run. */
  readonly note: string
  readonly code: string
}

const blocks: Block[] = pages.flatMap((page) => {
  const fences = read(page).matchAll(/^```([^\s`]*) *(.*)\n([^]*?)^```$/gm)
  return Array.from(fences, ([, language = '', note = '', code = ''], index) => ({ page, title: `block ${index + 1} of ${page}`, language, note, code }))
})
const examples = blocks.filter(({ language }) => language === 'ts')
const makesApp = ({ code }: Block) => code.includes('const app = ')
/** A block that makes no app continues the first one of its page that does, or else of the README. */
const firstOf = (page: string) => examples.find((block) => block.page === page && makesApp(block)) ?? examples[0] as Block
const whole = (block: Block) => makesApp(block) ? block.code : `${firstOf(block.page).code}\n${block.code}`

const files = new Map(examples.map((block, index) => [join(root, `example-${index}.ts`), whole(block)]))
const program = compile()
const types = ['session/types', 'options/option-types'].flatMap((module) => [...program.getSourceFile(join(root, `lib/${module}.ts`))?.statements ?? []])
const checker = program.getTypeChecker()

t.test('a block is in a language that this file checks, or in none that it should', async (t) => {
  for (const { title, language } of blocks) t.match(language, /^(ts|sh|text|python|http|json)$/, title)
})

t.test('every TypeScript block compiles', async (t) => {
  for (const [index, { title }] of examples.entries()) {
    const source = program.getSourceFile(join(root, `example-${index}.ts`))
    const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    t.same(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')), [], title)
  }
})

t.test('every TypeScript block runs, and what it asserts is so', async (t) => {
  const assertions = t.capture(console, 'assert')
  for (const block of examples) {
    if (block.note !== 'types-only') await t.resolves(run(t, block), block.title)
  }
  for (const { args: [holds] } of assertions()) t.equal(holds, true)
})

t.test('the first example logs in, knows the user, and logs out', async (t) => {
  const app = await run(t, examples[0] as Block)
  const login = await app.inject({ method: 'POST', url: '/login' })
  const cookies = Object.fromEntries(login.cookies.map(({ name, value }) => [name, value]))

  t.equal((await app.inject('/me')).body, 'Not logged in')
  t.equal((await app.inject({ url: '/me', cookies })).body, '12345')
  t.match(login.headers['set-cookie'], /^session=.+; Max-Age=2678400; /)
  const logout = await app.inject({ method: 'POST', url: '/logout', cookies })
  t.match(logout.headers['set-cookie'], /^session=; Max-Age=0; /)
})

t.test('every shell command does what the page says', async (t) => {
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split(/\n| && /))
  t.not(commands.length, 0)
  for (const command of commands) {
    const [, script, file] = /^npm (?:run )?((?<=run )\S+|start|test)(?: -- (\S+))?$/.exec(command) ?? []
    const [, source] = /^node -e "(.+)"$/.exec(command) ?? []
    if (command === 'npm ci') t.ok(existsSync(join(root, 'package-lock.json')), command)
    else if (command.startsWith('npm install ')) t.same(command.split(' ').slice(2).sort(), [packageName, ...requiredPeers].sort(), command)
    else if (script !== undefined) t.ok(script in scripts && existsSync(join(root, file ?? '')), command)
    else if (source !== undefined) t.equal(Buffer.from(execFileSync(process.execPath, ['-e', source]).toString().trim(), 'base64url').length, 32, command)
    else t.fail(`nothing checks: ${command}`)
  }
})

t.test('every link leads to a file and a heading that are there', async (t) => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(page, '..', path)
      t.ok(existsSync(join(root, file)), `${page} links to ${target}`)
      if (anchor !== undefined) t.ok(anchors(read(file)).includes(anchor), `${page} links to ${target}`)
    }
  }
})

t.test('the tables name all that there is', async (t) => {
  t.same(keysOfTable('Options'), members('TypedSessionOptions'), 'options')
  t.same(keysOfTable('The session'), members('SessionControls'), 'members of the session')
  t.same(keysOfTable('Why am I logged out?'), members('RejectionReason'), 'reasons')
  t.same(keysOfTable('Errors'), [...new Set(read('lib/util/errors.ts').match(/FST_TYPED_SESSION_\w+/g))].sort(), 'codes')
})

t.test('the page of the architecture names every room of lib', async (t) => {
  const named = Array.from(read('docs/architecture.md').matchAll(/^\| `([\w-]+)` \|/gm), ([, room]) => room).sort()
  t.same(named, readdirSync(join(root, 'lib')).filter((name) => !name.endsWith('.ts')).sort())
})

t.test('each package of the table has a test, in the version that is installed', async (t) => {
  const tests = readdirSync(join(root, 'test/ecosystem')).map((file) => read(`test/ecosystem/${file}`))
  for (const [cell = '', version] of tableOf('Works with')) {
    const name = cell.replaceAll('`', '')
    t.ok(tests.some((test) => test.includes(`from '${name}`)), `${name} has a test`)
    t.equal(JSON.parse(read(`node_modules/${name}/package.json`)).version, version, name)
  }
})

t.test('the table of what is sent is what the plugin does', async (t) => {
  const rows = tableOf('What is sent, and when')
  t.equal(rows.length, 5)
  for (const [permanent = '', changed = '', refresh = '', sent = ''] of rows) {
    for (const refreshEachRequest of refresh === 'on or off' ? [true, false] : [refresh === 'on']) {
      t.equal(await whatIsSent(permanent === 'yes', changed === 'yes', refreshEachRequest), sent, `${permanent}, ${changed}, ${refresh}`)
    }
  }
})

async function whatIsSent (permanent: boolean, changed: boolean, refreshEachRequest: boolean): Promise<string> {
  let now = Date.UTC(2026, 0, 1)
  const app = Fastify()
  const schema = z.object({ visits: z.number().default(0) })
  await app.register(fastifyTypedSession, { schema, secret: randomBytes(32), refreshEachRequest, now: () => now })
  app.get('/', async (request) => {
    const session = request.getDecorator<Session<typeof schema>>('session')
    if (session.visits === 0) session.permanent = permanent
    if (session.visits === 0 || changed) session.visits += 1
  })
  const before = (await app.inject('/')).cookies[0]
  now += 1000
  const after = (await app.inject({ url: '/', cookies: { session: before?.value ?? '' } })).cookies[0]
  if (after === undefined) return 'none'
  const [payload, time] = after.value.split('.')
  const session = payload === before?.value.split('.')[0] ? 'the same session' : 'the session'
  const signed = Buffer.from(time ?? '', 'base64url').readUInt32BE() === now / 1000 ? 'signed now' : 'not signed now'
  const lives = after.maxAge !== undefined && after.expires !== undefined
  return `${session}, ${signed}, ${lives ? 'with' : 'without'} Max-Age and Expires`
}

function compile (): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const settings = { ...options, paths: { [packageName]: [join(root, 'lib/index.ts')], [`${packageName}/*`]: [join(root, 'lib/*.ts')] } }
  const host = ts.createCompilerHost(settings)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => files.has(file) || fileExists(file)
  host.readFile = (file) => files.get(file) ?? readFile(file)
  host.getSourceFile = (file, target, ...others) => {
    const text = files.get(file)
    return text === undefined ? getSourceFile(file, target, ...others) : ts.createSourceFile(file, text, target)
  }
  return ts.createProgram([...files.keys()], settings, host)
}

/** Runs a block against lib, and gives the app of it. It does not listen. */
async function run (t: Test, block: Block): Promise<FastifyInstance> {
  const source = whole(block).replace(/^await \w+\.listen\(.*\n/m, '') + '\nexport { app }'
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } })
  const code = outputText.replaceAll(new RegExp(`'${packageName}(/[^']+)?'`, 'g'), (_, path = '/index') =>
    `'${pathToFileURL(join(root, `lib${path}.ts`)).href}'`)
  const folder = t.testdir({ 'example.mjs': code })
  const { app } = await import(`${pathToFileURL(join(folder, 'example.mjs')).href}?${block.title}`) as { app: FastifyInstance }
  return app
}

/** The members of a type of lib/session/types.ts or lib/options/option-types.ts: its properties, or what it is a union of. */
function members (typeName: string): string[] {
  const declaration = types.find((statement) =>
    (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) && statement.name.text === typeName)
  if (declaration === undefined) return []
  const type = checker.getTypeAtLocation(declaration)
  return (type.isUnion() ? type.types.map((each) => String((each as ts.StringLiteralType).value)) : type.getProperties().map(({ name }) => name)).sort()
}

/** The rows of the first table under a heading, without its head. */
function tableOf (heading: string): string[][] {
  const [, section = ''] = readme.split(`## ${heading}\n`)
  const [table = ''] = section.match(/(^\|.*\n)+/m) ?? []
  return table.trim().split('\n').slice(2).map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()))
}

/** What the first column names in code: `get(key)` is get. */
function keysOfTable (heading: string): string[] {
  return tableOf(heading).flatMap(([cell = '']) => Array.from(cell.matchAll(/`([^`(]+)[^`]*`/g), ([, key = '']) => key)).sort()
}

function anchors (markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}
