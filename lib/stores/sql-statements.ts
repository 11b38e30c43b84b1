/** The statements of a store. Their values are in the order of the question marks. */
export interface SqlStatements {
  readonly schema: string
  readonly get: string
  readonly add: string
  readonly replace: string
  readonly delete: string
  readonly link: string
  readonly unlink: string
  readonly list: string
  readonly prune: readonly string[]
}

export type SqlDialect = keyof typeof dialects

// The clock is the database's, at the start of the statement: `clock_timestamp()` could not use the index on the expiry.
const dialects = {
  postgres: {
    now: '(extract(epoch FROM statement_timestamp()) * 1000)::bigint',
    later: 'GREATEST',
    items: 'SELECT json_array_elements_text(?::json)',
    parameter: (index: number) => `$${index}`
  },
  sqlite: {
    now: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    later: 'max',
    items: 'SELECT value FROM json_each(?)',
    parameter: () => '?'
  }
}

/** Every statement but the schema gives rows, because some drivers have another method for those that give none. */
export function sqlStatements (dialect: SqlDialect, table: string): SqlStatements {
  const { now, later, items, parameter } = dialects[dialect]
  const records = quoted(table)
  const ids = quoted(`${table}_by_subject`)
  const indexName = (of: string) => quoted(`${of.replace(/^.*\./, '')}_expires_at`)
  const numbered = (text: string) => {
    let index = 0
    return text.trim().replaceAll('?', () => parameter(++index))
  }

  return {
    schema: `
CREATE TABLE IF NOT EXISTS ${records} (
  key text PRIMARY KEY,
  value text NOT NULL,
  version bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS ${indexName(table)} ON ${records} (expires_at);
CREATE TABLE IF NOT EXISTS ${ids} (
  subject text NOT NULL,
  id text NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (subject, id)
);
CREATE INDEX IF NOT EXISTS ${indexName(`${table}_by_subject`)} ON ${ids} (expires_at);
`.trimStart(),
    get: numbered(`SELECT value, version FROM ${records} WHERE key = ? AND expires_at > ${now}`),
    add: numbered(`
INSERT INTO ${records} AS present (key, value, version, expires_at) VALUES (?, ?, ?, ${now} + ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
WHERE present.expires_at <= ${now} RETURNING 1 AS done`),
    replace: numbered(`
UPDATE ${records} SET value = ?, version = ?, expires_at = ${now} + ?
WHERE key = ? AND version = ? AND expires_at > ${now} RETURNING 1 AS done`),
    delete: numbered(`DELETE FROM ${records} WHERE key = ? RETURNING 1 AS done`),
    link: numbered(`
INSERT INTO ${ids} AS present (subject, id, expires_at) VALUES (?, ?, ${now} + ?)
ON CONFLICT (subject, id) DO UPDATE SET expires_at = ${later}(present.expires_at, excluded.expires_at) RETURNING 1 AS done`),
    unlink: numbered(`DELETE FROM ${ids} WHERE subject = ? AND id IN (${items}) RETURNING 1 AS done`),
    list: numbered(`SELECT id FROM ${ids} WHERE subject = ? AND expires_at > ${now}`),
    prune: [records, ids].map((each) => `DELETE FROM ${each} WHERE expires_at <= ${now} RETURNING 1 AS done`)
  }
}

// So that a name may be a word of SQL, such as `order`.
function quoted (name: string): string {
  return name.split('.').map((part) => `"${part}"`).join('.')
}
