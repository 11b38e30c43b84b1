/** A copy that shares nothing that could change with its original. Objects of other classes than these stay the same. */
export function clone<T> (value: T): T
export function clone (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => clone(item))
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
    case null: return cloneRecord(value as Record<string, unknown>)
    case Date.prototype: return new Date(value as Date)
    case Map.prototype: return new Map(clone([...value as Map<unknown, unknown>]))
    case Set.prototype: return new Set(clone([...value as Set<unknown>]))
    // A Buffer's own slice would share the memory.
    case Buffer.prototype:
    case Uint8Array.prototype: return Uint8Array.prototype.slice.call(value)
  }
  return value
}

/** The same for what an object of any kind has itself, as a plain object. */
export function cloneRecord (record: Record<string, unknown>): Record<string, unknown> {
  // All at once, then what is more than a scalar: V8 copies the object's shape, rather than find it key by key.
  const copy = { ...record }
  for (const key in copy) if (typeof copy[key] === 'object' && Object.hasOwn(copy, key)) copy[key] = clone(copy[key])
  return copy
}

/** Whether two values would be written alike. A key whose value is undefined is as one that is not there. */
export function equal (a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isPlainObject(a)) return isPlainObject(b) && equalRecords(a, b)
  if (Array.isArray(a)) return Array.isArray(b) && a.constructor === b.constructor && equalItems(a, b)
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (a instanceof Map || a instanceof Set) return a.constructor === b.constructor && equalItems([...a], [...b as Set<unknown>])
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
}

function equalItems (a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (!equal(a[index], b[index])) return false
  return true
}

/** The same for what two objects of any kind have themselves. */
export function equalRecords (a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  // Where all that `a` says is in `b` too, and `b` says as many things, they are equal.
  let surplus = 0
  for (const key in a) {
    if (a[key] === undefined) continue
    if (!equal(a[key], b[key])) return false
    surplus++
  }
  for (const key in b) if (b[key] !== undefined) surplus--
  return surplus === 0
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
