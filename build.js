// npm run build: one module for each export of the package and for its command, with what they share in modules of its
// own. As one module for each file of lib, Node.js takes three times as long to import the package.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'

process.chdir(import.meta.dirname)
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const exported = Object.values(exports).flatMap(({ default: file }) => file === undefined ? [] : [file.slice('./dist/'.length, -'.js'.length)])

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
await build({
  entryPoints: Object.fromEntries([...exported, 'cli/cli'].map((name) => [name, `lib/${name}.ts`])),
  outdir: 'dist',
  chunkNames: 'shared-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'es2023',
  // The sources are in the package.
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning'
})
