import type { FastifyReply } from 'fastify'
import { isTargetedCacheControl, privateCacheControl, listOf, varyOnCookie } from '../util/cache-headers.ts'

/** What a session does to the headers of a response. */
export interface SessionHeaders {
  /** Whether the response depends on the cookie. */
  readonly varies: boolean
  /** Whether no browser may keep the response, if the app does not say how to cache it. */
  readonly noStore: boolean
  /** The Set-Cookie headers. */
  readonly cookies: readonly string[]
  readonly cookieName: string
  /** Whether the session did not change, and the cookie is only signed again. */
  readonly isRenewal: boolean
}

/**
 * Sets a reply's headers, and returns the Set-Cookie headers that it has of this session then. `before` are those of an
 * earlier run. There is never more than one of a name: a change of the session replaces the app's own, a renewal does not.
 * Fastify adds those of a `payload` that is a web Response.
 */
export function setHeaders (reply: FastifyReply, session: SessionHeaders, before: readonly string[], payload?: unknown): readonly string[] {
  const { varies, noStore, cookies, isRenewal } = session
  if (varies) reply.header('vary', varyOnCookie(reply.getHeader('vary')))
  if (noStore && reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-store')
  if (cookies.length === 0 && before.length === 0) return cookies
  // Those of the raw response are among them: what the app gave to that would be lost with a header of Fastify's beside it.
  const headers = reply.getHeaders()
  const others = listOf(headers['set-cookie']).filter((each) => !before.includes(each))
  const added = isResponse(payload) ? setCookiesOf(payload) : []
  if (isRenewal && [...others, ...added].some((each) => isOf(session, each))) {
    replaceCookies(reply, others)
    return []
  }
  replaceCookies(reply, cookies.length === 0 ? others : [...others.filter((each) => !isOf(session, each)), ...cookies])
  if (cookies.length === 0) return cookies
  reply.header('cache-control', privateCacheControl(headers['cache-control']))
  for (const name in headers) if (isTargetedCacheControl(name)) reply.header(name, 'no-store')
  return cookies
}

/** For an answer whose headers the onSend hook may set no more: it depends on the cookie. */
export function varyOnSession (reply: FastifyReply, noStore = false): void {
  setHeaders(reply, { varies: true, noStore, cookies: [], cookieName: '', isRenewal: false }, [])
}

const offerHeader = 'secure-session-registration'

/** Sets the header that offers browsers to bind a session, in place of that of an earlier run. Returns what it set. */
export function setOffer (reply: FastifyReply, offer: string | undefined, before: string | undefined): string | undefined {
  if (offer === undefined && before === undefined) return undefined
  const others = listOf(reply.getHeader(offerHeader)).filter((each) => each !== before)
  reply.removeHeader(offerHeader)
  const all = offer === undefined ? others : [...others, offer]
  if (all.length > 0) reply.header(offerHeader, all.length === 1 ? all[0] : all)
  return offer
}

function isOf ({ cookieName }: SessionHeaders, setCookie: string): boolean {
  return setCookie.startsWith(`${cookieName}=`)
}

function replaceCookies (reply: FastifyReply, cookies: readonly string[]): void {
  reply.removeHeader('set-cookie')
  // One by one: a single one stays a string, as apps and their tests know it.
  for (const each of cookies) reply.header('set-cookie', each)
}

/** Copies what the reply's headers say of sessions to the raw response: for replies that Fastify does not send. */
export function copyToRaw (reply: FastifyReply): void {
  const names = ['set-cookie', 'vary', 'cache-control', offerHeader, ...Object.keys(reply.getHeaders()).filter(isTargetedCacheControl)]
  for (const name of names) {
    const value = reply.getHeader(name)
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
}

/**
 * A payload that does not take the reply's headers back: Fastify sets those of a web Response after all hooks. The
 * app's own Response stays as it is, and may be one whose headers cannot change.
 */
export function mergeIntoPayload (payload: unknown, session: SessionHeaders): unknown {
  const { varies, cookies, isRenewal } = session
  if (!isResponse(payload) || payload.bodyUsed) return payload
  const headers = new Headers([...payload.headers])
  if (cookies.length > 0 && !isRenewal) {
    headers.delete('set-cookie')
    for (const each of setCookiesOf(payload)) if (!isOf(session, each)) headers.append('set-cookie', each)
  }
  for (const [name, value] of payload.headers) {
    if (varies && name === 'vary') headers.set(name, varyOnCookie(value))
    if (cookies.length > 0 && name === 'cache-control') headers.set(name, privateCacheControl(value))
    if (cookies.length > 0 && isTargetedCacheControl(name)) headers.set(name, 'no-store')
  }
  // Not always the global class: node-fetch has its own.
  const Class = payload.constructor as typeof Response
  return new Class(payload.body, { status: payload.status, statusText: payload.statusText, headers })
}

// Headers of node-fetch give all in one text only.
function setCookiesOf ({ headers }: Response): string[] {
  const { getSetCookie } = headers as Partial<Headers>
  return getSetCookie === undefined ? listOf(headers.get('set-cookie') ?? undefined) : getSetCookie.call(headers)
}

// As Fastify tells one: it may be of another undici than the global one.
function isResponse (payload: unknown): payload is Response {
  return typeof payload === 'object' && Object.prototype.toString.call(payload) === '[object Response]'
}
