import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import fastifyTypedSession, { type Secret } from 'fastify-typed-session'
import { MemoryStore } from 'fastify-typed-session/stores'
import { z } from 'zod'
import { explain } from './exchange.ts'
import { routes } from './routes.ts'

export const schema = z.object({
  user: z.string().min(1).max(40).optional(),
  loggedInAt: z.date().optional(),
  cart: z.array(z.string()).default([])
})

declare module 'fastify-typed-session' {
  interface Register { session: typeof schema }
}

export interface SessionSettings {
  secret: Secret
  /** Seconds. */
  lifetime: number
  /** Milliseconds since 1970. */
  now: () => number
  /** The switches of the page. */
  encrypt: boolean
  revocation: boolean
}

const lines = linesOfRoutes(await readFile(new URL('routes.ts', import.meta.url), 'utf8'))

/** The API, with the plugin as the switches say. Each answer explains what it did to the session. */
export async function sessions (app: FastifyInstance, { secret, lifetime, now, encrypt, revocation }: SessionSettings) {
  const store = new MemoryStore({ now })
  await app.register(fastifyTypedSession, {
    schema, secret, lifetime, now, encrypt, revocation: revocation ? { store } : undefined, refreshAfter: 0
  })

  // Runs after the plugin's own hook: the response's Set-Cookie is known, and reading the session changes nothing.
  app.addHook('onSend', async function explainSession (request, reply, payload) {
    const { session, method, url } = request
    const header = reply.getHeader('set-cookie')
    const exchange = explain({
      request: `${method} ${url}`,
      now: now(),
      lifetime,
      encrypt,
      revocation,
      reason: session.reason,
      statusCode: reply.statusCode,
      cookie: request.cookies.session,
      header: header === undefined ? undefined : String(header),
      data: session.data(),
      permanent: session.permanent,
      code: [registration(lifetime, encrypt, revocation), lines.get(`${method} ${url.slice(url.lastIndexOf('/'))}`)].join('\n\n')
    })
    return JSON.stringify({ ...JSON.parse(String(payload)), lifetime, exchange })
  })

  await app.register(routes, { now })
}

function registration (lifetime: number, encrypt: boolean, revocation: boolean): string {
  const options = ['schema', 'secret', `lifetime: ${lifetime}`, ...encrypt ? ['encrypt: true'] : [], ...revocation ? ['revocation: { store }', 'refreshAfter: 0'] : []]
  return `await app.register(fastifyTypedSession, { ${options.join(', ')} })`
}

/** The lines of each route, by its method and path. */
function linesOfRoutes (source: string): Map<string, string> {
  const found = source.matchAll(/^ {2}app\.(get|post).*?\('(\/\w+)'[^]*?^ {2}\}\)$/gm)
  return new Map(Array.from(found, ([text, method = '', path = '']) => [`${method.toUpperCase()} ${path}`, text.replace(/^ {2}/gm, '')]))
}
