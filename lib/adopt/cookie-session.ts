import { createHmac, timingSafeEqual } from 'node:crypto'
import { isPlainObject } from '../util/objects.ts'

/** What the app configured for cookie-session. */
export interface CookieSessionOptions {
  /**
   * The name of the cookie. That of its signature has `.sig` behind it.
   *
   * @default 'session'
   */
  readonly name?: string | undefined
  /** The `keys` of cookie-session; its `secret` is a list of one. */
  readonly keys: readonly string[]
}

/**
 * Returns the data of a session of cookie-session, or undefined if there is none or the signature is not valid. Give it
 * `request.cookies`.
 *
 * @see cookie-session, `Session.deserialize()`; keygrip, HMAC-SHA-1 of `name=value` in base64url
 * @example
 * ```ts
 * const data = readCookieSession(request.cookies, { keys: [process.env.OLD_KEY ?? ''] })
 * ```
 */
export function readCookieSession (
  cookies: Readonly<Record<string, string | undefined>>, { name = 'session', keys }: CookieSessionOptions
): Record<string, unknown> | undefined {
  const value = cookies[name]
  const signature = cookies[`${name}.sig`]
  if (value === undefined || signature === undefined) return undefined
  const given = Buffer.from(signature, 'base64url')
  const valid = keys.some((key) => {
    const expected = createHmac('sha1', key).update(`${name}=${value}`).digest()
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return valid ? parse(value) : undefined
}

function parse (value: string): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(value, 'base64').toString())
    return isPlainObject(data) ? data : undefined
  } catch {
    return undefined
  }
}
