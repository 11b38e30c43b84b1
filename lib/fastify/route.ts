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

// Of settings that were found good. Made at the first request: until then, hooks of the app may change them.
const policies = new WeakMap<object, RoutePolicy>()

/**
 * The policy of a route's `config`, whose key is the session's name. A route that was not found has an empty one. Throws
 * as `checkRoute()` does: a plugin does not hear of routes that the app added before it had loaded.
 */
export function routePolicy (config: object | undefined, name: string, url: string | undefined): RoutePolicy {
  const setting = settingOf(config, name)
  if (setting === undefined) return normal
  if (setting === false) return off
  const known = isPlainObject(setting) ? policies.get(setting) : undefined
  if (known !== undefined) return known
  checkRoute(config, name, url)
  const policy = { ...normal, ...setting as Partial<RoutePolicy> }
  policies.set(setting as object, policy)
  return policy
}

/** Throws FST_TYPED_SESSION_INVALID_OPTION for a route's setting that says nothing. */
export function checkRoute (config: object | undefined, name: string, url: string | undefined): void {
  const setting = settingOf(config, name)
  if (setting === undefined || setting === false) return
  const valid = isPlainObject(setting) && Object.entries(setting).every(([key, value]) =>
    key === 'crossOriginProtection' ? value === false : ['refresh', 'readOnly'].includes(key) && typeof value === 'boolean')
  if (!valid) {
    throw new InvalidOptionError(`\`config.${name}\` of ${url} must be false, ` +
      'or an object of `refresh`, `readOnly` and `crossOriginProtection: false`')
  }
}

function settingOf (config: object | undefined, name: string): unknown {
  return (config as Record<string, unknown> | undefined)?.[name]
}
