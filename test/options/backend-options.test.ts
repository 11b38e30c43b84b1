import cluster from 'node:cluster'
import t from 'tap'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { SqlStore } from '../../lib/stores/sql.ts'
import { makeApp, schema } from '../support/app.ts'

t.test('wrong options of a store fail when the plugin registers', async (t) => {
  const store = new MemoryStore()
  for (const [options, message] of [
    [{ store: {} }, /`store` is not a session store: it lacks get, set, delete, link, unlink, list/],
    [{ store: null }, /`store` is not a session store/],
    [{ store: { get () {}, set () {}, destroy () {} } }, /it lacks delete, link/],
    [{ revocation: {} }, /`revocation.store` is not a session store/],
    [{ revocation: null }, /`revocation` must be an object with a `store`/],
    [{ revocation: store }, /`revocation` must be an object with a `store`/],
    [{ revocation: { store, subjects: () => 'user', maxSessions: 3 } }, /`revocation` takes store, subject, acceptAnonymous, and not subjects, maxSessions/],
    [{ revocation: { store, subject: 'userId' } }, /`revocation.subject` must be a function/],
    [{ store, subject: 'userId' }, /`subject` must be a function/],
    [{ revocation: { store, acceptAnonymous: true } }, /`revocation.acceptAnonymous` needs `revocation.subject`/],
    [{ revocation: { store, acceptAnonymous: 1 } }, /`revocation.acceptAnonymous` must be true or false/],
    [{ store, describe: 'name' }, /`describe` must be a function/],
    [{ store, revocation: { store } }, /exclude each other/],
    [{ store, format: 'flask' }, /not for the format `flask`/],
    [{ revocation: { store }, format: 'flask' }, /not for the format `flask`/],
    [{ store, onConflict: 'ignore' }, /`onConflict` must be one of: error, last-writer-wins/],
    [{ store, onStoreError: 'ignore' }, /`onStoreError` must be one of: error, anonymous/],
    [{ store, storeTimeout: 0 }, /`storeTimeout` must be a whole number of milliseconds from 1/],
    [{ store, storeTimeout: '1000' }, /`storeTimeout`/],
    [{ store, storeTimeout: 2 ** 31 }, /`storeTimeout` must be a whole number of milliseconds from 1 to 2147483647, 24 days/],
    [{ store, onMaxSessions: 'error' }, /`onMaxSessions` requires `maxSessions`/],
    [{ revocation: { store, subject: () => 'user' }, onMaxSessions: 'end-oldest' }, /`onMaxSessions` requires `maxSessions`/],
    [{ revocation: { store }, subject: () => 'user' }, /`subject` belongs into `revocation`: `revocation: { store, subject }`/],
    [{ revocation: { store }, describe: () => 'phone' }, /`describe` needs `store`/],
    [{ revocation: { store }, onConflict: 'last-writer-wins' }, /`onConflict` needs `store`/],
    [{ subject: () => 'user' }, /`subject` needs a store behind the cookie: set `store` or `revocation`/],
    [{ describe: () => 'phone' }, /`describe` needs a store/],
    [{ onConflict: 'error' }, /`onConflict` needs a store/],
    [{ onStoreError: 'anonymous' }, /`onStoreError` needs a store/],
    [{ storeTimeout: 100 }, /`storeTimeout` needs a store/],
    [{ onMaxSessions: 'error' }, /`onMaxSessions` needs a store/],
    [{ maxSessions: 3, onMaxSessions: 'error' }, /`maxSessions` needs a store/]
  ] as const) {
    await t.rejects(makeApp({ schema, ...options } as never), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message })
  }
})

t.test('options of a store that are left undefined need none', async (t) => {
  await makeApp({ subject: undefined, describe: undefined, onConflict: undefined, onStoreError: undefined, storeTimeout: undefined, maxSessions: undefined, onMaxSessions: undefined })
  await makeApp({ revocation: { store: new MemoryStore(), subject: undefined }, subject: undefined, storeTimeout: 2 ** 31 - 1, onStoreError: 'anonymous' })
  await makeApp({ revocation: { store: new MemoryStore(), subjects: undefined } as never })
  t.pass()
})

t.test('a store in memory is a warning where there are several processes', async (t) => {
  const [memory, shared] = [new MemoryStore(), new SqlStore(() => [], { dialect: 'sqlite' })]
  const warned = async (options: object) => {
    const lines: string[] = []
    await makeApp({ schema, ...options, fastify: { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } } })
    return lines.filter((line) => line.includes('a MemoryStore knows the sessions of one process only')).length
  }
  for (const options of [{}, { store: memory }, { revocation: { store: memory } }]) t.equal(await warned(options), 0)
  const underPm2 = () => { process.env.NODE_APP_INSTANCE = '0' }
  const inWorker = () => t.intercept(cluster, 'isWorker', { value: true })
  for (const severalProcesses of [underPm2, inWorker]) {
    severalProcesses()
    t.equal(await warned({ store: memory }), 1)
    t.equal(await warned({ revocation: { store: memory } }), 1)
    t.equal(await warned({ store: shared }), 0)
    delete process.env.NODE_APP_INSTANCE
  }
})
