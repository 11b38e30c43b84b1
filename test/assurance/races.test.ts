import t from 'tap'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { Clock, makeApp, sessionOf, sessionsOf } from '../support/app.ts'

// In each of the two modes.
const schedules = process.env.ASSURANCE === 'long' ? 100_000 : 500

/** A memory store whose calls wait until the schedule lets them go, one at a time. */
class ScheduledStore extends MemoryStore {
  readonly waiting: Array<() => void> = []
  scheduled = false

  override async get (key: string) { await this.#turn(); return await super.get(key) }
  override async set (...args: Parameters<MemoryStore['set']>) { await this.#turn(); return await super.set(...args) }
  override async delete (key: string) { await this.#turn(); return await super.delete(key) }
  override async link (...args: Parameters<MemoryStore['link']>) { await this.#turn(); await super.link(...args) }
  override async unlink (...args: Parameters<MemoryStore['unlink']>) { await this.#turn(); await super.unlink(...args) }
  override async list (subject: string) { await this.#turn(); return await super.list(subject) }

  #turn (): Promise<void> | undefined {
    return this.scheduled ? new Promise((resolve) => { this.waiting.push(resolve) }) : undefined
  }
}

/** mulberry32: a schedule is known by its number. */
function generator (seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6D2B79F5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Reply = { statusCode: number, cookies: Array<{ name: string, value: string }> }

async function setup (mode: string) {
  const clock = new Clock()
  const store = new ScheduledStore({ now: clock.now })
  const subject = ({ userId }: { userId?: number }) => userId?.toString()
  const options: Partial<TypedSessionOptions> = mode === 'store' ? { store, subject } : { revocation: { store, subject } }
  const app = await makeApp({ ...options, now: clock.now, storeTimeout: 60_000 })
  app.get('/regenerate', async (request) => { await sessionOf(request).regenerate(['userId']) })
  app.get('/who', async (request) => ({ ...sessionOf(request), id: sessionOf(request).sessionId }))
  // A cookie that regenerate() has replaced already is no login: its logout has nothing to end, and says so.
  app.get('/end', async (request, reply) => {
    if (sessionOf(request).userId !== 7) return await reply.code(401).send()
    sessionOf(request).delete()
  })
  app.get('/write/:item', async (request) => { sessionOf(request).cart.push((request.params as { item: string }).item) })
  app.get('/update/:item', async (request) => {
    sessionOf(request).update(({ cart }) => { cart.push((request.params as { item: string }).item) })
  })
  const get = async (url: string, value?: string): Promise<Reply & { json: () => any }> =>
    await app.inject({ url, ...(value !== undefined && { cookies: { session: value } }) })
  return { app, store, get }
}

/** Runs operations on one session at once, in the order of the seed. Gives what each answered. */
async function race (seed: number, { app, store, get }: Awaited<ReturnType<typeof setup>>, names: readonly string[]) {
  const random = generator(seed)
  const value = String((await get('/remember')).cookies[0]?.value)
  store.scheduled = true
  const open = new Set(names.keys())
  const replies = names.map(async (name, index) => {
    const run: Promise<Reply | undefined> = name === 'revoke all devices'
      ? sessionsOf(app).revokeSubject('7').then(() => undefined)
      : get(`/${name}${['write', 'update'].includes(name) ? `/${index}` : ''}`, value)
    return await run.finally(() => { open.delete(index) })
  })
  while (open.size > 0) {
    await new Promise((resolve) => { setImmediate(resolve) })
    store.waiting.splice(random(store.waiting.length || 1), 1)[0]?.()
  }
  store.scheduled = false
  return { value, replies: await Promise.all(replies) }
}

const operations = ['end', 'regenerate', 'read', 'write', 'update', 'revoke all devices']
const ends = ['end', 'revoke all devices']

for (const mode of ['store', 'revocation']) {
  t.test(`${mode}: in ${schedules} schedules no ended session comes back, and no lost update goes unreported`, async (t) => {
    let world = await setup(mode)
    const failures: string[] = []
    for (let seed = 1; seed <= schedules && failures.length < 5; seed++) {
      // All schedules are of one user, whose sessions would become too many.
      if (seed % 100 === 0) world = await setup(mode)
      const random = generator(seed * 7919)
      const names = Array.from({ length: 2 + random(3) }, () => operations[random(operations.length)] ?? 'read')
      const { value, replies } = await race(seed, world, names)
      const ended = names.some((name, index) => ends.includes(name) && (replies[index]?.statusCode ?? 200) === 200)
      const cookies = [value, ...replies.flatMap((reply) => reply?.cookies.map((cookie) => cookie.value) ?? [])]
      const seen = []
      for (const cookie of cookies) if (cookie !== '') seen.push((await world.get('/who', cookie)).json())
      const alive = seen.filter(({ userId }) => userId === 7)
      const problem = (what: string) => failures.push(`${what}: schedule ${seed}, ${names.join(' + ')}`)

      if (ended && alive.length > 0) problem('an ended session is alive')
      if (replies.some((reply) => reply !== undefined && ![200, 401, 409].includes(reply.statusCode))) problem('another answer than 200, 401 or 409')
      const begun = names.some((name, index) => name === 'regenerate' && replies[index]?.statusCode === 200)
      if (new Set(alive.map(({ id }) => id)).size > 1) problem('one session became two')
      if (mode === 'revocation' || ended || begun) continue
      const written = names.flatMap((name, index) => ['write', 'update'].includes(name) && replies[index]?.statusCode === 200 ? [String(index)] : [])
      const { cart = [] } = alive[0] ?? {}
      if (written.some((item) => !cart.includes(item)) || cart.length !== written.length) problem('a lost update')
    }
    t.same(failures, [])
  })
}
