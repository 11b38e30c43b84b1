import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import t from 'tap'
import ts from 'typescript'
import { z } from 'zod'
import { run as runTool } from '../lib/cli/cli.ts'
import fastifyTypedSession, { type RefreshMode, type Session } from '../lib/index.ts'
import { refreshModes } from '../lib/session/cookie-action.ts'
import { anchorsOf, blocks, keysOfTable, linksOf, pages, read, root, tableOf, type Block } from './support/pages.ts'
import { run } from './support/snippets.ts'

interface Package {
  name: string
  scripts: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, object>
}
const { name: packageName, scripts, peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json')) as Package
const requiredPeers = Object.keys(peerDependencies).filter((name) => !Object.hasOwn(peerDependenciesMeta, name))
process.env.SESSION_SECRET = 'a secret for the examples of the README'

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file))
const program = ts.createProgram([join(root, 'lib/index.ts')], ts.parseJsonConfigFileContent(config, ts.sys, root).options)

t.test('the README has 10 to 14 KB', async (t) => {
  const { length } = Buffer.from(read('README.md'))
  t.ok(length >= 10 * 1024 && length <= 14 * 1024, `${length} bytes`)
})

for (const language of ['ts', 'js']) {
  const block = blocks.find((each) => each.page === 'README.md' && each.language === language) as Block

  t.test(`the quick start in ${language} logs in, guards, and logs out`, async (t) => {
    const app = await run(t, block)
    if (app === undefined) return t.fail('no app')
    const login = (password: string, remember: boolean) =>
      app.inject({ method: 'POST', url: '/login', payload: { email: 'ada@example.com', password, remember } })

    t.equal((await app.inject('/me')).statusCode, 401)
    t.equal((await app.inject('/admin')).statusCode, 401)
    t.equal((await login('guessed', true)).statusCode, 401)
    t.equal((await app.inject({ method: 'POST', url: '/login' })).statusCode, 400)
    t.equal((await app.inject({ method: 'POST', url: '/login', payload: { email: 'ada@example.com', password: 1 } })).statusCode, 400)
    const response = await login('correct horse', true)
    const cookies = Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]))
    t.match(response.headers['set-cookie'], /; Max-Age=1209600; /)
    t.notMatch((await login('correct horse', false)).headers['set-cookie'], /Max-Age/)
    t.same((await app.inject({ url: '/me', cookies })).json(), { userId: '1', role: 'admin', cart: [] })
    t.equal((await app.inject({ url: '/admin', cookies })).statusCode, 200)
    const logout = await app.inject({ method: 'POST', url: '/logout', cookies })
    t.match(logout.headers['set-cookie'], /^session=; Max-Age=0; /)
  })
}

t.test('the quick start takes the ticked box of an HTML form', async (t) => {
  const [, field = ''] = /`(remember: z\.[^`]+)`/.exec(read('README.md')) ?? []
  const block = blocks.find((each) => each.page === 'README.md' && each.language === 'ts') as Block
  const app = await run(t, { ...block, title: 'the form', code: block.code.replace(/remember: z\.boolean\(\)[^ ]*/, field) })
  const login = async (box: object) =>
    await app?.inject({ method: 'POST', url: '/login', payload: { email: 'ada@example.com', password: 'correct horse', ...box } })
  t.match((await login({ remember: 'on' }))?.headers['set-cookie'], /; Max-Age=1209600; /)
  t.notMatch((await login({}))?.headers['set-cookie'], /Max-Age/)
})

t.test('every shell command does what the page says', async (t) => {
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split(/\n| && /))
  t.not(commands.length, 0)
  for (const command of commands) {
    const [, script, file] = /^npm (?:run )?((?<=run )\S+|start|test)(?: -- (\S+))?$/.exec(command) ?? []
    const [, source] = /^node -e "(.+)"$/.exec(command) ?? []
    const [, tool] = /^npx fastify-typed-session (\w+)/.exec(command) ?? []
    if (command === 'npm ci') t.ok(existsSync(join(root, 'package-lock.json')), command)
    else if (command.startsWith('npm install ')) t.same(command.split(' ').slice(2).sort(), [packageName, ...requiredPeers].sort(), command)
    else if (script !== undefined) t.ok(script in scripts && existsSync(join(root, file ?? '')), command)
    else if (source !== undefined) t.equal(Buffer.from(execFileSync(process.execPath, ['-e', source]).toString().trim(), 'base64url').length, 32, command)
    else if (tool !== undefined) t.match(await usesOfTool(), new RegExp(`fastify-typed-session ${tool}\\b`), command)
    else t.fail(`nothing checks: ${command}`)
  }
})

async function usesOfTool (): Promise<string> {
  let help = ''
  const nothing = async () => ''
  await runTool(['--help'], {
    env: {}, version: '', colours: false, now: Date.now, print: (text) => { help += text }, complain: () => {}, read: nothing, ask: nothing
  })
  return help
}

t.test('every link leads to a file and a heading that are there', async (t) => {
  for (const page of pages) {
    for (const { target, file, anchor } of linksOf(page)) {
      t.ok(existsSync(join(root, file)), `${page} links to ${target}`)
      if (anchor !== undefined) t.ok(anchorsOf(file).includes(anchor), `${page} links to ${target}`)
    }
  }
})

t.test('every link and picture works in the installed package, too', async (t) => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, shell: process.platform === 'win32' })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const packed = files.map(({ path }) => path)
  t.ok(['README.md', 'docs/options.md', 'SECURITY.md'].every((page) => packed.includes(page)))
  t.strictSame(packed.filter((path) => /^(CONTRIBUTING|docs\/(architecture|assurance|performance|decisions\/.*))\.md$/.test(path)), [], 'documents for contributors stay out')
  for (const page of packed.filter((path) => pages.includes(path))) {
    for (const { target, file } of linksOf(page)) t.ok(packed.some((path) => path === file || path.startsWith(`${file}/`)), `${page} links to ${target}`)
  }
})

t.test('the tables name all that there is', async (t) => {
  t.same(keysOfTable('docs/options.md', 'All options'), members('options/option-types', 'TypedSessionOptions'), 'options')
  t.same(keysOfTable('docs/options.md', 'The cookie'), members('util/cookies', 'CookieAttributes'), 'attributes of the cookie')
  t.same(keysOfTable('docs/session.md', 'Members'), members('session/types', 'SessionControls'), 'members of the session')
  t.same(keysOfTable('docs/troubleshooting.md', 'Reasons'), members('session/types', 'RejectionReason'), 'reasons')
  t.same(keysOfTable('docs/troubleshooting.md', 'Errors'), [...new Set(read('lib/util/errors.ts').match(/FST_TYPED_SESSION_\w+/g))].sort(), 'codes')
})

t.test('the page of the architecture names every room of lib', async (t) => {
  const named = Array.from(read('docs/architecture.md').matchAll(/^\| `([\w-]+)` \|/gm), ([, room]) => room).sort()
  t.same(named, readdirSync(join(root, 'lib')).filter((name) => !name.endsWith('.ts')).sort())
})

t.test('each package of the table has a test, in the version that is installed', async (t) => {
  const tests = readdirSync(join(root, 'test/ecosystem')).map((file) => read(`test/ecosystem/${file}`))
  const rows = tableOf('docs/ecosystem.md', 'Works with')
  t.equal(rows.length, 15, 'the README says fifteen')
  for (const [cell = '', version] of rows) {
    const name = cell.replaceAll('`', '')
    t.ok(tests.some((test) => test.includes(`from '${name}`)), `${name} has a test`)
    t.equal(JSON.parse(read(`node_modules/${name}/package.json`)).version, version, name)
  }
})

t.test('the table of what is sent is what the plugin does', async (t) => {
  const rows = tableOf('README.md', 'What is sent, and when')
  t.equal(rows.length, 6)
  for (const [permanent = '', changed = '', mode = '', sent = ''] of rows) {
    for (const refresh of refreshModes.filter((each) => mode === 'any' || mode.includes(`'${each}'`))) {
      t.equal(await whatIsSent(permanent === 'yes', changed === 'yes', refresh), sent, `${permanent}, ${changed}, ${refresh}`)
    }
  }
})

async function whatIsSent (permanent: boolean, changed: boolean, refresh: RefreshMode): Promise<string> {
  let now = Date.UTC(2026, 0, 1)
  const app = Fastify()
  const schema = z.object({ visits: z.number().default(0) })
  await app.register(fastifyTypedSession, { schema, secret: randomBytes(32), refresh, now: () => now })
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

/** The members of a type of lib: the names of its properties, or what it is a union of. */
function members (module: string, typeName: string): string[] {
  const source = program.getSourceFile(join(root, `lib/${module}.ts`))
  const declaration = source?.statements.find((statement) =>
    (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) && statement.name.text === typeName)
  if (declaration === undefined) return []
  const type = program.getTypeChecker().getTypeAtLocation(declaration)
  return (type.isUnion() ? type.types.map((each) => String((each as ts.StringLiteralType).value)) : type.getProperties().map(({ name }) => name)).sort()
}
