import type { FastifyRequest } from 'fastify'
import { isSent, replyOf } from './request-context.ts'
import type { RequestSession } from '../request/request-session.ts'
import { isSecure, type CookieAttributes } from '../util/cookies.ts'
import type { Registration } from './registry.ts'

// What the log is told of an app's mistakes that nothing else shows.

/** A browser drops the cookie, or anyone on the way can read it: each is said once. */
export function warnOfCookie (registration: Registration, request: FastifyRequest, attributes: CookieAttributes, https: boolean): void {
  const { domain } = attributes
  if (!isSecure(attributes, https) && !isLoopback(request.host)) warnOnce(registration, request, insecure)
  if (domain !== undefined && !matchesDomain(request.hostname, domain)) warnOnce(registration, request, foreignDomain)
}

const insecure = 'a session cookie was sent without Secure. Behind a proxy that speaks HTTPS with the browser, ' +
  'set Fastify\'s trustProxy, so that `secure: \'auto\'` knows; otherwise serve this host by HTTPS'

const foreignDomain = 'browsers drop this session cookie, since its `cookie.domain` is not the host of the request or a parent of it. ' +
  'Behind a proxy that changes the Host header, set Fastify\'s trustProxy'

function warnOnce (registration: Registration, request: FastifyRequest, warning: string): void {
  if (registration.warnings.has(warning)) return
  registration.warnings.add(warning)
  registration.fastify.log.warn({ hostname: request.hostname, cookieName: registration.settings.cookieName }, `fastify-typed-session: ${warning}`)
}

function isLoopback (host: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host)
}

// Domain matching (RFC 6265 section 5.1.3). A name without a dot is a public suffix, and good for that host alone.
function matchesDomain (hostname: string, domain: string): boolean {
  const host = hostname.toLowerCase()
  const bare = domain.toLowerCase().replace(/^\./, '')
  return host === bare || (bare.includes('.') && host.endsWith(`.${bare}`))
}

/**
 * A change of a session that is handed out is lost: an assignment cannot fail when the headers have gone, and nobody may
 * commit what a hijacked reply changed. It is a mistake in the app's code, which shows each time: after so many responses,
 * a look at some of them says as much.
 */
export function warnOfLoss (registration: Registration, request: FastifyRequest, session: RequestSession): void {
  registration.handedOut++
  if (registration.handedOut > 1000 && registration.handedOut % 100 !== 0) return
  session.trackLoss()
  const reply = replyOf(request)
  reply?.raw.on('close', () => {
    if (!isSent(reply) || !session.hasUnsavedChanges) return
    request.log.warn({ cookieName: registration.settings.cookieName },
      'fastify-typed-session: a change of the session is lost, since it was made after the response\'s headers had gone, ' +
      'or on a hijacked reply without reply.commitSession()')
  })
}
