import { InvalidOptionError } from '../util/errors.ts'
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

// Of settings that were found good.
const policies = new WeakMap<object, RoutePolicy>()

/**
 * The policy of a route's `config`, whose key is the session's name. A route that was not found has an empty one. Throws
 * FST_TYPED_SESSION_INVALID_OPTION for a setting that says nothing: Fastify reports a route when the app adds it, but not to
 * a plugin that loads later, so that this is known only when a request comes.
 */
export function routePolicy (config: object | undefined, name: string, url: string | undefined): RoutePolicy {
  const setting: unknown = (config as Record<string, unknown> | undefined)?.[name]
  if (setting === undefined) return normal
  if (setting === false) return off
  const known = isPlainObject(setting) ? policies.get(setting) : undefined
  if (known !== undefined) return known
  if (!isRouteSettings(setting)) {
    throw new InvalidOptionError(`\`config.${name}\` of ${url} must be false, ` +
      'or an object of `refresh`, `readOnly` and `crossOriginProtection: false`')
  }
  const policy = { ...normal, ...setting }
  policies.set(setting, policy)
  return policy
}

function isRouteSettings (setting: unknown): setting is Partial<RoutePolicy> {
  return isPlainObject(setting) && Object.entries(setting).every(([key, value]) =>
    key === 'crossOriginProtection' ? value === false : ['refresh', 'readOnly'].includes(key) && typeof value === 'boolean')
}
