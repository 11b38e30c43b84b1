import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { read, root } from './support/pages.ts'

// [test](test/file.test.ts "title of the test"), or 'title' where the title has a quotation mark.
const testLink = /\[test\]\((test\/\S+\.test\.ts) (?:"([^"]+)"|'([^']+)')\)/g
const page = read('SECURITY.md')

t.test('every promise of SECURITY.md names its test', async (t) => {
  const sections = [...page.matchAll(/^### Promised.*\n([^]*?)(?=^#)/gm)]
  t.equal(sections.length, 3)
  for (const [, section = ''] of sections) {
    for (const line of section.split('\n').filter((line) => line.startsWith('- '))) {
      const marked = line.slice(2).replace(testLink, '✓').replace(/\*\*([^*]+)\*\*/, '')
      const promises = marked.split(/(?<=[.;:](?: ✓)*) (?!✓)/).map((each) => each.trim()).filter((each) => each !== '')
      t.not(promises.length, 0, line)
      for (const promise of promises) t.match(promise, /✓$/, promise)
    }
  }
})

t.test('every test that SECURITY.md names exists', async (t) => {
  const links = Array.from(page.matchAll(testLink), ([, file = '', double, single]) => ({ file, title: double ?? single ?? '' }))
  t.ok(links.length > 20, `${links.length} links`)
  for (const { file, title } of links) {
    if (!existsSync(join(root, file))) t.fail(`${file} does not exist`)
    else t.ok(titlesOf(file).some((each) => each.test(title)), `${file}: ${title}`)
  }
})

/** The titles of a file's tests. What a template fills in can be anything. */
function titlesOf (file: string): RegExp[] {
  const titles: RegExp[] = []
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true))
  return titles

  function visit (node: ts.Node): void {
    if (ts.isCallExpression(node) && /(^|\.)test$/.test(node.expression.getText())) {
      const [title] = node.arguments
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(new RegExp(`^${escapeRegExp(title.text)}$`))
      else if (title !== undefined && ts.isTemplateExpression(title)) {
        titles.push(new RegExp(`^${[title.head, ...title.templateSpans.map(({ literal }) => literal)].map(({ text }) => escapeRegExp(text)).join('.+')}$`))
      }
    }
    ts.forEachChild(node, visit)
  }
}

function escapeRegExp (text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
