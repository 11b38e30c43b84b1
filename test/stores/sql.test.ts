import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type BetterSqlite3 from 'better-sqlite3'
import sqliteWasm from 'node-sqlite3-wasm'
import pg from 'pg'
import t, { type Test } from 'tap'
import { SqlStore, type SqlQuery, type SqlStoreOptions } from '../../lib/stores/sql.ts'
import { meetsTheContract } from '../support/contract.ts'
import { noPostgres, startPostgres } from '../support/postgres.ts'

interface DatabaseOfTest {
  readonly dialect: SqlStoreOptions['dialect']
  readonly query: SqlQuery
  readonly exec: (text: string) => unknown
}

function sqlite (t: Test, file = ':memory:'): DatabaseOfTest {
  const database = new sqliteWasm.Database(file)
  t.teardown(() => database.close())
  return {
    dialect: 'sqlite',
    query: (text, values) => database.all(text, values),
    exec: (text) => database.exec(text)
  }
}

async function pglite (t: Test): Promise<DatabaseOfTest> {
  const lite = await PGlite.create()
  t.teardown(() => lite.close())
  return {
    dialect: 'postgres',
    query: (text, values) => lite.query(text, values),
    exec: (text) => lite.exec(text)
  }
}

async function storeIn ({ dialect, query, exec }: DatabaseOfTest, table?: string): Promise<SqlStore> {
  const store = new SqlStore(query, { dialect, table })
  await exec(store.schema)
  return store
}

async function rowsOf ({ query }: DatabaseOfTest, text: string): Promise<readonly unknown[]> {
  const result = await query(text, [])
  return 'rows' in result ? result.rows : result
}

for (const [name, open] of [['SQLite', sqlite], ['PGlite', pglite]] as const) {
  t.test(`in ${name}`, async (t) => {
    const database = await open(t)
    const store = await storeIn(database)

    await t.test('the store meets the contract', (t) => meetsTheContract(t, store))

    await t.test('it prunes what has expired and nothing else', async (t) => {
      await database.exec('DELETE FROM sessions; DELETE FROM sessions_by_subject')
      await store.set('live', 'value', 1, 60, 0)
      await store.link('user', 'live', 60)
      for (const id of ['a', 'b']) {
        await store.set(id, 'value', 1, -1, 0)
        await store.link('user', id, -1)
      }
      t.equal(await store.prune(), 4)
      t.equal(await store.prune(), 0)
      t.same(await store.list('user'), ['live'])
      t.equal((await rowsOf(database, 'SELECT key FROM sessions')).length, 1)
      t.equal((await rowsOf(database, 'SELECT id FROM sessions_by_subject')).length, 1)
    })

    await t.test('a subject may have more sessions than a statement has values', async (t) => {
      const ids = Array.from({ length: 70_000 }, (_, index) => `id-${index}`)
      await store.link('many', 'id-69999', 60)
      await store.unlink('many', ids)
      t.same(await store.list('many'), [])
    })

    await t.test('the schema can be run again, and for a table named like an SQL keyword', async (t) => {
      await database.exec(store.schema)
      const other = await storeIn(database, 'order')
      await store.set('a', 'of sessions', 1, 60, 0)
      await other.set('a', 'of order', 1, 60, 0)
      t.equal((await store.get('a'))?.value, 'of sessions')
      t.equal((await other.get('a'))?.value, 'of order')
    })
  })
}

t.test('a file of SQLite outlives the process, and two connections share it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'typed-session-sqlite-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [a, b] = [await storeIn(sqlite(t, join(folder, 'db'))), await storeIn(sqlite(t, join(folder, 'db')))]
  t.equal(await a.set('key', 'first', 1, 60, 0), true)
  t.same(await b.get('key'), { value: 'first', version: 1 })
  t.same(await Promise.all([a, b].map((each, index) => each.set('key', `${index}`, 2, 60, 1))), [true, false])
})

// Both are called in the same way. One comes with newer Node.js, the other has to be compiled.
const nodeSqlite = process.getBuiltinModule('node:sqlite') as { DatabaseSync: new (path: string) => BetterSqlite3.Database } | undefined
const BetterSqlite: typeof BetterSqlite3 | undefined = await import('better-sqlite3').then((module) => module.default, () => undefined)

for (const [name, open, reason] of [
  ['node:sqlite', nodeSqlite && (() => new nodeSqlite.DatabaseSync(':memory:')), 'Node.js has it from version 22 on'],
  ['better-sqlite3', BetterSqlite && (() => new BetterSqlite(':memory:')), 'it is not installed: npm install --no-save better-sqlite3@12']
] as const) {
  t.test(`in ${name}`, { skip: open === undefined && reason }, async (t) => {
    const database = open?.() as BetterSqlite3.Database
    t.teardown(() => database.close())
    const store = new SqlStore((text, values) => database.prepare(text).all(...values), { dialect: 'sqlite' })
    database.exec(store.schema)
    await meetsTheContract(t, store)
  })
}

t.test('in a real PostgreSQL', { skip: noPostgres }, async (t) => {
  const postgres = await startPostgres()
  const pool = new pg.Pool(postgres.connection).on('error', () => {})
  t.teardown(async () => {
    await pool.end()
    await postgres.stop()
  })
  const database: DatabaseOfTest = { dialect: 'postgres', query: (text, values) => pool.query(text, values), exec: (text) => pool.query(text) }
  const store = await storeIn(database)

  await t.test('the store meets the contract through pg', (t) => meetsTheContract(t, store))

  await t.test('the table may be in a schema', async (t) => {
    await pool.query('CREATE SCHEMA auth')
    await meetsTheContract(t, await storeIn(database, 'auth.sessions'))
    t.equal((await pool.query("SELECT FROM pg_indexes WHERE schemaname = 'auth'")).rows.length, 4)
  })

  await t.test('pruning uses the index on the expiry', async (t) => {
    await pool.query("INSERT INTO sessions SELECT 'key' || i, '', 1, 9e15 FROM generate_series(1, 10000) i; ANALYZE sessions")
    const texts: string[] = []
    await new SqlStore(async (text) => { texts.push(text); return [] }, { dialect: 'postgres' }).prune()
    const plan = await pool.query(`EXPLAIN ${texts[0]}`)
    t.match(JSON.stringify(plan.rows), /Index (Only )?Scan/)
  })
})

t.test('docs/stores.md has the schema as it is', async (t) => {
  const { schema } = new SqlStore(() => [], { dialect: 'postgres' })
  t.ok(readFileSync('docs/stores.md', 'utf8').includes(`\`\`\`text\n${schema}\`\`\``))
  t.equal(new SqlStore(() => [], { dialect: 'sqlite' }).schema, schema)
})

t.test('a driver may give numbers as strings or as BigInts', async (t) => {
  for (const version of ['7', 7n]) {
    const store = new SqlStore(async () => ({ rows: [{ value: 'a', version }] }), { dialect: 'postgres' })
    t.same(await store.get('key'), { value: 'a', version: 7 })
  }
})

t.test('it says that its function gives no rows', async (t) => {
  for (const result of [undefined, null, {}, { rows: 3 }, 'rows']) {
    const store = new SqlStore(() => result as unknown as unknown[], { dialect: 'sqlite' })
    await t.rejects(store.get('key'), /must return the rows of the statement/)
  }
})

t.test('it says at once what is wrong with its options', async (t) => {
  const query: SqlQuery = () => []
  const invalid: [unknown, unknown, RegExp][] = [
    [{}, { dialect: 'postgres' }, /needs a function that runs a statement/],
    [query, undefined, /`dialect`/],
    [query, { dialect: 'mysql' }, /`dialect`/],
    ...['', 'Sessions', 'a b', 'a"', '1a', 'a.b.c', 'x'.repeat(41), 7].map((table): [unknown, unknown, RegExp] => [query, { dialect: 'postgres', table }, /`table`/]),
    [query, { dialect: 'sqlite', table: 'auth.sessions' }, /`table`/]
  ]
  for (const [given, options, message] of invalid) {
    const make = () => new SqlStore(given as SqlQuery, options as SqlStoreOptions)
    t.throws(make, { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
    t.throws(make, message)
  }
})

t.test('the statements are in the dialect\'s own syntax', async (t) => {
  for (const [dialect, parameters] of [['postgres', '$1, $2, $3'], ['sqlite', '?, ?, ?']] as const) {
    let statement = ''
    const store = new SqlStore(async (text) => { statement = text; return [] }, { dialect })
    t.equal(await store.set('a', 'value', 1, 60, 0), false)
    t.ok(statement.includes(`VALUES (${parameters}, `), statement)
  }
})
