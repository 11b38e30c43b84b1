import type { FastifyRequest } from 'fastify'
import type { Settings } from '../options/options.ts'
import { isSecure, type CookieAttributes } from '../util/cookies.ts'
import { headersSent, type FastifyRequestContext } from './request-context.ts'

// What the log is told of an app's mistakes that nothing else shows.

/** A browser drops the cookie, or anyone on the way can read it. Each is said once: `said` holds what was. */
export function warnOfCookie (
  said: Set<string>, cookieName: string, request: FastifyRequest, attributes: CookieAttributes, https: boolean
): void {
  const { domain } = attributes
  const warn = (warning: string) => {
    if (said.has(warning)) return
    said.add(warning)
    request.server.log.warn({ hostname: request.hostname, cookieName }, `fastify-typed-session: ${warning}`)
  }
  if (!isSecure(attributes, https) && !isLoopback(request.host)) warn(insecure)
  if (domain !== undefined && !matchesDomain(request.hostname, domain)) warn(foreignDomain)
}

const insecure = 'a session cookie was sent without Secure. Behind a proxy that speaks HTTPS with the browser, ' +
  'set Fastify\'s trustProxy, so that `secure: \'auto\'` knows; otherwise serve this host by HTTPS'

const foreignDomain = 'browsers drop this session cookie, since its `cookie.domain` is not the host of the request or a parent of it. ' +
  'Behind a proxy that changes the Host header, set Fastify\'s trustProxy'

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
 * Warns when the response is done and lacks a change: an assignment cannot fail when the headers have gone, and nobody may
 * commit what a hijacked reply changed.
 */
export function warnOfLoss ({ cookieName }: Settings, request: FastifyRequest, { reply, session }: FastifyRequestContext): void {
  if (reply === undefined) return
  const { raw } = reply
  session.trackLoss()
  // One listener for each session that is used: an app may have many.
  raw.setMaxListeners(raw.getMaxListeners() + 1)
  raw.once('close', () => {
    if (!headersSent(reply) || !isLost(session)) return
    request.log.warn({ cookieName },
      'fastify-typed-session: a change of the session is lost. It was made after the plugin\'s onSend hook had saved the session, ' +
      'or on a reply that Fastify did not send and without reply.commitSession()')
  })
}

function isLost (session: FastifyRequestContext['session']): boolean {
  try {
    return session.hasUnsavedChanges
  } catch {
    // Data that cannot even be looked at cannot have been saved.
    return true
  }
}
