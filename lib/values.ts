/** A copy that shares nothing that could change with its original. Values a payload cannot carry stay the same. */
export function clone<T> (value: T): T
export function clone (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(clone)
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (!isPlainObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = clone(value[key])
  return copy
}

/** Whether two values would be written alike. A key whose value is undefined is as one that is not there. */
export function equal (a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.constructor === b.constructor && a.length === b.length && a.every((item, index) => equal(item, b[index]))
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  return isPlainObject(a) && isPlainObject(b) && equalRecords(a, b)
}

function equalRecords (a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  // What an object inherits, such as `constructor`, is none of its data.
  for (const key of Object.keys(a)) if (!equal(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false
  return true
}

/** The properties of an object that say something. */
export function withoutUndefined<T extends object> (object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
}

export function isPlainObject (value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
