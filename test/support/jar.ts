import type { FastifyInstance } from 'fastify'
import { Cookie, CookieJar } from 'tough-cookie'

/** A browser with the cookie store of RFC 6265bis, for apps with `trustProxy`. It keeps partitioned cookies apart, as Chromium does. */
export class JarBrowser {
  readonly #unpartitioned = new CookieJar()
  readonly #partitioned = new CookieJar()

  /** Asks an app for an address by HTTPS, and takes the cookies of its answer. */
  async get (app: FastifyInstance, address: string) {
    const { host, pathname } = new URL(address)
    const cookie = this.cookies(address).map((each) => each.cookieString()).join('; ')
    const reply = await app.inject({ url: pathname, headers: { host, 'x-forwarded-proto': 'https', ...(cookie !== '' && { cookie }) } })
    for (const line of [reply.headers['set-cookie'] ?? []].flat()) this.take(line, address)
    return reply
  }

  take (line: string, address: string): void {
    const cookie = Cookie.parse(line)
    if (cookie === undefined) throw new Error('a Set-Cookie that no browser understands')
    const jar = cookie.extensions?.includes('Partitioned') ? this.#partitioned : this.#unpartitioned
    jar.setCookieSync(cookie, address)
  }

  /** The cookies that it sends to an address. */
  cookies (address: string): Cookie[] {
    return [this.#unpartitioned, this.#partitioned].flatMap((jar) => jar.getCookiesSync(address))
  }
}
