import type { FastifyReply } from 'fastify'
import { isTargetedCacheControl, privateCacheControl, varyOnCookie, without, type HeaderValue } from './cache-headers.ts'

/** What a session does to the headers of a response. */
export interface SessionHeaders {
  /** Whether the response depends on the cookie. */
  readonly varies: boolean
  /** The Set-Cookie, where there is one. */
  readonly cookie: string | undefined
}

/** Sets a reply's headers. `before` is the Set-Cookie that they have of this session from an earlier run. */
export function setHeaders (reply: FastifyReply, { varies, cookie }: SessionHeaders, before: string | undefined): void {
  if (varies) reply.header('vary', varyOnCookie(reply.getHeader('vary')))
  if (cookie === undefined && before === undefined) return
  // Those of the raw response are among them: what the app gave to that would be lost with a header of Fastify's beside it.
  const headers = reply.getHeaders()
  replaceCookie(reply, headers['set-cookie'], before, cookie)
  if (cookie === undefined) return
  reply.header('cache-control', privateCacheControl(headers['cache-control']))
  for (const name in headers) if (isTargetedCacheControl(name)) reply.header(name, 'no-store')
}

function replaceCookie (reply: FastifyReply, cookies: HeaderValue, before: string | undefined, cookie: string | undefined): void {
  if (cookies !== undefined) reply.removeHeader('set-cookie')
  // Text where it is one, as apps and their tests know it.
  for (const each of without(cookies, before)) reply.header('set-cookie', each)
  if (cookie !== undefined) reply.header('set-cookie', cookie)
}

/** Has the raw response send what the reply's headers say of sessions: for replies that Fastify does not send. */
export function copyToRaw (reply: FastifyReply): void {
  const names = ['set-cookie', 'vary', 'cache-control', ...Object.keys(reply.getHeaders()).filter(isTargetedCacheControl)]
  for (const name of names) {
    const value = reply.getHeader(name)
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
}

/**
 * A payload that does not take the reply's headers back: Fastify sets those of a web Response after all hooks. The
 * app's own Response stays as it is, and may be one whose headers cannot change.
 */
export function mergeIntoPayload (payload: unknown, { varies, cookie }: SessionHeaders): unknown {
  if (!isResponse(payload) || payload.bodyUsed) return payload
  const headers = new Headers(payload.headers)
  for (const [name, value] of payload.headers) {
    if (varies && name === 'vary') headers.set(name, varyOnCookie(value))
    if (cookie !== undefined && name === 'cache-control') headers.set(name, privateCacheControl(value))
    if (cookie !== undefined && isTargetedCacheControl(name)) headers.set(name, 'no-store')
  }
  return new Response(payload.body, { status: payload.status, statusText: payload.statusText, headers })
}

// As Fastify tells one: it may be of another undici than the global one.
function isResponse (payload: unknown): payload is Response {
  return typeof payload === 'object' && Object.prototype.toString.call(payload) === '[object Response]'
}
