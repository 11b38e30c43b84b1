import { z } from 'zod'

export const schema = z.object({
  userId: z.number().int().optional(),
  cart: z.array(z.string()).default([]),
  seenAt: z.date().optional(),
  prefs: z.object({ theme: z.enum(['light', 'dark']) }).optional()
})

export const adminSchema = z.object({ level: z.literal([1, 2]).optional() })

// For all tests of this folder, as for all of an app.
declare module 'fastify-typed-session' {
  interface Register { session: typeof schema, admin: typeof adminSchema }
}
