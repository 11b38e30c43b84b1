// node --expose-gc token-memory.ts: prints how many bytes the tokens take that a session manager remembers, at the worst.
import { z } from 'zod'
import { createSessionManager } from '../../lib/index.ts'
import { secret } from './app.ts'

const schema = z.object({ items: z.array(z.looseObject({})).default([]) })

// Of all that JSON spells, these take the most memory for a letter.
const data = {
  'many small sessions': () => ({}),
  'empty objects': () => ({ items: Array.from({ length: 950 }, () => ({})) }),
  // Flask deflates.
  'many values': () => ({ items: Array.from({ length: 2_000 }, () => ({})) })
}
const formats: ReadonlyArray<{ encrypt?: boolean, format?: 'flask' }> = [{}, { encrypt: true }, { format: 'flask' }]

function measure (options: { encrypt?: boolean, format?: 'flask' }, make: () => z.output<typeof schema> | object): number {
  let now = Date.UTC(2026, 0, 1)
  const sessions = createSessionManager({ schema, secret, ...options, now: () => now })
  const before = bytes()
  // More than it keeps, each of another second.
  const count = Math.ceil(4_000_000 / (1_000 + 45 * JSON.stringify(make()).length))
  for (let index = 0; index < count; index++) {
    now += 1_000
    if (!sessions.open(sessions.seal(make())).ok) throw new Error('refused')
  }
  const kept = bytes() - before
  sessions.open('')
  return kept
}

function bytes (): number {
  if (gc === undefined) throw new Error('needs --expose-gc')
  for (let again = 0; again < 3; again++) gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const result = formats.flatMap((options) => Object.entries(data)
  .filter(([what]) => options.format === 'flask' || what !== 'many values')
  .map(([what, make]) => [`${what} ${JSON.stringify(options)}`, measure(options, make)] as const))
console.log(JSON.stringify(result))
