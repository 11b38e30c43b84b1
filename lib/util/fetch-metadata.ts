import type { IncomingHttpHeaders } from 'node:http'

// What a browser says of a request in headers that no page can set (https://www.w3.org/TR/fetch-metadata/).

const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/**
 * Why a request is taken for one that a page of another origin made, with the user's cookies and without the user's will;
 * undefined if it is not. Only for methods that may change something, and for websockets, which CORS does not cover.
 * A request with neither header is not a browser's, or is too old a browser's to tell.
 *
 * @see Go's net/http.CrossOriginProtection
 */
export function findForgery (
  method: string, headers: IncomingHttpHeaders, host: string, trusted: ReadonlySet<string>
): 'Sec-Fetch-Site' | 'Origin' | undefined {
  if (safeMethods.includes(method) && headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  const { origin, 'sec-fetch-site': site } = headers
  if (site === 'same-origin' || site === 'none') return undefined
  if (origin !== undefined && trusted.has(origin)) return undefined
  if (site) return 'Sec-Fetch-Site'
  return !origin || isOriginOf(origin, host) ? undefined : 'Origin'
}

// Of either scheme: TLS may end at a proxy, and browsers of today send Sec-Fetch-Site by HTTPS.
function isOriginOf (origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: expected } = new URL(origin)
  const own = `${protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === expected
}

/** Whether a text is an origin as browsers send it, so that it can be compared with what they send. */
export function isOrigin (text: unknown): text is string {
  if (typeof text !== 'string' || text.includes('*') || !URL.canParse(text)) return false
  const { protocol, host } = new URL(text)
  return host !== '' && text === `${protocol}//${host}`
}

/** Whether the browser fetches a page ahead, which the user may never ask for: a prefetch or a prerender. */
export function isPrefetch (headers: IncomingHttpHeaders): boolean {
  const purpose = headers['sec-purpose']
  return purpose !== undefined && /^prefetch\b/.test(String(purpose))
}
