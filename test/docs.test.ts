import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { childEnv } from './support/child.ts'
import { blocks, read, root, type Block } from './support/pages.ts'
import { moduleOf, problemsOf, run } from './support/snippets.ts'

process.env.SESSION_SECRET = 'a secret for the examples of the docs'
process.env.SECRET_KEY = 'a secret for the examples of docs/flask.md'

// On these pages, a block that makes neither an app nor a schema continues the first one.
const continued = ['docs/flask.md', 'docs/stores.md']
const continues = ({ page, code }: Block) => continued.includes(page) && !/const app = |from 'zod'/.test(code)
const firstOf = (page: string) => blocks.find((block) => block.page === page && block.language === 'ts') as Block
const whole = (block: Block): Block => continues(block) ? { ...block, code: `${firstOf(block.page).code}\n${block.code}` } : block

const isFile = ({ note }: Block) => note.startsWith('examples/')
const typescript = blocks.filter((block) => block.language === 'ts' && !isFile(block)).map(whole)
const runnable = [...typescript, ...blocks.filter(({ language }) => language === 'js')].filter(({ note }) => note === '')

t.test('a block is in a language that is checked, or in none that can be', async (t) => {
  for (const { title, language, note } of blocks) {
    t.match(language, /^(ts|js|sh|text|python|http|json|nginx|dockerfile)$/, title)
    t.match(note, /^(types-only|node:test|examples\/\S+)?$/, title)
  }
})

t.test('a block that shows a file of the examples is that file', async (t) => {
  for (const { title, note, code } of blocks.filter(isFile)) t.equal(code, read(note), title)
})

t.test('every TypeScript block compiles', async (t) => {
  for (const { title, problems } of problemsOf(typescript)) t.same(problems, [], title)
})

t.test('every block runs, and what it asserts is so', async (t) => {
  const assertions = t.capture(console, 'assert')
  for (const block of runnable) await t.resolves(run(t, block), block.title)
  const made = assertions()
  t.not(made.length, 0)
  for (const { args: [holds] } of made) t.equal(holds, true)
})

t.test('every block for node:test passes', async (t) => {
  const tests = blocks.filter(({ note }) => note === 'node:test')
  t.not(tests.length, 0)
  for (const block of tests) {
    const folder = t.testdir({ 'example.mjs': moduleOf(block) })
    const { stdout } = await promisify(execFile)(process.execPath,
      ['--import', 'tsx', '--test', '--test-reporter=tap', join(folder, 'example.mjs')],
      { cwd: root, env: childEnv })
    t.match(stdout, /^# pass [1-9]/m, block.title)
    t.match(stdout, /^# fail 0$/m, block.title)
  }
})
