// The unit tests on each Node.js that the package supports, which npm brings: npm run test:matrix [-- versions]
import { spawnSync } from 'node:child_process'

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26']
const tests = 'test/*.test.ts test/plugin/*.test.ts'

const failed = versions.filter((version) => {
  const command = `node --version && node node_modules/tap/dist/esm/run.mjs --disable-coverage --reporter=terse ${tests}`
  const { status } = spawnSync('npx', ['--yes', '--package', `node@${version}`, '--call', command], { stdio: 'inherit' })
  return status !== 0
})
if (failed.length > 0) {
  console.error(`failed on Node.js ${failed.join(', ')}`)
  process.exitCode = 1
}
