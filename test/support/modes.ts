import type { TypedSessionOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores.ts'

/** The options of each way to keep a session, with a store of their own. */
export const modes: Record<string, () => Partial<TypedSessionOptions>> = {
  signed: () => ({}),
  encrypted: () => ({ encrypt: true }),
  'in Flask\'s format': () => ({ format: 'flask' }),
  'in a store': () => ({ store: new MemoryStore() }),
  'with revocation': () => ({ revocation: { store: new MemoryStore() } })
}
