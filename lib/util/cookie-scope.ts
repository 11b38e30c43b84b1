import type { CookieAttributes } from './cookies.ts'
import { isPlainObject } from './objects.ts'

/**
 * The attributes by which a browser tells cookies of one name apart (RFC 6265bis section 5.7), each absent if it is the
 * default. Undefined is the scope of most: the path `/`, no domain, no partition.
 */
export interface CookieScope {
  readonly path?: string
  readonly domain?: string
  readonly partitioned?: true
}

/** The attributes that one response can choose for itself. With another scope, it would leave a second cookie behind. */
export type ResponseCookieAttributes = Omit<CookieAttributes, 'path' | 'domain' | 'partitioned'>

export const scopeNames = ['path', 'domain', 'partitioned'] as const satisfies (keyof CookieScope)[]

/** The scope of a cookie with these attributes. */
export function scopeOf ({ path, domain, partitioned }: CookieAttributes): CookieScope | undefined {
  return makeScope(path === '/' ? undefined : path, domain?.toLowerCase().replace(/^\./, ''), partitioned)
}

function makeScope (path: string | undefined, domain: string | undefined, partitioned: boolean | undefined): CookieScope | undefined {
  if (path === undefined && domain === undefined && !partitioned) return undefined
  return { ...(path !== undefined && { path }), ...(domain !== undefined && { domain }), ...(partitioned && { partitioned }) }
}

/** Whether to a browser, cookies of one name and these scopes are one cookie. */
export function isSameScope (a: CookieScope | undefined, b: CookieScope | undefined): boolean {
  return a?.path === b?.path && a?.domain === b?.domain && a?.partitioned === b?.partitioned
}

/** The scopes of cookies that an app set before it had a `domain`, or before it had them `partitioned`. */
export function olderScopes ({ path, domain, partitioned }: CookieScope = {}): Array<CookieScope | undefined> {
  return [
    ...(domain !== undefined ? [makeScope(path, undefined, partitioned)] : []),
    ...(partitioned ? [makeScope(path, domain, undefined)] : []),
    ...(domain !== undefined && partitioned ? [makeScope(path, undefined, undefined)] : [])
  ]
}

/** What differs from a scope among others, each once. */
export function otherScopes (
  scopes: ReadonlyArray<CookieScope | undefined>, scope: CookieScope | undefined
): Array<CookieScope | undefined> {
  return scopes.filter((each, index) => !isSameScope(each, scope) && scopes.findIndex((other) => isSameScope(each, other)) === index)
}

/** These attributes, but for the cookie in another scope. */
export function inScope (attributes: CookieAttributes, { path = '/', domain, partitioned }: CookieScope = {}): CookieAttributes {
  return { ...attributes, path, domain, partitioned, ...(partitioned && { secure: true }) }
}

// What a Set-Cookie can carry (RFC 6265 section 4.1.1).
const pathValue = /^\/[\x20-\x3a\x3d-\x7e]*$/
const domainValue = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/

/** Whether a value that was read is a scope. */
export function isScope (value: unknown): value is CookieScope | undefined {
  if (value === undefined) return true
  if (!isPlainObject(value)) return false
  const { path, domain, partitioned } = value
  return (path === undefined || (typeof path === 'string' && pathValue.test(path))) &&
    (domain === undefined || (typeof domain === 'string' && domainValue.test(domain))) &&
    (partitioned === undefined || partitioned === true)
}
