import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

export function read (file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** All pages of prose, by their paths from the root. */
export const pages: readonly string[] = [
  'README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true }).map(String).filter((path) => path.endsWith('.md')).map((path) => `docs/${path.replaceAll('\\', '/')}`)
]

export interface Block {
  readonly page: string
  readonly title: string
  readonly language: string
  /** `types-only`: checked by the compiler, but not run. `node:test`: run by node --test. A path: that of the file that it shows. */
  readonly note: string
  readonly code: string
}

/** The fenced blocks of all pages. */
export const blocks: readonly Block[] = pages.flatMap((page) => {
  const fences = read(page).matchAll(/^```([^\s`]*) *(.*)\n([^]*?)^```$/gm)
  return Array.from(fences, ([, language = '', note = '', code = ''], index) => ({ page, title: `block ${index + 1} of ${page}`, language, note, code }))
})

/** The links of a page to other files, as the files from the root and their headings. */
export function linksOf (page: string): { target: string, file: string, anchor: string | undefined }[] {
  const prose = read(page).replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')
  return Array.from(prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, target = '']) => {
    const [path = '', anchor] = target.split('#')
    return { target, file: path === '' ? page : join(page, '..', path), anchor }
  })
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf (page: string): string[] {
  return Array.from(read(page).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

/** The rows of the first table under a heading, without its head. */
export function tableOf (page: string, heading: string): string[][] {
  const [, section = ''] = read(page).split(new RegExp(`^#+ ${heading}\n`, 'm'))
  const [table = ''] = section.match(/(^\|.*\n)+/m) ?? []
  return table.trim().split('\n').slice(2).map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()))
}

/** What the first column of a table names in code: `get(key)` is get. */
export function keysOfTable (page: string, heading: string): string[] {
  return tableOf(page, heading).flatMap(([cell = '']) => Array.from(cell.matchAll(/`([^`(]+)[^`]*`/g), ([, key = '']) => key)).sort()
}
