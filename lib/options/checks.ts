import { InvalidOptionError } from '../util/errors.ts'
import { isLifetime } from '../token/metadata.ts'
import { isOrigin } from '../util/fetch-metadata.ts'
import { isPlainObject, withoutUndefined } from '../util/objects.ts'

// Each returns the value of an option, or its default, or throws FST_TYPED_SESSION_INVALID_OPTION.

export function string (option: string, value: unknown, otherwise: string): string {
  if (value === undefined) return otherwise
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidOptionError(`\`${option}\` must be a non-empty string`)
}

export function boolean (option: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(`\`${option}\` must be true or false`)
}

export function seconds (option: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise
  if (Number.isSafeInteger(value) && (value as number) >= 0) return inReach(option, value as number)
  throw new InvalidOptionError(`\`${option}\` must be a whole number of seconds from 0`)
}

export function lifetime (option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (isLifetime(value)) return inReach(option, value)
  throw new InvalidOptionError(`\`${option}\` must be a whole number of seconds from 1`)
}

// 3,000 years in seconds. A Date can tell the time at its end, and so can Python.
const longest = 100_000_000_000

function inReach (option: string, value: number): number {
  if (value <= longest) return value
  throw new InvalidOptionError(`\`${option}\` is longer than 3,000 years: seconds, not milliseconds?`)
}

export function oneOf<const T extends string> (option: string, value: unknown, [first, ...others]: readonly [T, ...T[]]): T {
  if (value === undefined) return first
  const found = [first, ...others].find((choice) => choice === value)
  if (found !== undefined) return found
  throw new InvalidOptionError(`\`${option}\` must be one of: ${[first, ...others].join(', ')}`)
}

export function optionalFunction<F> (option: string, value: F, does: string): F {
  if (value === undefined || typeof value === 'function') return value
  throw new InvalidOptionError(`\`${option}\` must be a function that ${does}`)
}

/** Refuses what an option that is an object does not take. */
export function refuseOtherKeys (option: string, given: Record<string, unknown>, names: readonly string[]): void {
  const unknown = Object.keys(withoutUndefined(given)).filter((key) => !names.includes(key))
  if (unknown.length > 0) throw new InvalidOptionError(`\`${option}\` takes ${names.join(', ')}, and not ${unknown.join(', ')}`)
}

/** The origins that cross-origin protection trusts; undefined if it is off. */
export function trustedOrigins (option: string, value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined || value === false) return undefined
  const given = value === true ? {} : value
  if (!isPlainObject(given) || Object.keys(given).some((key) => key !== 'trustedOrigins')) {
    throw new InvalidOptionError(`\`${option}\` must be true, false, or an object with \`trustedOrigins\``)
  }
  const { trustedOrigins = [] } = given
  if (Array.isArray(trustedOrigins) && trustedOrigins.every(isOrigin)) return new Set(trustedOrigins)
  throw new InvalidOptionError(`\`${option}.trustedOrigins\` must be a list of origins as browsers send them, ` +
    'such as https://example.com: without a path, a default port or a wildcard')
}

const maxTime = 8_640_000_000_000_000 // of a Date

/** A clock, which is asked once: by one that tells no time, nothing would ever expire. */
export function clock (option: string, value: unknown): () => number {
  if (value === undefined) return Date.now
  const time: unknown = typeof value === 'function' ? value() : undefined
  if (typeof time === 'number' && time >= 0 && time <= maxTime) return value as () => number
  throw new InvalidOptionError(`\`${option}\` must be a function that returns milliseconds since 1970, as Date.now does`)
}
