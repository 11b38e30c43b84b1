import type { BindingOptions } from '../device-bound/binding.ts'
import { algorithms, isEndpointPath, type Algorithm } from '../device-bound/headers.ts'
import type { CookieAttributes } from '../util/cookies.ts'
import { InvalidOptionError } from '../util/errors.ts'
import { isPlainObject } from '../util/objects.ts'
import { lifetime, refuseOtherKeys, string } from './checks.ts'
import type { DeviceBoundOptions, TypedSessionOptions } from './option-types.ts'

const names = ['path', 'proofLifetime', 'algorithms', 'refreshInitiators'] satisfies (keyof DeviceBoundOptions)[]

// A day. Longer, a stolen pair of cookies would be as good as a stolen session; or it is milliseconds.
const maxProofLifetime = 86_400

/**
 * What `deviceBound` says, checked and complete; undefined without it. `cookie` are the session's attributes, unless they
 * depend on the request. Throws FST_TYPED_SESSION_INVALID_OPTION.
 */
export function resolveDeviceBound (
  { deviceBound, format }: TypedSessionOptions, cookieName: string, cookie: CookieAttributes | undefined
): BindingOptions | undefined {
  if (deviceBound === undefined || deviceBound === false) return undefined
  if (format === 'flask') throw new InvalidOptionError('`deviceBound` is not for the format `flask`: Flask does not ask for the proof')
  checkAttributes(cookie)
  const given = readOptions(deviceBound)
  return {
    path: path(given.path, `/device-bound/${cookieName}`),
    proofLifetime: proofLifetime(given.proofLifetime),
    algorithms: list('algorithms', given.algorithms, algorithms, (each): each is Algorithm => algorithms.some((known) => known === each)),
    refreshInitiators: list('refreshInitiators', given.refreshInitiators, ['*'], (each): each is string => typeof each === 'string' && each !== '')
  }
}

// Its cookies are for one host, and each response has them with the same attributes: that is how the browser finds them.
function checkAttributes (cookie: CookieAttributes | undefined): void {
  if (cookie === undefined) throw new InvalidOptionError('`deviceBound` needs a `cookie` that is an object, not a function')
  const { secure, domain, partitioned } = cookie
  if (secure !== true) throw new InvalidOptionError('`deviceBound` needs `cookie.secure: true`: browsers bind sessions over HTTPS only')
  if (domain !== undefined) throw new InvalidOptionError('`deviceBound` does not work with `cookie.domain`: a session is bound on one host')
  if (partitioned) throw new InvalidOptionError('`deviceBound` does not work with `cookie.partitioned`')
}

function readOptions (deviceBound: unknown): Readonly<Partial<Record<keyof DeviceBoundOptions, unknown>>> {
  if (deviceBound === true) return {}
  if (!isPlainObject(deviceBound)) throw new InvalidOptionError('`deviceBound` must be true, false, or an object')
  refuseOtherKeys('deviceBound', deviceBound, names)
  return deviceBound
}

function proofLifetime (value: unknown): number {
  const seconds = lifetime('deviceBound.proofLifetime', value) ?? 600
  if (seconds <= maxProofLifetime) return seconds
  throw new InvalidOptionError(`\`deviceBound.proofLifetime\` must be at most a day, ${maxProofLifetime} seconds`)
}

function path (value: unknown, otherwise: string): string {
  const checked = string('deviceBound.path', value, otherwise)
  if (isEndpointPath(checked)) return checked
  throw new InvalidOptionError(`\`deviceBound.path\` must be a path of letters, digits and -._~ such as /device-bound, and not ${checked}`)
}

function list<const T extends string> (name: string, value: unknown, otherwise: readonly T[], isValid: (each: unknown) => each is T): readonly T[] {
  if (value === undefined) return otherwise
  if (Array.isArray(value) && value.length > 0 && value.every(isValid)) return [...value]
  throw new InvalidOptionError(`\`deviceBound.${name}\` must be a list with at least one entry, such as [${otherwise.map((each) => `'${each}'`).join(', ')}]`)
}
