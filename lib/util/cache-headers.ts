/** A header's value as Fastify and Node.js keep it. */
export type HeaderValue = string | string[] | number | undefined

/** `Vary` with `Cookie` in it once (RFC 9110 section 12.5.5). `*` says more already. */
export function varyOnCookie (vary: HeaderValue): string {
  if (vary === undefined) return 'Cookie'
  const fields = members(vary)
  const said = fields.some((field) => field === '*' || field.toLowerCase() === 'cookie')
  return (said ? fields : [...fields, 'Cookie']).join(', ')
}

/** `Cache-Control` that keeps a response with a session cookie out of shared caches (RFC 9111 sections 3 and 7.3). */
export function privateCacheControl (cacheControl: HeaderValue): string {
  if (cacheControl === undefined) return 'private'
  // `private="field"` restricts that field only.
  const kept = members(cacheControl).filter((directive) => !/^(public|s-maxage\b.*|private\b.*)$/i.test(directive))
  const stored = !kept.some((directive) => directive.toLowerCase() === 'no-store')
  return (stored ? ['private', ...kept] : kept).join(', ')
}

/** Whether a header tells a CDN what to cache, whatever Cache-Control says (RFC 9213, its forerunner, and CDNs' own). */
export function isTargetedCacheControl (name: string): boolean {
  return name.endsWith('-control') && /(^|-)cdn-cache-control$|^(surrogate|edge|akamai-cache|x-litespeed-cache)-control$/.test(name)
}

/** A header's values as a list. */
export function listOf (value: HeaderValue): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [String(value)]
}

// Commas inside quotes, as in private="a, b", part no members.
function members (value: Exclude<HeaderValue, undefined>): string[] {
  const items = String(value).matchAll(/(?:[^,"]|"(?:\\.|[^"\\])*"?)+/g)
  return Array.from(items, ([item]) => item.trim()).filter(Boolean)
}
