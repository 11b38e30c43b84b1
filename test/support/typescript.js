// `node --import` of this runs TypeScript: it writes blanks over the types (ts-blank-space), so that each line and column
// of the code stays, for coverage and stack traces, with no source map. node_modules/.cache keeps what it wrote, since
// each test file has a process of its own, and loading the compiler takes longer than most of them.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

// Node.js runs load() in a thread of its own, which imports this file again.
if (isMainThread) register(import.meta.url)

const cache = new URL('../../node_modules/.cache/test/', import.meta.url)

export async function load (url, context, nextLoad) {
  if (!url.endsWith('.ts')) return await nextLoad(url, context)
  const { source } = await nextLoad(url, { ...context, format: 'module' })
  return { format: 'module', source: await withoutTypes(source), shortCircuit: true }
}

async function withoutTypes (source) {
  const file = new URL(`${createHash('sha256').update(source).digest('hex')}.js`, cache)
  try {
    return readFileSync(file)
  } catch {
    const { default: blank } = await import('ts-blank-space')
    const code = blank(String(source))
    mkdirSync(cache, { recursive: true })
    const unfinished = new URL(`${process.pid}`, cache)
    writeFileSync(unfinished, code)
    renameSync(unfinished, file)
    return code
  }
}
