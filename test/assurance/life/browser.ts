import { Cookie, CookieJar } from 'tough-cookie'

const url = 'https://app.example.com/app'

/** A browser's cookies, by the clock of the simulation. Partitioned ones have a jar of their own, as in Chromium. */
export class Browser {
  readonly #unpartitioned = new CookieJar()
  readonly #partitioned = new CookieJar()

  /** Takes Set-Cookie headers as they arrive. `now` in milliseconds. */
  receive (lines: readonly string[], now: number): void {
    for (const line of lines) {
      const cookie = Cookie.parse(line)
      if (cookie === undefined) throw new Error('a Set-Cookie that no browser understands')
      // The jar would count Max-Age by the machine's clock.
      if (typeof cookie.maxAge === 'number') cookie.setExpires(new Date(now + cookie.maxAge * 1000))
      cookie.maxAge = null
      const jar = cookie.extensions?.includes('Partitioned') ? this.#partitioned : this.#unpartitioned
      jar.setCookieSync(cookie, url, { now: new Date(now), ignoreError: true })
    }
  }

  /** The Cookie header, cookie by cookie. */
  header (now: number): string[] {
    return this.#cookies().filter(({ cookie: { expires } }) => !(expires instanceof Date) || expires.getTime() > now)
      .map(({ cookie }) => cookie.cookieString())
  }

  /** Forgets what ends with the browser. */
  close (): void {
    for (const { cookie, jar } of this.#cookies()) {
      if (cookie.expires instanceof Date) continue
      cookie.setExpires(new Date(0))
      jar.setCookieSync(cookie, url)
    }
  }

  #cookies (): Array<{ cookie: Cookie, jar: CookieJar }> {
    return [this.#unpartitioned, this.#partitioned].flatMap((jar) =>
      jar.getCookiesSync(url, { expire: false }).map((cookie) => ({ cookie, jar })))
  }
}
