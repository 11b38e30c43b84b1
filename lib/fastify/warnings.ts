import type { FastifyRequest } from 'fastify'
import { isSent, replyOf } from './request-context.ts'
import type { RequestSession } from '../request/request-session.ts'
import type { Registration } from './registry.ts'

// What the log is told of an app's mistakes that nothing else shows.

/** The browser gets a cookie that is not Secure: to be said once, but not of a developer's own machine. */
export function warnOfInsecure (registration: Registration, request: FastifyRequest): void {
  if (registration.warned || isLoopback(request.host)) return
  registration.warned = true
  registration.fastify.log.warn({ hostname: request.hostname, cookieName: registration.settings.cookieName },
    'fastify-typed-session: a session cookie was sent without Secure. Behind a proxy that speaks HTTPS with the browser, ' +
    'set Fastify\'s trustProxy, so that `secure: \'auto\'` knows; otherwise serve this host by HTTPS')
}

function isLoopback (host: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host)
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
