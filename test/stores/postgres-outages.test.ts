import pg from 'pg'
import t from 'tap'
import { SqlStore } from '../../lib/stores/sql.ts'
import { OutageLoad } from '../support/outage-load.ts'
import { noPostgres, startPostgres } from '../support/postgres.ts'

t.test('three processes on a PostgreSQL that is killed let no ended session in', { skip: noPostgres }, async (t) => {
  const postgres = await startPostgres()
  const { host, port, user, database } = postgres.connection
  const pool = new pg.Pool(postgres.connection).on('error', () => {})
  await pool.query(new SqlStore(() => [], { dialect: 'postgres' }).schema)
  await pool.end()
  const load = new OutageLoad(`postgres://${user}@${host}:${port}/${database}`, 'revocation')
  t.teardown(async () => {
    load.kill()
    await postgres.stop()
  })
  await load.start(4)
  await load.recovers()
  for (const outage of [() => load.revokeAll(), () => postgres.crash(), () => load.restartProcess()]) {
    await outage()
    await load.recovers()
    t.same(load.wrong, [])
  }
  await load.stop()
  t.same(load.wrong, [])
  t.comment(JSON.stringify(load.counts))
})
