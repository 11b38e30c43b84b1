import { defineSession } from 'fastify-typed-session'
import { MemoryStore } from 'fastify-typed-session/stores'
import { z } from 'zod'

export const schema = z.object({
  userId: z.number().optional(),
  cart: z.array(z.string()).default([]),
  seenAt: z.date().optional()
})

export const session = defineSession({
  schema,
  secret: 'secret',
  store: new MemoryStore(),
  subject: (data) => data.userId?.toString(),
  describe: ({ seenAt }) => ({ seenAt }),
  adopt: (request) => request.headers.authorization === undefined ? undefined : { userId: 1 },
  cookie: (request) => ({ domain: request.hostname })
})

export const admin = defineSession({ schema: z.object({ level: z.number().optional() }), name: 'admin', secret: 'secret' })

declare module 'fastify-typed-session' {
  interface Register { session: typeof session, admin: typeof admin }
}
