import { InvalidOptionError } from '../util/errors.ts'
import { sqlStatements, type SqlDialect, type SqlStatements } from './sql-statements.ts'
import type { ConditionalStore, StoredRecord } from './store.ts'

/** Runs one statement with its values. Returns its rows, or an object with `rows`, which is what pg gives. */
export type SqlQuery = (text: string, values: (string | number)[]) => SqlResult | Promise<SqlResult>

/** The rows of a statement, or an object that has them. */
export type SqlResult = readonly unknown[] | {
  /** One object for each row. */
  readonly rows: readonly unknown[]
}

/** The options of an {@link SqlStore}. */
export interface SqlStoreOptions {
  /** `'postgres'` is PostgreSQL from 9.5, `'sqlite'` is SQLite from 3.35. */
  readonly dialect: SqlDialect
  /**
   * The name of the table of sessions; in PostgreSQL it may have a schema, as in `auth.sessions`. The index of subjects
   * is a second table, with `_by_subject` after the name. Apps that share a database need different tables.
   *
   * @default 'sessions'
   */
  readonly table?: string | undefined
}

/**
 * A store in PostgreSQL or SQLite, by any driver. `schema` has the statements that make its tables.
 *
 * @param query for pg, @fastify/postgres and PGlite `(text, values) => pool.query(text, values)`, for better-sqlite3 and
 *   node:sqlite `(text, values) => database.prepare(text).all(...values)`.
 *
 * @throws FST_TYPED_SESSION_INVALID_OPTION if `query` is not a function, `dialect` is missing or unknown, or `table` is
 *   not a name of lower-case letters, digits and underscores.
 *
 * @example
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
 * const store = new SqlStore((text, values) => pool.query(text, values), { dialect: 'postgres' })
 */
export class SqlStore implements ConditionalStore {
  readonly compareAndSet = true
  /** The statements that make the tables and their indexes if they are not there. Run them in a migration. */
  readonly schema: string
  readonly #query: SqlQuery
  readonly #statements: SqlStatements

  constructor (query: SqlQuery, options: SqlStoreOptions) {
    // JavaScript may give what TypeScript refuses.
    const { dialect, table = 'sessions' }: Partial<SqlStoreOptions> = { ...options as SqlStoreOptions | undefined }
    if (typeof query !== 'function') {
      throw new InvalidOptionError('an SqlStore needs a function that runs a statement, such as `(text, values) => pool.query(text, values)`')
    }
    if (dialect !== 'postgres' && dialect !== 'sqlite') throw new InvalidOptionError("`dialect` of an SqlStore must be 'postgres' or 'sqlite'")
    if (typeof table !== 'string' || !tableNames[dialect].test(table)) {
      throw new InvalidOptionError('`table` of an SqlStore must be a name of at most 40 lower-case letters, digits and underscores, ' +
        'in PostgreSQL with or without a schema before it')
    }
    this.#query = query
    this.#statements = sqlStatements(dialect, table)
    this.schema = this.#statements.schema
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const [row] = await this.#rows(this.#statements.get, key)
    return row && { value: String(row.value), version: Number(row.version) }
  }

  async set (key: string, value: string, version: number, expiresIn: number, expected: number): Promise<boolean> {
    const rows = expected === 0
      ? await this.#rows(this.#statements.add, key, value, version, milliseconds(expiresIn))
      : await this.#rows(this.#statements.replace, value, version, milliseconds(expiresIn), key, expected)
    return rows.length > 0
  }

  async delete (key: string): Promise<void> {
    await this.#rows(this.#statements.delete, key)
  }

  async link (subject: string, id: string, expiresIn: number): Promise<void> {
    await this.#rows(this.#statements.link, subject, id, milliseconds(expiresIn))
  }

  async unlink (subject: string, ids: readonly string[]): Promise<void> {
    await this.#rows(this.#statements.unlink, subject, JSON.stringify(ids))
  }

  async list (subject: string): Promise<string[]> {
    const rows = await this.#rows(this.#statements.list, subject)
    return rows.map(({ id }) => String(id))
  }

  /**
   * Deletes what has expired. Databases do not do that by themselves, so call it now and then, once an hour for example.
   * Resolves to the number of rows that it deleted.
   */
  async prune (): Promise<number> {
    let deleted = 0
    for (const statement of this.#statements.prune) deleted += (await this.#rows(statement)).length
    return deleted
  }

  async #rows (text: string, ...values: (string | number)[]): Promise<readonly Record<string, unknown>[]> {
    const result: unknown = await this.#query(text, values)
    const rows = isRows(result) ? result : (result as { rows?: unknown } | null | undefined)?.rows
    if (isRows(rows)) return rows
    throw new TypeError('the function of an SqlStore must return the rows of the statement, or an object that has them as `rows`')
  }
}

const name = '[a-z_][a-z0-9_]{0,39}'
const tableNames = {
  postgres: new RegExp(`^(${name}\\.)?${name}$`),
  sqlite: new RegExp(`^${name}$`)
}

function isRows (value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value)
}

function milliseconds (seconds: number): number {
  return Math.ceil(seconds * 1000)
}
