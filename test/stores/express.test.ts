import connectPgSimple from 'connect-pg-simple'
import { RedisStore as ConnectRedis } from 'connect-redis'
import session from 'express-session'
import { createClient } from 'redis'
import pg from 'pg'
import t from 'tap'
import { ExpressStore, type ExpressSessionStore } from '../../lib/stores/express.ts'
import { meetsTheContract } from '../support/contract.ts'
import { noPostgres, startPostgres } from '../support/postgres.ts'
import { noRedis, startRedis } from '../support/redis.ts'

type Kept = Record<string, unknown> & { cookie: { expires: Date, maxAge: number, originalMaxAge: number } }

/** A store as small as express-session allows: a map, without `touch`. */
function smallStore (sessions = new Map<string, Kept>()) {
  const store: ExpressSessionStore = {
    get: (sid, callback) => callback(null, sessions.get(sid)),
    set: (sid, session, callback) => { sessions.set(sid, session as Kept); callback() },
    destroy: (sid, callback) => { sessions.delete(sid); callback() }
  }
  return { sessions, store }
}

t.test('the bridge says that it cannot compare and set', async (t) => {
  t.equal(new ExpressStore(smallStore().store).compareAndSet, false)
})

t.test('the bridge meets the contract over express-session\'s own memory store', async (t) => {
  await meetsTheContract(t, new ExpressStore(new session.MemoryStore()))
})

t.test('the expiry is said in each way that stores read', async (t) => {
  const { sessions, store } = smallStore()
  const bridge = new ExpressStore(store, { now: () => 1_790_000_000_000 })
  await bridge.set('a', 'value', 3, 60, 0)
  t.same(sessions.get('a'), {
    value: 'value',
    version: 3,
    until: 1_790_000_060_000,
    cookie: { expires: new Date(1_790_000_060_000), maxAge: 60_000, originalMaxAge: 60_000 }
  })
})

t.test('the bridge expires what its store does not', async (t) => {
  let time = 1_790_000_000_000
  const { sessions, store } = smallStore()
  const bridge = new ExpressStore(store, { now: () => time })
  await meetsTheContract(t, bridge, { wait: async (seconds) => { time += seconds * 1000 } })
  await bridge.set('a', 'value', 1, 60, 0)
  await bridge.link('user', 'a', 60)
  time += 60_000
  t.equal(await bridge.get('a'), undefined)
  t.same(await bridge.list('user'), [])
  t.ok(sessions.has('a'))
})

t.test('it says at once that it was not given a store', async (t) => {
  for (const store of [undefined, {}, { ...smallStore().store, destroy: 'no function' }]) {
    t.throws(() => new ExpressStore(store as ExpressSessionStore), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
  }
})

t.test('ENOENT, null and undefined mean no session; other errors are errors', async (t) => {
  const enoent = Object.assign(new Error('no such session'), { code: 'ENOENT' })
  for (const args of [[enoent], [null, null], [undefined, undefined], []]) {
    const { store } = smallStore()
    const bridge = new ExpressStore({ ...store, get: (_, callback) => callback(...args) })
    t.equal(await bridge.get('a'), undefined)
    t.same(await bridge.list('user'), [])
  }
  for (const error of [new Error('down'), Object.assign(new Error('down'), { code: 'ECONNREFUSED' }), 'down', false]) {
    const failing: ExpressSessionStore['get'] = (_, callback) => callback(error)
    const bridge = new ExpressStore({ get: failing, set: failing as never, destroy: failing })
    t.equal(await bridge.get('a').catch((reason: unknown) => reason), error)
  }
  const throwing = () => { throw new Error('thrown') }
  await t.rejects(new ExpressStore({ get: throwing, set: throwing, destroy: throwing }).get('a'), /thrown/)
})

t.test('a session of someone else\'s under the key is an error, not a missing record', async (t) => {
  for (const foreign of [{}, { value: 'text' }, { value: 1, version: 1, until: 1 }, { version: 1 }, { value: 'text', version: 1 }]) {
    const { sessions, store } = smallStore()
    sessions.set('a', foreign as unknown as Kept)
    const bridge = new ExpressStore(store)
    await t.rejects(bridge.get('a'), TypeError)
    await t.rejects(bridge.set('a', 'value', 2, 60, 1), TypeError)
  }
})

t.test('over connect-redis', { skip: noRedis }, async (t) => {
  const server = await startRedis()
  t.teardown(() => server.stop())
  const client = await createClient({ url: server.url }).connect()
  t.teardown(() => client.destroy())
  await meetsTheContract(t, new ExpressStore(new ConnectRedis({ client })))
})

t.test('over connect-pg-simple on PostgreSQL', { skip: noPostgres }, async (t) => {
  const server = await startPostgres()
  const pool = new pg.Pool(server.connection)
  // A server that stops says so on connections that are closing.
  pool.on('error', () => {})
  const store = new (connectPgSimple(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  t.teardown(async () => {
    await store.close()
    await pool.end()
    await server.stop()
  })
  await meetsTheContract(t, new ExpressStore(store))
})
