/** A cookie as OpenAPI 3 describes it: an apiKey in a cookie. */
export interface CookieSecurityScheme {
  type: 'apiKey'
  in: 'cookie'
  name: string
}

/**
 * The session's cookie as a security scheme of OpenAPI, for the `securitySchemes` that @fastify/swagger is given.
 * Routes name it in their schema's `security`. Default: a cookie named `session`.
 */
export function sessionSecurityScheme (cookieName = 'session'): CookieSecurityScheme {
  return { type: 'apiKey', in: 'cookie', name: cookieName }
}
