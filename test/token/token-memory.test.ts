import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { childEnv, loader } from '../support/child.ts'

const script = fileURLToPath(new URL('../support/token-memory.ts', import.meta.url))

t.test('the tokens that are remembered take less than 5 MB, whatever they say', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', loader, script], { env: childEnv })
  for (const [what, bytes] of JSON.parse(stdout) as Array<[string, number]>) {
    t.ok(bytes < 5_000_000, `${what}: ${(bytes / 1e6).toFixed(1)} MB`)
    t.ok(bytes > 500_000, `${what}: some are remembered`)
  }
})
