import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort, startRedis, type RedisServer } from './redis.ts'

const run = promisify(execFile)

/** Six processes of Redis: three masters, each with a replica. */
export interface RedisCluster {
  readonly ports: readonly number[]
  /** The ports of the masters and of their replicas, pair by pair, as the cluster has them now. */
  readonly pairs: () => Promise<{ master: number, replica: number }[]>
  /** Has the replica of the first master take its place, with nothing lost. */
  readonly failOver: () => Promise<void>
  /** Moves slots from one master to another. */
  readonly reshard: (slots: number) => Promise<void>
  /** Kills a master without a word. */
  readonly killMaster: () => Promise<void>
  readonly stop: () => Promise<void>
}

export async function startRedisCluster (): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'typed-session-cluster-'))
  const servers = await Promise.all(Array.from({ length: 6 }, async (_, index) => startRedis([
    '--dir', folder, '--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${index}.conf`,
    '--cluster-port', String(await freePort()), '--cluster-node-timeout', '1000', '--cluster-replica-validity-factor', '0',
    '--repl-diskless-sync-delay', '0'
  ])))
  const ports = servers.map(({ port }) => port)
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  await cli('--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes')

  for (const port of ports) while (!(await cli('-p', String(port), 'cluster', 'info')).includes('cluster_state:ok')) await sleep(50)

  const alive = () => servers.find(({ process }) => process.exitCode === null && process.signalCode === null) as RedisServer

  async function nodes () {
    const lines = (await cli('-p', String(alive().port), 'cluster', 'nodes')).trim().split('\n')
    return lines.map((line) => {
      const [id = '', address = '', flags = '', masterId = ''] = line.split(' ')
      return { id, port: Number(/:(\d+)@/.exec(address)?.[1]), flags, masterId }
    })
  }

  async function pairs () {
    const all = (await nodes()).filter(({ flags }) => !flags.includes('fail'))
    return all.filter(({ flags }) => flags.includes('slave'))
      .map((replica) => ({ master: all.find(({ id }) => id === replica.masterId)?.port ?? 0, replica: replica.port }))
  }

  return {
    ports,
    pairs,
    failOver: async () => {
      const [pair] = await pairs()
      await cli('-p', String(pair?.replica), 'cluster', 'failover')
      while ((await pairs()).every(({ master }) => master !== pair?.replica)) await cli('-p', String(pair?.replica), 'ping')
    },
    reshard: async (slots) => {
      const [from, to] = (await nodes()).filter(({ flags }) => flags.includes('master'))
      await cli('--cluster', 'reshard', `127.0.0.1:${alive().port}`, '--cluster-from', String(from?.id), '--cluster-to', String(to?.id),
        '--cluster-slots', String(slots), '--cluster-yes')
    },
    killMaster: async () => {
      const [pair] = await pairs()
      await servers.find(({ port }) => port === pair?.master)?.stop()
    },
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function cli (...args: string[]): Promise<string> {
  return (await run('redis-cli', args)).stdout
}
