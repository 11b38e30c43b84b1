import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { storeContract } from '../../lib/stores/contract.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import type { SessionStore } from '../../lib/stores/store.ts'

let time = 0
const now = () => time
const wait = async (seconds: number) => { time += seconds * 1000 }

async function unmet (store: SessionStore): Promise<string[]> {
  const titles: string[] = []
  for (const { title, run } of storeContract(store, { wait })) await run().catch(() => titles.push(title))
  return titles
}

/** A store in memory in which some functions are wrong. */
function storeWith (wrong: (store: MemoryStore) => Partial<SessionStore>): SessionStore {
  const store = new MemoryStore({ now })
  return {
    compareAndSet: true,
    get: (key) => store.get(key),
    set: (key, value, version, expiresIn, expected) => store.set(key, value, version, expiresIn, expected),
    delete: (key) => store.delete(key),
    link: (subject, id, expiresIn) => store.link(subject, id, expiresIn),
    unlink: (subject, ids) => store.unlink(subject, ids),
    list: (subject) => store.list(subject),
    ...wrong(store)
  }
}

/** Writes without asking for the version that is there. */
async function overwrite (store: MemoryStore, key: string, value: string, version: number, expiresIn: number): Promise<boolean> {
  await store.delete(key)
  return await store.set(key, value, version, expiresIn, 0)
}

// One of many ways to get each requirement wrong.
const wrong: Record<string, (store: MemoryStore) => Partial<SessionStore>> = {
  'a record that was never written is not there': (store) => ({
    get: async (key) => await store.get(key) ?? { value: '', version: 0 }
  }),
  'a record is read as it was written': (store) => ({
    set: (key, value, ...rest) => store.set(key, value.trim(), ...rest)
  }),
  'a key may hold any text, and is no other key': (store) => ({
    get: (key) => store.get(key.toLowerCase()),
    set: (key, ...rest) => store.set(key.toLowerCase(), ...rest)
  }),
  'a deleted record is gone, and no other': () => ({
    delete: async () => {}
  }),
  'a write that expects no record never overwrites one': (store) => ({
    set: (key, value, version, expiresIn, expected) => expected === 0
      ? overwrite(store, key, value, version, expiresIn)
      : store.set(key, value, version, expiresIn, expected)
  }),
  'a write that expects another version is refused': (store) => ({
    set: async (key, value, version, expiresIn, expected) => {
      const present = (await store.get(key))?.version ?? 0
      return await store.set(key, value, version, expiresIn, present >= expected ? present : expected)
    }
  }),
  'a write may keep the version, or take any other': (store) => ({
    set: async (key, value, version, expiresIn, expected) => version > expected && await store.set(key, value, version, expiresIn, expected)
  }),
  'a write that expects a record makes none': (store) => ({
    set: async (key, value, version, expiresIn, expected) =>
      await store.set(key, value, version, expiresIn, expected) || await store.set(key, value, version, expiresIn, 0)
  }),
  'no write that expected a deleted record brings it back': (store) => {
    const deleted = new Map<string, number>()
    return {
      delete: async (key) => {
        deleted.set(key, (await store.get(key))?.version ?? 0)
        await store.delete(key)
      },
      set: (key, value, version, expiresIn, expected) =>
        store.set(key, value, version, expiresIn, deleted.get(key) === expected ? 0 : expected)
    }
  },
  'a record expires': (store) => ({
    set: (key, value, version, _expiresIn, expected) => store.set(key, value, version, 3600, expected)
  }),
  'no write that expected an expired record brings it back': (store) => {
    const written = new Map<string, number>()
    return {
      set: async (key, value, version, expiresIn, expected) => {
        const present = await store.get(key)
        const isExpired = present === undefined && written.get(key) === expected
        written.set(key, version)
        return await store.set(key, value, version, expiresIn, isExpired ? 0 : expected)
      }
    }
  },
  'each write sets the expiry, to later or to sooner': (store) => {
    const expiresAt = new Map<string, number>()
    return {
      set: (key, value, version, expiresIn, expected) => {
        if (expected === 0) expiresAt.set(key, time + expiresIn * 1000)
        return store.set(key, value, version, ((expiresAt.get(key) ?? 0) - time) / 1000, expected)
      }
    }
  },
  'a subject lists the ids that were linked': () => ({
    list: async () => []
  }),
  'ids that are unlinked are not listed': (store) => ({
    unlink: (subject, [id]) => store.unlink(subject, id === undefined ? [] : [id])
  }),
  'a subject and a record of one name do not touch each other': (store) => ({
    delete: async (key) => {
      await store.delete(key)
      await store.unlink(key, await store.list(key))
    }
  }),
  'a link never shortens for how long an id is listed': (store) => ({
    link: async (subject, id, expiresIn) => {
      await store.unlink(subject, [id])
      await store.link(subject, id, expiresIn)
    }
  }),
  'an id is not listed for ever': (store) => ({
    link: (subject, id) => store.link(subject, id, 3600)
  }),
  'of many writes at once that expect one version, one is made': (store) => ({
    set: async (key, value, version, expiresIn, expected) => {
      const present = (await store.get(key))?.version ?? 0
      await nextTurn()
      return present === expected && await overwrite(store, key, value, version, expiresIn)
    }
  }),
  'writes and a deletion at once leave no record': (store) => ({
    set: async (key, value, version, expiresIn, expected) => {
      const present = (await store.get(key))?.version ?? 0
      await nextTurn()
      return present === expected && await overwrite(store, key, value, version, expiresIn)
    }
  }),
  'ids that are linked at once are all listed': (store) => {
    const subjects = new Map<string, string[]>()
    return {
      link: async (subject, id, expiresIn) => {
        await store.link(subject, id, expiresIn)
        const ids = subjects.get(subject) ?? []
        await nextTurn()
        subjects.set(subject, [...ids, id])
      },
      list: async (subject) => (await store.list(subject)).filter((id) => subjects.get(subject)?.includes(id))
    }
  }
}

t.test('a store in memory meets every requirement', async (t) => {
  t.same(await unmet(storeWith(() => ({}))), [])
})

t.test('each requirement finds a store that does not meet it', async (t) => {
  t.same(storeContract(new MemoryStore()).map(({ title }) => title), Object.keys(wrong))
  for (const [title, functions] of Object.entries(wrong)) t.ok((await unmet(storeWith(functions))).includes(title), title)
})

t.test('a store that cannot compare and set is not asked what happens at once', async (t) => {
  const titles = (compareAndSet: boolean) => storeContract(storeWith(() => ({ compareAndSet }))).map(({ title }) => title)
  t.equal(titles(true).length - titles(false).length, 3)
})

t.test('without a clock of the test\'s, the contract waits', async (t) => {
  const waiting = storeContract(new MemoryStore()).filter(({ title }) => title === 'a record expires')
  for (const { run } of waiting) await t.resolves(run())
})
