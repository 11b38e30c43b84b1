/** Attributes of the cookie (RFC 6265bis section 4.1.2). How long it lives is the session's matter. */
export interface CookieAttributes {
  /**
   * The path below which browsers send the cookie.
   *
   * @default '/'
   */
  readonly path?: string | undefined
  /**
   * The domain whose hosts get the cookie.
   *
   * @default none: only the host that set the cookie
   */
  readonly domain?: string | undefined
  /**
   * Whether the cookie is hidden from JavaScript.
   *
   * @default true
   */
  readonly httpOnly?: boolean | undefined
  /**
   * Whether browsers send the cookie by HTTPS only. `'auto'` is true for requests that came by HTTPS, as
   * `request.protocol` says: behind a proxy, set Fastify's `trustProxy`.
   *
   * @default 'auto'
   */
  readonly secure?: boolean | 'auto' | undefined
  /**
   * Which requests from other sites carry the cookie. False leaves the attribute out.
   *
   * @default 'lax'; false in Flask's format
   */
  readonly sameSite?: 'strict' | 'lax' | 'none' | false | undefined
  /**
   * Whether an embedded page has a cookie of its own for each site that embeds it (CHIPS).
   *
   * @default false
   */
  readonly partitioned?: boolean | undefined
  /**
   * Which cookies Chromium drops first when there are too many.
   *
   * @default none
   */
  readonly priority?: 'low' | 'medium' | 'high' | undefined
}

export const attributeNames: readonly string[] =
  ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] satisfies (keyof CookieAttributes)[]

export const defaultAttributes: CookieAttributes = { path: '/', httpOnly: true, secure: 'auto', sameSite: 'lax' }

/** The attributes of one Set-Cookie, in the terms of @fastify/cookie. */
export interface SetCookieAttributes {
  path?: string
  domain?: string
  httpOnly?: boolean
  secure?: boolean
  sameSite?: 'strict' | 'lax' | 'none'
  partitioned?: boolean
  priority?: 'low' | 'medium' | 'high'
  maxAge?: number
  expires?: Date
}

/** The serialiser of @fastify/cookie. */
export type SerializeCookie = (name: string, value: string, attributes: SetCookieAttributes) => string

/** Browsers keep no cookie for longer: 400 days (RFC 6265bis section 5.5). In seconds. */
export const maxMaxAge = 34_560_000

/** How many tokens of one name are looked at: each costs an authentication code a secret, and no browser has so many. */
export const maxTokens = 8

/** How many are looked at where a logout is to end them all: Chromium and Firefox keep no more cookies of a site. */
export const maxTokensToEnd = 180

// That of a signed or encrypted token. A browser keeps what others call a cookie of the same name, too.
const tokenShape = /^\.?[\w-]+(\.[\w-]*){1,2}$/

/**
 * The tokens among the values of all cookies of a name (RFC 6265 section 4.2.1), each once and as it was sent: at most
 * one more than `max`, or the first value if none of them looks like a token. @fastify/cookie gives the first of a name
 * only, and decodes it in the app's way: a token has one spelling and needs no decoding.
 */
export function readCookies (header: string | undefined, name: string, max: number = maxTokens): string[] {
  const values = header === undefined ? [] : valuesOf(header, `${name}=`)
  if (values.length < 2) return values
  const tokens = new Set<string>()
  for (const value of values) if (tokens.size <= max && tokenShape.test(value)) tokens.add(value)
  return tokens.size === 0 ? values.slice(0, 1) : [...tokens]
}

function valuesOf (header: string, start: string): string[] {
  const values: string[] = []
  let end
  for (let at = header.indexOf(start); at !== -1; at = header.indexOf(start, end)) {
    end = header.indexOf(';', at)
    if (end === -1) end = header.length
    if (beginsPair(header, at)) values.push(trim(header.slice(at + start.length, end)))
  }
  return values
}

// Else it is the end of a longer name, or part of another cookie's value.
function beginsPair (header: string, at: number): boolean {
  let before = at - 1
  while (isWhiteSpace(header.charCodeAt(before))) before--
  return before === -1 || header[before] === ';'
}

/** The value of the first cookie of a name, whatever it looks like: Flask takes that one, too. */
export function readFirstCookie (header: string | undefined, name: string): string | undefined {
  const pair = header?.split(';').find((each) => trim(each.slice(0, Math.max(each.indexOf('='), 0))) === name)
  return pair === undefined ? undefined : trim(pair.slice(pair.indexOf('=') + 1))
}

/** Whether a cookie with these attributes is Secure in the answer to a request. */
export function isSecure ({ secure }: CookieAttributes, https: boolean): boolean {
  return secure === 'auto' ? https : Boolean(secure)
}

// White space is SP and HTAB (RFC 9110 section 5.6.3). String's trim takes the byte A0 too, which to a browser is part of
// the name: by it a subdomain would plant a cookie named as if with the prefix `__Host-`.
function trim (text: string): string {
  let start = 0
  let end = text.length
  while (isWhiteSpace(text.charCodeAt(start))) start++
  while (isWhiteSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isWhiteSpace (code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** Fills in the attributes of a Set-Cookie. `expiresIn` in seconds, undefined for a cookie that ends with the browser. */
export function attributesFor (
  attributes: CookieAttributes, https: boolean, expiresIn: number | undefined, now: number
): SetCookieAttributes {
  const { path, domain, httpOnly, sameSite, partitioned, priority } = attributes
  const result: SetCookieAttributes = { secure: isSecure(attributes, https) }
  if (path !== undefined) result.path = path
  if (domain !== undefined) result.domain = domain
  if (httpOnly) result.httpOnly = true
  if (sameSite) result.sameSite = sameSite
  if (partitioned) result.partitioned = true
  if (priority !== undefined) result.priority = priority
  if (expiresIn !== undefined) {
    // A session that ended while its response was made has less than no time left.
    result.maxAge = Math.max(0, Math.min(expiresIn, maxMaxAge))
    // RFC 6265bis section 5.5: what has expired lies in the past. The epoch is the habit.
    result.expires = new Date(result.maxAge === 0 ? 0 : (now + result.maxAge) * 1000)
  }
  return result
}

export type WriteCookie = (
  token: string, attributes: CookieAttributes, https: boolean, expiresIn: number | undefined, now: number
) => string

/**
 * Writes a session's Set-Cookie, and remembers the attributes that the library serialised last: from one response to
 * the next they are the same, those of permanent sessions within a second. A token needs no encoding in a cookie.
 */
export function cookieWriter (name: string, serialize: SerializeCookie): WriteCookie {
  let last: readonly unknown[] = []
  let text = ''
  return function writeCookie (token, attributes, https, expiresIn, now) {
    const all = [attributes, https, expiresIn, expiresIn === undefined ? undefined : now]
    if (!all.every((each, index) => each === last[index])) {
      text = serialize(name, '', attributesFor(attributes, https, expiresIn, now)).slice(name.length + 1)
      last = all
    }
    return `${name}=${token}${text}`
  }
}
