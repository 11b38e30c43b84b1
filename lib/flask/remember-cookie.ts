/// <reference types="@fastify/cookie" preserve="true" />
import { cookieWriter, readFirstCookie, type CookieAttributes } from '../util/cookies.ts'
import type { AnyReply, AnyRequest } from './any-server.ts'
import { quoteCookieValue, unquoteCookieValue } from './cookie-value.ts'
import type { RememberTokens } from './remember-token.ts'

export interface RememberCookieSettings {
  readonly name: string
  readonly attributes: CookieAttributes
  /** Seconds that the browser keeps it. */
  readonly duration: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Flask-Login's remember cookie, in requests and replies. */
export class RememberCookie {
  readonly #settings: RememberCookieSettings
  readonly #tokens: RememberTokens

  constructor (settings: RememberCookieSettings, tokens: RememberTokens) {
    this.#settings = settings
    this.#tokens = tokens
  }

  /** Whether a browser may have it: it sends it, its path keeps it from sending it, or this reply sets it. */
  mayBeKept (reply: AnyReply): boolean {
    const { name, attributes } = this.#settings
    return attributes.path !== '/' || readFirstCookie(reply.request.headers.cookie, name) !== undefined ||
      setCookiesOf(reply).some((line) => line.startsWith(`${name}=`))
  }

  /** The id of the user whom it remembers. */
  userId (request: AnyRequest): string | undefined {
    const value = readFirstCookie(request.headers.cookie, this.#settings.name)
    return value === undefined ? undefined : this.#tokens.decode(unquoteCookieValue(value))
  }

  set (reply: AnyReply, userId: string, duration: number = this.#settings.duration): void {
    this.#write(reply, quoteCookieValue(this.#tokens.encode(userId)), duration)
  }

  clear (reply: AnyReply): void {
    this.#write(reply, '', 0)
  }

  #write (reply: AnyReply, value: string, expiresIn: number): void {
    const { name, attributes, now } = this.#settings
    const write = cookieWriter(name, reply.server.serializeCookie)
    const line = write(value, attributes, reply.request.protocol === 'https', expiresIn, Math.floor(now() / 1000))
    const others = setCookiesOf(reply).filter((each) => !each.startsWith(`${name}=`))
    reply.removeHeader('set-cookie')
    for (const each of [...others, line]) reply.header('set-cookie', each)
  }
}

function setCookiesOf (reply: AnyReply): string[] {
  return [reply.getHeader('set-cookie') ?? []].flat().map(String)
}
