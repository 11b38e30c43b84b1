import { expiry, type TokenSettings } from '../token/token.ts'
import { attributesFor, type CookieAttributes, type SerializeCookie } from '../util/cookies.ts'
import type { DeviceBinding } from './binding.ts'
import type { DeviceMetadata, DeviceTokens } from './device-tokens.ts'
import type { Grant } from './endpoint.ts'

/** Writes the two cookies that a bound session has beside its own. */
export class DeviceCookies {
  /** The path of the endpoint, as browsers know it. */
  readonly endpoint: string
  readonly #tokens: DeviceTokens
  readonly #proof: CookieAttributes
  readonly #key: CookieAttributes
  readonly #serialize: SerializeCookie

  /** `session` are the attributes of the session's cookie, which is Secure and for one host. */
  constructor ({ tokens, path }: DeviceBinding, session: CookieAttributes, prefix: string, serialize: SerializeCookie) {
    this.endpoint = prefix + path
    this.#tokens = tokens
    this.#proof = { ...session, httpOnly: true, priority: undefined }
    // For the endpoint only. A browser sends no Lax cookies where a page of another site began the request.
    this.#key = { path: this.endpoint, httpOnly: true, secure: true, sameSite: 'none' }
    this.#serialize = serialize
  }

  /** The Set-Cookie headers with what a device gets that proved itself, at a time in seconds. */
  write ({ proof, key }: Grant, metadata: DeviceMetadata, now: number): string[] {
    const tokens = this.#tokens
    return [
      this.#write(tokens.proof, proof, this.#proof, tokens.proof.lifetime, now),
      this.#write(tokens.key, key, this.#key, metadata.permanent ? expiry(now, metadata, tokens.key) - now : undefined, now)
    ]
  }

  /** The Set-Cookie headers that delete both: without its key, the browser ends its part of the session. */
  expire (now: number): string[] {
    return [this.#write(this.#tokens.proof, '', this.#proof, 0, now), this.#write(this.#tokens.key, '', this.#key, 0, now)]
  }

  /** Their names. */
  get names (): string[] {
    return [this.#tokens.proof.cookieName, this.#tokens.key.cookieName]
  }

  /** The attributes of the proof as the browser is told of them: they must be those of the cookie. */
  get proofAttributes (): string {
    const { cookieName } = this.#tokens.proof
    return this.#write(this.#tokens.proof, '', this.#proof, undefined, 0).slice(`${cookieName}=; `.length)
  }

  #write ({ cookieName }: TokenSettings, value: string, attributes: CookieAttributes, expiresIn: number | undefined, now: number): string {
    return this.#serialize(cookieName, value, attributesFor(attributes, true, expiresIn, now))
  }
}
