// `npm run test:long`: the long forms, and the soak test, which has no short one. Writes docs/assurance.md.
import { spawnSync } from 'node:child_process'

const tap = ['tap', '--disable-coverage', '--timeout=0', '--node-arg=--expose-gc', '--node-arg=--import=./test/support/typescript.js']
const files = process.argv.length > 2 ? process.argv.slice(2) : ['test/assurance/*.test.ts', 'test/assurance/generated/*.test.ts', 'test/assurance/life/*.test.ts', 'test/assurance/explorer/*.test.ts', 'test/assurance/soak.ts']
const env = { ...process.env, ASSURANCE: 'long' }
const { status } = spawnSync('npx', [...tap, '--jobs=1', ...files], { stdio: 'inherit', shell: true, env })
process.exit(status ?? 1)
