import { attributesFor, type CookieAttributes, type SerializeCookie } from '../util/cookies.ts'
import { InvalidCookieError } from '../util/errors.ts'

// cookie-name = token (RFC 6265 section 4.1.1, RFC 9110 section 5.6.2)
const cookieName = /^[\w!#$%&'*+\-.^`|~]+$/

// RFC 6265bis section 5.6: a browser ignores the attribute if it is longer.
const maxPathBytes = 1024

/** Throws FST_TYPED_SESSION_INVALID_COOKIE for a name that no cookie can have. */
export function checkCookieName (name: string): void {
  if (!cookieName.test(name)) {
    throw new InvalidCookieError('`cookieName` must be a token of RFC 9110: letters, digits and !#$%&\'*+-.^_`|~')
  }
}

/** Throws FST_TYPED_SESSION_INVALID_COOKIE for attributes with which browsers drop a cookie of this name or never send it back. */
export function checkCookie (name: string, attributes: CookieAttributes, serialize: SerializeCookie): void {
  checkCookieName(name)
  checkTypes(attributes)
  const { secure, sameSite, partitioned, path } = attributes
  if (path !== undefined) checkPath(path)
  if (secure !== true && (sameSite === 'none' || partitioned)) {
    throw new InvalidCookieError('browsers drop a cookie with SameSite=None or Partitioned that is not Secure: set `cookie.secure` to true')
  }
  checkPrefix(name, attributes)
  try {
    serialize(name, '', attributesFor(attributes, false, 0, 0))
  } catch (cause) {
    throw new InvalidCookieError(`\`cookie\` has an attribute that is not allowed in a header: ${(cause as Error).message}`, { cause })
  }
}

function checkTypes ({ httpOnly, secure, sameSite, partitioned, path, domain, priority }: CookieAttributes): void {
  for (const [key, value] of Object.entries({ httpOnly, partitioned })) {
    if (value !== undefined && typeof value !== 'boolean') throw new InvalidCookieError(`\`cookie.${key}\` must be true or false`)
  }
  for (const [key, value] of Object.entries({ path, domain })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new InvalidCookieError(`\`cookie.${key}\` must be a non-empty string`)
    }
  }
  if (secure !== undefined && secure !== 'auto' && typeof secure !== 'boolean') {
    throw new InvalidCookieError('`cookie.secure` must be true, false or \'auto\'')
  }
  if (sameSite !== undefined && sameSite !== false && !['strict', 'lax', 'none'].includes(sameSite)) {
    throw new InvalidCookieError('`cookie.sameSite` must be \'strict\', \'lax\', \'none\' or false')
  }
  if (priority !== undefined && !['low', 'medium', 'high'].includes(priority)) {
    throw new InvalidCookieError('`cookie.priority` must be \'low\', \'medium\' or \'high\'')
  }
}

// A browser compares it, as it is, with the path of the URL that it sends: encoded, and without `.` and `..`.
function checkPath (path: string): void {
  if (!path.startsWith('/')) throw new InvalidCookieError('`cookie.path` must begin with /')
  // Chromium encodes these two, and the URL of Node.js does not.
  if (/[|^]/.test(path) || new URL(`http://host${path}`).pathname !== path) {
    throw new InvalidCookieError('`cookie.path` must be percent-encoded and without dot segments, as browsers send it: /my%20app for /my app')
  }
  if (path.length > maxPathBytes) throw new InvalidCookieError(`\`cookie.path\` must have at most ${maxPathBytes} bytes`)
}

// RFC 6265bis section 4.1.3: a browser drops a cookie whose name promises more than its attributes keep. The prefixes
// with Http are those of Chromium 140.
function checkPrefix (name: string, { secure, httpOnly, path, domain }: CookieAttributes): void {
  const prefix = /^__(secure|host-http|host|http)-/i.exec(name)?.[1]?.toLowerCase()
  if (prefix === undefined) return
  if (secure !== true) throw new InvalidCookieError(`a cookie named ${name} must be Secure: set \`cookie.secure\` to true`)
  if (prefix.endsWith('http') && httpOnly !== true) {
    throw new InvalidCookieError(`a cookie named ${name} must be HttpOnly: set \`cookie.httpOnly\` to true`)
  }
  if (prefix.startsWith('host') && (path !== '/' || domain !== undefined)) {
    throw new InvalidCookieError(`a cookie named ${name} must have the path / and no domain`)
  }
}
