import { spawn, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startRedis } from './redis.ts'

/** A master with a replica, and a sentinel that watches them under the name `mymaster`. */
export interface RedisSentinel {
  readonly port: number
  /** Makes the replica the master. */
  readonly failOver: () => Promise<void>
  readonly stop: () => Promise<void>
}

export async function startRedisSentinel (): Promise<RedisSentinel> {
  const master = await startRedis(['--repl-diskless-sync-delay', '0'])
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(master.port)])
  const folder = mkdtempSync(join(tmpdir(), 'typed-session-sentinel-'))
  const [port, file] = [await freePort(), join(folder, 'sentinel.conf')]
  writeFileSync(file, [
    `port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds mymaster 1000', 'sentinel failover-timeout mymaster 3000'
  ].join('\n'))
  const sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })
  const ask = (...args: string[]) => execFileSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' })
  const masterPort = () => ask('sentinel', 'get-master-addr-by-name', 'mymaster')
  for (let tries = 0; ; tries++) {
    try {
      masterPort()
      break
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
  return {
    port,
    failOver: async () => {
      const before = masterPort()
      // Refused until it has found the replica.
      while (!ask('sentinel', 'failover', 'mymaster').startsWith('OK')) await sleep(100)
      while (masterPort() === before) await sleep(100)
    },
    stop: async () => {
      sentinel.kill('SIGKILL')
      await Promise.all([once(sentinel, 'exit'), master.stop(), replica.stop()])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
