import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, chownSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort, missing } from './redis.ts'

export interface Postgres {
  readonly connection: { readonly host: string, readonly port: number, readonly user: string, readonly database: string }
  /** Ends all its processes at once, as a crash does, and starts it again. */
  readonly crash: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Why there can be no PostgreSQL here: a reason to skip, but a failure in CI. */
export const noPostgres: string | false = missing('initdb', 'postgresql') || missing('postgres', 'postgresql')

/** A PostgreSQL of the test's own. It refuses to run as root, so root hands it to the user postgres. */
export async function startPostgres (): Promise<Postgres> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'typed-session-postgres-'))
  const asUser = unprivileged()
  if (asUser) chownSync(folder, asUser.uid, asUser.gid)
  const options = { cwd: folder, stdio: 'ignore', ...asUser } as const

  const made = spawnSync('initdb', ['-D', folder, '-U', 'tester', '-A', 'trust', '-N', '-E', 'UTF8'], options)
  if (made.status !== 0) throw new Error('initdb failed')
  const launch = () => spawn('postgres', ['-D', folder, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'], options)
  let server = launch()
  const connection = { host: '127.0.0.1', port, user: 'tester', database: 'postgres' }
  await untilReady(connection)
  return {
    connection,
    crash: async () => {
      server.kill('SIGQUIT')
      await once(server, 'exit')
      server = launch()
      await untilReady(connection)
    },
    stop: async () => {
      server.kill('SIGINT')
      await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function unprivileged (): { uid: number, gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres']).stdout)
  return { uid: id('-u'), gid: id('-g') }
}

async function untilReady (connection: Postgres['connection']): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = new pg.Client(connection)
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (tries === 100) throw error
      await sleep(100)
    }
  }
}
