export { ExpressStore, type ExpressSessionStore, type ExpressStoreOptions } from './stores/express.ts'
export { MemoryStore, type MemoryStoreOptions } from './stores/memory.ts'
export { RedisStore, type RedisStoreOptions, type SendCommand } from './stores/redis.ts'
export type { ConditionalStore, SessionStore, StoredRecord } from './stores/store.ts'
