// node benchmark/readme.js: makes the plot, and the tables of docs/comparison.md and docs/performance.md, from results.json
// and results-stores.json.
import { readFile, writeFile } from 'node:fs/promises'
import { plot } from './plot.js'
import { allocationTable, codecTable, overheadTable, startupTable, storeTable, targetTable } from './report.js'
import { settingText } from './setting.js'

const results = await read('results.json')
const stores = await read('results-stores.json')
const brief = ['untouched', 'read', 'write', 'read 1 KB']
const peers = ['bare', 'typed-session', 'typed-session-encrypted', 'floor', 'secure-session', 'session', 'jwt', 'iron-session']

await writeFile(new URL('plot.svg', import.meta.url), plot(results))
await fill('../docs/comparison.md', { figures: `${overheadTable(results, brief, peers)}\n\n${settingText(results)}` })
await fill('../docs/performance.md', {
  overhead: `${overheadTable(results)}\n\n${settingText(results)}`,
  allocations: allocationTable(results),
  codec: codecTable(results),
  startup: startupTable(results),
  stores: `${storeTable(stores)}\n\n${settingText(stores)}`,
  targets: targetTable(results)
})

async function read (name) {
  return JSON.parse(await readFile(new URL(name, import.meta.url), 'utf8'))
}

/** Puts texts between the comments of a page that name them. */
async function fill (path, texts) {
  const file = new URL(path, import.meta.url)
  let page = await readFile(file, 'utf8')
  for (const [name, text] of Object.entries(texts)) {
    const [before, after] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`].map((comment) => page.indexOf(comment))
    if (before === -1 || after === -1) throw new Error(`${path} has no place for ${name}`)
    page = `${page.slice(0, before)}<!-- ${name} -->\n\n${text}\n\n${page.slice(after)}`
  }
  await writeFile(file, page)
}
