import t from 'tap'
import { storeContract } from '../../lib/stores/contract.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'

let time = 0
const now = () => time
const wait = async (seconds: number) => { time += seconds * 1000 }

async function unmet (store: MemoryStore): Promise<string[]> {
  const titles: string[] = []
  for (const { title, run } of storeContract(store, { wait })) await run().catch(() => titles.push(title))
  return titles
}

t.test('the contract finds what a store does wrong', async (t) => {
  t.same(await unmet(new MemoryStore({ now })), [])

  t.same(await unmet(new class extends MemoryStore {
    override async set (key: string, value: string, expiresIn: number) { return await super.set(key, value, expiresIn) }
  }({ now })), [
    'version 0 creates, and never overwrites',
    'a write with a version is refused where the record has another',
    'a deleted record is gone, and no write with its version brings it back',
    'a record expires, and no write with its version brings it back',
    'of many writes at once with one version, one is made',
    'a write and a deletion at once leave no record'
  ], 'writes without conditions')

  t.same(await unmet(new class extends MemoryStore {
    override async touch (key: string) { return await this.get(key) !== undefined }
  }({ now })), ['a touch or a write sets the expiry anew'], 'a touch that does nothing')

  t.same(await unmet(new class extends MemoryStore {
    override async link (subject: string, key: string) { return await super.link(subject, key, 3600) }
  }({ now })), ['a listed key expires, unless it is linked again'], 'an index that does not expire')

  t.same(await unmet(new class extends MemoryStore {
    override async list () { return [] }
  }({ now })), [
    'a subject lists the keys that were linked and not unlinked',
    'a subject and a record of the same name are strangers',
    'a listed key expires, unless it is linked again',
    'keys linked at once are all listed'
  ], 'no index')
})

t.test('a store that cannot compare and set is not asked what happens at once', async (t) => {
  const titles = (compareAndSet: boolean) =>
    storeContract(Object.assign(Object.create(new MemoryStore()), { compareAndSet })).map(({ title }) => title)
  t.equal(titles(true).length - titles(false).length, 3)
})

t.test('without a clock of the test\'s, the contract waits', async (t) => {
  const waiting = storeContract(new MemoryStore()).filter(({ title }) => title.startsWith('a listed key expires'))
  for (const { run } of waiting) await t.resolves(run())
})
