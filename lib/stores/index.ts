export { ExpressStore, type ExpressSessionStore, type ExpressStoreOptions } from './express.ts'
export { MemoryStore, type MemoryStoreOptions } from './memory.ts'
export { RedisStore, type RedisStoreOptions, type SendCommand } from './redis.ts'
export type { ConditionalStore, SessionStore, StoredRecord } from './store.ts'
