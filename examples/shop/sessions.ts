import { defineSession, type Secret } from 'fastify-typed-session'
import type { SessionStore } from 'fastify-typed-session/stores'
import { z } from 'zod'

export interface SessionSettings {
  secret: Secret
  store: SessionStore
  /** Milliseconds since 1970. Tests move it. */
  now?: (() => number) | undefined
}

const shopSchema = z.object({
  userId: z.string().optional(),
  role: z.enum(['member', 'admin']).optional(),
  /** For the list of devices. */
  device: z.string().optional(),
  /** How many of each, by the id of the tea. */
  cart: z.record(z.string(), z.int().positive()).default({}),
  /** What the next page says, once. */
  flash: z.string().optional()
})

/** Everybody's session: its data are in the store, so that a logout ends every copy of the cookie. */
export function shopSession ({ secret, store, now }: SessionSettings) {
  return defineSession({
    schema: shopSchema,
    secret,
    store,
    subject: ({ userId }) => userId,
    describe: ({ device }) => device,
    lifetime: 30 * 24 * 60 * 60,
    crossOriginProtection: true,                // against CSRF, for all routes
    noStore: true,                              // the back button shows nothing after the logout
    now
  })
}

/** The administration's: begun by a second login, in a cookie of its own. It ends after 15 minutes without a request. */
export function adminSession ({ secret, now }: SessionSettings) {
  return defineSession({
    name: 'admin',
    // The session it belongs to. When that one ends, by whatever logout, this one is good for nothing.
    schema: z.object({ belongsTo: z.string().optional() }),
    secret,
    lifetime: 15 * 60,
    refresh: 'all',
    noStore: true,
    now
  })
}

declare module 'fastify-typed-session' {
  interface Register {
    session: ReturnType<typeof shopSession>
    admin: ReturnType<typeof adminSession>
  }
}
