import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'

/** A Redis of the test's own, which it may pause, kill and start again. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  process: ChildProcess
  start: () => Promise<void>
  stop: () => Promise<void>
}

/** Why there can be no Redis here: a reason to skip, but a failure in CI. */
export const noRedis: string | false = missing('redis-server', 'redis-server')

export function missing (command: string, debianPackage: string): string | false {
  if (spawnSync(command, ['--version']).error === undefined) return false
  if (process.env.CI !== undefined) throw new Error(`${command} is missing: install the Debian package ${debianPackage}`)
  return `${command} is not installed here: install the Debian package ${debianPackage} to run this test, as .ci/run does`
}

export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function startRedis (options: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  // A replica writes there what its master sends it.
  const folder = mkdtempSync(join(tmpdir(), 'typed-session-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', ...options]
  const url = `redis://127.0.0.1:${port}`
  const launch = () => {
    mkdirSync(folder, { recursive: true })
    return spawn('redis-server', args, { stdio: 'ignore' })
  }
  const server: RedisServer = {
    port,
    url,
    process: launch(),
    start: async () => {
      server.process = launch()
      await untilReady(url)
    },
    stop: async () => {
      if (server.process.exitCode === null && server.process.signalCode === null) {
        server.process.kill('SIGKILL')
        await once(server.process, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    }
  }
  await untilReady(url)
  return server
}

async function untilReady (url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
    try {
      await client.connect()
      await client.ping()
      return client.destroy()
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
}
