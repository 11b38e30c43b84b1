import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../options/options.ts'
import type { RequestContext } from '../request/incoming-session.ts'
import type { CookieAction } from '../session/cookie-action.ts'
import { publishAccepted, publishChanged, publishRejected } from './diagnostics.ts'
import type { RejectionReason } from '../session/types.ts'

/** Where a request keeps its reply. */
export const replyKey: unique symbol = Symbol('fastify-typed-session.reply')

interface Holder {
  [replyKey]: FastifyReply | null
}

/** A request of Fastify's, as its session sees it. */
export class FastifyContext implements RequestContext {
  readonly #request: FastifyRequest
  readonly #settings: Settings
  readonly readOnly: boolean

  constructor (request: FastifyRequest, settings: Settings, readOnly: boolean) {
    this.#request = request
    this.#settings = settings
    this.readOnly = readOnly
  }

  headersSent (): boolean {
    const reply = replyOf(this.#request)
    return reply !== null && isSent(reply)
  }

  accepted (secretIndex: number): void {
    publishAccepted(this.#settings, secretIndex)
  }

  changed (change: CookieAction): void {
    publishChanged(this.#settings, change)
  }

  rejected (reason: RejectionReason): void {
    publishRejected(this.#settings, reason)
    this.#request.log.debug({ reason, cookieName: this.#settings.cookieName }, 'fastify-typed-session: the session cookie was not accepted')
  }

  migrateFailed (err: unknown): void {
    this.#request.log.error({ err, cookieName: this.#settings.cookieName }, 'fastify-typed-session: `migrate` threw')
  }

  * adoptCandidates (): Generator<unknown> {
    for (const adopt of this.#settings.adopt) {
      try {
        yield adopt(this.#request)
      } catch (err) {
        this.#request.log.warn({ err, cookieName: this.#settings.cookieName }, 'fastify-typed-session: `adopt` threw')
      }
    }
  }

  adoptRejected (): void {
    this.#request.log.warn({ cookieName: this.#settings.cookieName },
      'fastify-typed-session: `adopt` gave something else than data that the schema accepts')
  }
}

/** The reply of a request; null before our onRequest hook has run. */
export function replyOf (request: FastifyRequest): FastifyReply | null {
  return (request as unknown as Holder)[replyKey]
}

export function rememberReply (request: FastifyRequest, reply: FastifyReply): void {
  (request as unknown as Holder)[replyKey] = reply
}

/** Whether a reply can set no more cookies. The answer to a websocket's handshake is not Fastify's to change. */
export function isSent ({ raw, sent, request }: FastifyReply): boolean {
  return raw.headersSent || (sent && request.headers.upgrade?.toLowerCase() === 'websocket')
}
