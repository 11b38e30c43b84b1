import { InvalidOptionError } from '../util/errors.ts'
import type { RouteSession } from '../session/types.ts'
import { isPlainObject } from '../util/objects.ts'

/** What a route does with a session. */
export interface RoutePolicy {
  readonly off: boolean
  readonly refresh: boolean
  readonly readOnly: boolean
  readonly crossOriginProtection: boolean
}

const normal: RoutePolicy = { off: false, refresh: true, readOnly: false, crossOriginProtection: true }
const off: RoutePolicy = { off: true, refresh: false, readOnly: true, crossOriginProtection: false }

/** The policy of a route's `config`, whose key is the session's name. A route that was not found has an empty one. */
export function routePolicy (config: object | undefined, name: string): RoutePolicy {
  const setting = (config as Record<string, RouteSession | undefined> | undefined)?.[name]
  if (setting === undefined) return normal
  return setting === false ? off : { ...normal, ...setting }
}

// What was found good need not be checked again.
const good = new WeakSet<object>()

/**
 * Throws FST_TYPED_SESSION_INVALID_OPTION for a route's setting that says nothing. Fastify reports a route when the app
 * adds it, but not to a plugin that loads later: those are checked when a request comes.
 */
export function checkRoute (config: object | undefined, name: string, url: string | undefined): void {
  const setting: unknown = (config as Record<string, unknown> | undefined)?.[name]
  if (setting === undefined || setting === false || (isPlainObject(setting) && good.has(setting))) return
  const valid = isPlainObject(setting) && Object.entries(setting).every(([key, value]) =>
    key === 'crossOriginProtection' ? value === false : ['refresh', 'readOnly'].includes(key) && typeof value === 'boolean')
  if (!valid) {
    throw new InvalidOptionError(`\`config.${name}\` of ${url} must be false, ` +
      'or an object of `refresh`, `readOnly` and `crossOriginProtection: false`')
  }
  good.add(setting)
}
