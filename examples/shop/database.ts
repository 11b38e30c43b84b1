import { SqlStore } from 'fastify-typed-session/stores'
import sqlite from 'node-sqlite3-wasm'

/** The store of sessions, in a file of SQLite or in memory. */
export function openStore (file: string): { store: SqlStore, close: () => Promise<void> } {
  // From Node.js 22 on, node:sqlite does it without a package:
  //   const database = new DatabaseSync(file)
  //   const store = new SqlStore((text, values) => database.prepare(text).all(...values), { dialect: 'sqlite' })
  const database = new sqlite.Database(file)
  const store = new SqlStore((text, values) => database.all(text, values), { dialect: 'sqlite' })
  database.exec(store.schema)
  return { store, close: async () => database.close() }
}
