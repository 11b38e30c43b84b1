import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionStore } from '../../lib/stores/store.ts'

/** What a store did under load, and what it did wrong. */
export interface Load {
  written: number
  deleted: number
  failed: number
  /** A write or a deletion that was answered, and was not there after all. */
  readonly wrong: string[]
  /** Resolves once each worker has written after this moment. */
  readonly recovers: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Workers that change records of their own, delete them, and try to bring them back with a write that is late. */
export function startLoad (store: SessionStore, workers: number): Load {
  const end = new AbortController()
  const rounds = Array.from({ length: workers }, () => 0)
  const load: Load = {
    written: 0,
    deleted: 0,
    failed: 0,
    wrong: [],
    recovers: async () => {
      const before = [...rounds]
      while (rounds.some((round, index) => round < (before[index] ?? 0) + 2)) await sleep(20)
    },
    stop: async () => {
      end.abort()
      await Promise.all(all)
    }
  }

  /** What the store answers in the end, however often it fails before. */
  async function answer<T> (call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call()
      } catch {
        load.failed += 1
        await sleep(20)
      }
    }
  }

  /** Writes as the sessions do: what was not answered is written again, and of the same write twice one is done. */
  async function write (key: string, version: number): Promise<void> {
    const value = `value ${version}`
    const written = await answer(() => store.set(key, value, version, 60, version - 1))
    const found = await answer(() => store.get(key))
    if (found?.version === version && found.value === value) load.written += 1
    else load.wrong.push(`${key}: ${written ? 'answered' : 'refused'} ${version}, found ${found?.version ?? 'none'}`)
  }

  async function work (worker: number): Promise<void> {
    for (let round = 0; !end.signal.aborted; round++) {
      const id = `${worker}-${round}`
      const key = `session:${id}`
      for (const version of [1, 2, 3, 4, 5]) await write(key, version)
      await answer(() => store.link(`user ${worker}`, id, 60))
      if (!(await answer(() => store.list(`user ${worker}`))).includes(id)) load.wrong.push(`${key} is not listed`)
      await answer(() => store.delete(key))
      if (await answer(() => store.set(key, 'late', 6, 60, 5))) load.wrong.push(`${key} came back`)
      if (await answer(() => store.get(key)) !== undefined) load.wrong.push(`${key} is still there`)
      await answer(() => store.unlink(`user ${worker}`, [id]))
      load.deleted += 1
      rounds[worker] = round + 1
    }
  }

  const all = rounds.map((_, worker) => work(worker))
  return load
}
