import { z } from 'zod'

export const schema = z.object({
  userId: z.number().int().optional(),
  name: z.string().optional(),
  role: z.string().optional(),
  visits: z.number().int().default(0),
  cart: z.array(z.object({ sku: z.string(), count: z.number().int() })).optional()
})
