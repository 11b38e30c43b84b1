import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { childEnv } from './child.ts'

const server = 'examples/playground/server.ts'

/** Starts what `npm start` starts, on a free port, and gives its address. It needs `npm run build` to have run. */
export async function startPlayground (t: Test): Promise<string> {
  const env = { ...childEnv, PORT: '0' }
  const child = spawn(process.execPath, ['--import', 'tsx', server], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(async () => {
    if (child.kill()) await once(child, 'exit')
  })
  for await (const line of createInterface(child.stdout)) {
    const address = /http:\S+:\d+/.exec(line)?.[0]
    if (address !== undefined) return address
  }
  throw new Error(`${server} ended before it listened: has \`npm run build\` run?`)
}
