import { channel, type Channel } from 'node:diagnostics_channel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../options/options.ts'
import type { Payload } from '../payload/payload.ts'
import type { RequestContext } from '../request/context.ts'
import { RequestSession } from '../request/request-session.ts'
import type { CookieAction } from '../session/cookie-action.ts'
import type { RejectionReason } from '../session/types.ts'
import { readCookies, type CookieAttributes } from '../util/cookies.ts'
import { isPrefetch } from '../util/fetch-metadata.ts'
import type { RoutePolicy } from './route.ts'

// Messages name the session, and hold no value of it.
const accepted = channel('fastify-typed-session.accepted')
const rejected = channel('fastify-typed-session.rejected')
const changes = {
  write: channel('fastify-typed-session.written'),
  refresh: channel('fastify-typed-session.refreshed'),
  delete: channel('fastify-typed-session.deleted')
}

/** One session of one Fastify request: what the session knows of the request, and what the plugin knows of the session. */
export class FastifyRequestContext implements RequestContext {
  readonly session: RequestSession
  readonly readOnly: boolean
  refreshes: boolean
  reseals = true
  /** Undefined until the plugin's onRequest hook has run. */
  reply: FastifyReply | undefined
  failed = false
  saved = false
  /** Whether an answer waits for that, as it does with a store. */
  saving = false
  /** Settles when `commitSession()` is done, if it was called. */
  committed: Promise<void> | undefined
  /** Why an answer failed that had come to the plugin's onSend hook. */
  failure: Error | undefined
  /** The Set-Cookie headers that an earlier run of the onSend hook set. */
  setCookies: readonly string[] = []
  /** The header that it set to offer browsers to bind the session. */
  offer: string | undefined
  readonly #request: FastifyRequest
  readonly #settings: Settings
  #attributes: CookieAttributes | undefined

  constructor (request: FastifyRequest, reply: FastifyReply | undefined, settings: Settings, { readOnly, refresh }: RoutePolicy) {
    this.#request = request
    this.reply = reply
    this.#settings = settings
    this.readOnly = readOnly
    this.refreshes = refresh && !isPrefetch(request.headers)
    this.session = new RequestSession(settings, readCookies(request.headers.cookie, settings.cookieName), this)
  }

  get attributes (): CookieAttributes {
    this.#attributes ??= this.#settings.cookieFor(this.#request)
    return this.#attributes
  }

  get headers (): FastifyRequest['headers'] {
    return this.#request.headers
  }

  headersSent (): boolean {
    return this.reply !== undefined && headersSent(this.reply)
  }

  isPublic (): boolean {
    const cacheControl = this.reply?.getHeader('cache-control')
    return cacheControl !== undefined && /(^|[\s,])(public|immutable)\s*(,|$)/i.test(String(cacheControl))
  }

  accepted (secretIndex: number): void {
    if (accepted.hasSubscribers) this.#publish(accepted, { secretIndex })
  }

  rejected (reason: RejectionReason): void {
    if (rejected.hasSubscribers) this.#publish(rejected, { reason })
    this.#request.log.debug({ reason, cookieName: this.#settings.cookieName }, 'fastify-typed-session: the session cookie was not accepted')
  }

  changed (action: Exclude<CookieAction, 'keep'>): void {
    // That the cookie is sealed with another key is not news.
    const to = action === 'reseal' ? undefined : changes[action]
    if (to?.hasSubscribers) this.#publish(to)
  }

  #publish (to: Channel, details: object = {}): void {
    const { name, cookieName } = this.#settings
    to.publish({ name, cookieName, ...details })
  }

  migrateFailed (err: unknown): void {
    this.#request.log.error({ err, cookieName: this.#settings.cookieName }, 'fastify-typed-session: `migrate` threw')
  }

  async * adoptCandidates (accepted: Payload | undefined): AsyncGenerator<unknown> {
    if (accepted !== undefined && !this.#adoptsInto(accepted)) return
    for (const adopt of this.#settings.adopt) {
      try {
        yield await adopt(this.#request, this.reply as FastifyReply)
      } catch (err) {
        this.#request.log.warn({ err, cookieName: this.#settings.cookieName }, 'fastify-typed-session: `adopt` threw')
      }
    }
  }

  #adoptsInto (accepted: Payload): boolean {
    try {
      return this.#settings.adoptInto?.(accepted as never) === true
    } catch (err) {
      this.#request.log.warn({ err, cookieName: this.#settings.cookieName }, 'fastify-typed-session: `adoptInto` threw')
      return false
    }
  }

  adoptRejected (problem: string): void {
    this.#request.log.warn({ cookieName: this.#settings.cookieName }, `fastify-typed-session: \`adopt\` returned ${problem}`)
  }
}

/** Whether a reply can set no more cookies. The answer to a websocket's handshake is not Fastify's to change. */
export function headersSent ({ raw, sent, request }: FastifyReply): boolean {
  return raw.headersSent || (sent && request.headers.upgrade?.toLowerCase() === 'websocket')
}
