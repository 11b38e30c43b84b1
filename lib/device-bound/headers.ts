// The headers of Device Bound Session Credentials (https://w3c.github.io/webappsec-dbsc/), which are structured fields
// (RFC 9651). Chromium sends strings of its own without the quotes that the draft asks for.

/** What a browser may sign with: the names of JWS algorithms (RFC 7518 section 3.1). */
export const algorithms = ['ES256', 'RS256'] as const
export type Algorithm = (typeof algorithms)[number]

/** `Secure-Session-Registration`: offers a browser to make a key, and to register it at a path. */
export function registrationHeader (allowed: readonly Algorithm[], path: string, challenge: string): string {
  return `(${allowed.join(' ')});path="${path}";challenge="${challenge}"`
}

/** `Secure-Session-Challenge`: what the browser signs next for the session with this identifier. */
export function challengeHeader (challenge: string, sessionIdentifier: string): string {
  return `"${challenge}";id="${sessionIdentifier}"`
}

// All strings that a browser sends are base64url, with dots between the parts of a JWT.
const string = /^(?:"([\w.-]+)"|([\w.-]+))(?: *;.*)?$/

/** The string of `Secure-Session-Response` or `Sec-Secure-Session-Id`, with quotes or without; parameters are ignored. */
export function readString (header: string | readonly string[] | undefined): string | undefined {
  const [, quoted, bare] = string.exec(header?.toString() ?? '') ?? []
  return quoted ?? bare
}

/**
 * Whether `Secure-Session-Skipped` says that the browser could not refresh the session with this identifier. Anyone can
 * say so: it must never let a request in.
 */
export function isSkipped (header: string | readonly string[] | undefined, sessionIdentifier: string): boolean {
  return header?.toString().includes(sessionIdentifier) ?? false
}

// What needs no quotes or escapes in a route, a header and a cookie's attribute, and is no dot segment.
const endpointPath = /^(\/(?!\.\.?(\/|$))[\w.~-]+)+$/

/** Whether browsers can be told of an endpoint at this path. */
export function isEndpointPath (path: string): boolean {
  return endpointPath.test(path)
}
