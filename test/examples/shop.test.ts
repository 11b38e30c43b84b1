import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import { childEnv } from '../support/child.ts'

const env = { ...childEnv, PORT: '0' }

t.test('the shop passes its own tests', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=tap', 'examples/shop/shop.test.ts'], { env })
  t.match(stdout, /^# pass 1\d$/m)
  t.match(stdout, /^# fail 0$/m)
})

t.test('one command starts the shop', async (t) => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/shop/server.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill())
  let url: string | undefined
  for await (const line of createInterface(child.stdout)) {
    url = /http:\S+/.exec(line)?.[0]
    if (url !== undefined) break
  }
  const response = await fetch(String(url))
  t.match(await response.text(), '<title>Teas – Leaf &amp; Kettle</title>')
  t.equal(response.headers.get('set-cookie'), null)
  child.kill()
  t.same(await once(child, 'exit'), [0, null])
})
