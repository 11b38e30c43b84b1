/** A cookie as OpenAPI 3 describes it: an apiKey in a cookie. */
export interface CookieSecurityScheme {
  /** A scheme in which a request carries a value. */
  type: 'apiKey'
  /** Where it carries it. */
  in: 'cookie'
  /** The name of the cookie. */
  name: string
}

/**
 * Returns the session's cookie as a security scheme of OpenAPI, for the `securitySchemes` that @fastify/swagger is given.
 * Routes name it in their schema's `security`.
 *
 * @param cookieName the plugin's `cookieName`; `'session'` by default
 * @see OpenAPI 3.1, Security Scheme Object
 * @example
 * ```ts
 * await app.register(fastifySwagger, {
 *   openapi: { components: { securitySchemes: { session: sessionSecurityScheme() } } }
 * })
 * ```
 */
export function sessionSecurityScheme (cookieName = 'session'): CookieSecurityScheme {
  return { type: 'apiKey', in: 'cookie', name: cookieName }
}
