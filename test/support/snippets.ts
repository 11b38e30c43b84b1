import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import ts from 'typescript'
import { read, root, type Block } from './pages.ts'

const { name: packageName } = JSON.parse(read('package.json')) as { name: string }

/**
 * What the compiler says about blocks. They are one program, since each alone takes seconds. So each has a session of its
 * own name: what one names in `Register`, the others do not see.
 */
export function problemsOf (blocks: readonly Block[]): { title: string, problems: string[] }[] {
  const program = createProgram(blocks.map(({ code }, index) => code.replace(/(?<![-\w])session(?![-\w'])/g, `session${index}`)))
  return blocks.map(({ title }, index) => {
    const source = program.getSourceFile(fileName(index))
    const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return { title, problems: problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')) }
  })
}

function createProgram (sources: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const settings = { ...options, paths: { [packageName]: [join(root, 'lib/index.ts')], [`${packageName}/*`]: [join(root, 'lib/*.ts')] } }
  const files = new Map(sources.map((source, index) => [fileName(index), source]))
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

function fileName (index: number): string {
  return join(root, `example-${index}.ts`)
}

/** A block as a module of JavaScript that uses lib, does not listen, and logs nothing. */
export function moduleOf ({ code }: Block): string {
  const source = code
    .replace(/^(await )?\w+\.listen\(.*\n/m, '')
    .replace(/logger: (true|\{[^}]*\})/, 'logger: false')
    .replace(/^const (.+) = require\('(.+)'\)$/gm, "import $1 from '$2'")
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } })
  return outputText.replaceAll(new RegExp(`'${packageName}(/[^']+)?'`, 'g'), (_, path = '/index') =>
    `'${pathToFileURL(join(root, `lib${path}.ts`)).href}'`)
}

/** Runs a block, and gives its app, if it makes one. */
export async function run (t: Test, block: Block): Promise<FastifyInstance | undefined> {
  const makesApp = /^const app\b/m.test(block.code)
  const folder = t.testdir({ 'example.mjs': moduleOf(block) + (makesApp ? '\nexport { app }' : '') })
  const { app } = await import(`${pathToFileURL(join(folder, 'example.mjs')).href}?${block.title}`) as { app?: FastifyInstance }
  if (app !== undefined) t.teardown(() => app.close())
  return app
}
