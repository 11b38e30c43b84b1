import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

// The tests of these folders share one process, since starting one takes longer than most of them. Each file also runs by
// itself. .taprc excludes the folders, so that they do not run twice.
const folders = ['adopt', 'backend', 'device-bound', 'fastify', 'options', 'payload', 'request', 'schema', 'session', 'testing', 'util']

t.ok(readFileSync('.taprc', 'utf8').includes(`- test/{${folders.join()}}/**\n`), '.taprc excludes these folders')

for (const folder of folders) {
  const files = readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((each) => each.endsWith('.test.ts')).sort()) await import(`./${folder}/${file.replaceAll('\\', '/')}`)
}
