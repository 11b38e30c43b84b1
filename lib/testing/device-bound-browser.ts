import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'

/** A cookie that a {@link DeviceBoundBrowser} keeps. */
export interface StoredCookie {
  /** Its value, as the response sent it. */
  readonly value: string
  /** The path below which the browser sends it. */
  readonly path: string
  /** Milliseconds since 1970; undefined for when the browser closes. */
  readonly expiresAt: number | undefined
}

/** What the browser remembers of a device-bound session. */
interface BoundSession {
  readonly refreshUrl: string
  readonly cookieName: string
  readonly privateKey: KeyObject
  challenge: string | undefined
}

/** Chromium gives up on a refresh that is answered by one challenge after another. */
const maxChallenges = 5

/**
 * A simulated browser with Device Bound Session Credentials, on top of `app.inject()`: it keeps cookies, makes a key
 * when a response offers to bind the session, and refreshes the proof when it is missing or has expired.
 *
 * @see https://w3c.github.io/webappsec-dbsc/
 * @example
 * const browser = new DeviceBoundBrowser(app)
 * await browser.inject({ method: 'POST', url: '/login' })
 * const copied = { session: browser.cookies.get('session').value }
 * await app.inject({ url: '/me', cookies: copied }) // is logged out
 */
export class DeviceBoundBrowser {
  readonly #app: FastifyInstance
  readonly #now: () => number
  /** The cookies that the browser keeps, by name. Delete one to simulate that it expires. */
  readonly cookies: Map<string, StoredCookie> = new Map()
  readonly #sessions = new Map<string, BoundSession>()

  /**
   * @param app the app that it sends requests to
   * @param now the browser's clock in milliseconds: the one that you give the plugin; `Date.now` by default
   */
  constructor (app: FastifyInstance, now: () => number = Date.now) {
    this.#app = app
    this.#now = now
  }

  /** Whether a session is bound to this browser. */
  get isBound (): boolean {
    return this.#sessions.size > 0
  }

  /** Sends a request as a browser does: first it refreshes what has to be, then it obeys what the response says. */
  async inject (options: InjectOptions | string): Promise<LightMyRequestResponse> {
    const request = typeof options === 'string' ? { url: options } : options
    const skipped = []
    for (const [id, session] of this.#sessions) {
      if (!this.#has(session.cookieName) && !await this.#refresh(id, session)) skipped.push(`server_error;session_identifier="${id}"`)
    }
    const response = await this.#send({ ...request, headers: { ...request.headers, ...(skipped.length > 0 && { 'secure-session-skipped': skipped.join(', ') }) } })
    const [, path, challenge] = /\(ES256[^)]*\);path="([^"]+)";challenge="([^"]+)"/.exec(String(response.headers['secure-session-registration'])) ?? []
    if (path !== undefined && challenge !== undefined) await this.#register(path, challenge)
    return response
  }

  async #register (path: string, challenge: string): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwt = signAssertion({ jwk: publicKey.export({ format: 'jwk' }) }, challenge, privateKey)
    const response = await this.#send({ method: 'POST', url: path, headers: { 'secure-session-response': jwt } })
    if (response.statusCode !== 200) return
    const { session_identifier: id, refresh_url: refreshUrl = path, credentials: [{ name: cookieName }] } = response.json()
    this.#sessions.set(id, { refreshUrl, cookieName, privateKey, challenge: undefined })
    this.#cacheChallenge(response)
  }

  /** Resolves to whether the request can go on as if the session were refreshed, or never bound. */
  async #refresh (id: string, session: BoundSession): Promise<boolean> {
    for (let tries = 0; tries < maxChallenges; tries++) {
      const { challenge, privateKey, refreshUrl } = session
      const signed = challenge === undefined ? {} : { 'secure-session-response': signAssertion({}, challenge, privateKey) }
      const response = await this.#send({ method: 'POST', url: refreshUrl, headers: { 'sec-secure-session-id': id, ...signed } })
      if (response.statusCode >= 500) return false
      if (response.statusCode < 300) return true
      if (response.statusCode !== 403 || response.headers['secure-session-challenge'] === undefined) break
    }
    this.#sessions.delete(id)
    return true
  }

  async #send (request: InjectOptions): Promise<LightMyRequestResponse> {
    const cookie = this.#cookieHeader(String(request.url))
    const response = await this.#app.inject({ ...request, headers: { ...request.headers, ...(cookie !== '' && { cookie }) } })
    for (const { name, value, path = '/', maxAge } of response.cookies) {
      if (maxAge === 0) this.cookies.delete(name)
      else this.cookies.set(name, { value, path, expiresAt: maxAge === undefined ? undefined : this.#now() + maxAge * 1000 })
    }
    this.#cacheChallenge(response)
    return response
  }

  #cacheChallenge ({ headers }: LightMyRequestResponse): void {
    const [, challenge, id = ''] = /"([^"]+)";id="([^"]+)"/.exec(String(headers['secure-session-challenge'])) ?? []
    const session = this.#sessions.get(id)
    if (session !== undefined) session.challenge = challenge
  }

  #has (name: string): boolean {
    const { expiresAt } = this.cookies.get(name) ?? { expiresAt: 0 }
    return expiresAt === undefined || expiresAt > this.#now()
  }

  #cookieHeader (url: string): string {
    const { pathname } = new URL(url, 'https://localhost')
    return [...this.cookies]
      .filter(([name, { path }]) => this.#has(name) && `${pathname}/`.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }
}

/** The JWT with which a browser proves that it has a key. */
export function signAssertion (header: object, challenge: string, key: KeyObject): string {
  const signed = [{ alg: 'ES256', typ: 'dbsc+jwt', ...header }, { jti: challenge }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
