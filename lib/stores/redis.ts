import type { ConditionalStore, StoredRecord } from './store.ts'

/**
 * Sends one command to Redis or Valkey. The key that the command is about is given too, for clusters:
 *
 * - node-redis: `(args) => client.sendCommand(args)`
 * - node-redis, cluster: `(args, key) => cluster.sendCommand(key, false, args)`
 * - ioredis, cluster or not, and so @fastify/redis: `([command, ...args]) => client.call(command, ...args)`
 */
export type SendCommand = (args: [string, ...string[]], key: string) => Promise<unknown>

export interface RedisStoreOptions {
  /** What the keys begin with. Default: `session:`. */
  readonly prefix?: string | undefined
}

// A record is a hash of its version and value. A script runs as one step, so nothing comes between test and write.
const setScript = `
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if ARGV[3] and tonumber(ARGV[3]) ~= version then return 0 end
redis.call('HSET', KEYS[1], 'version', version + 1, 'value', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`

// An index is a sorted set: each key scored by when it expires, by the clock of Redis.
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

const linkScript = `${now}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
return 1`

const listScript = `${now}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')`

/**
 * A store in Redis 5 or later, or Valkey. Each command and each script is about one key, so a cluster serves it as a
 * single server does. Redis must not evict (`maxmemory-policy noeviction`, its default): an evicted record is a user
 * logged out, or a revocation undone.
 */
export class RedisStore implements ConditionalStore {
  readonly compareAndSet = true
  readonly #send: SendCommand
  readonly #prefix: string

  constructor (sendCommand: SendCommand, { prefix = 'session:' }: RedisStoreOptions = {}) {
    this.#send = sendCommand
    this.#prefix = prefix
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const at = this.#record(key)
    const [version, value] = replyOf(isList, await this.#send(['HMGET', at, 'version', 'value'], at))
    if (version === null && value === null) return undefined
    return { value: replyOf(isText, value), version: Number(replyOf(isText, version)) }
  }

  async set (key: string, value: string, expiresIn: number, version?: number): Promise<boolean> {
    const expected = version === undefined ? [] : [String(version)]
    return replyOf(isCount, await this.#eval(setScript, this.#record(key), value, ms(expiresIn), ...expected)) === 1
  }

  async touch (key: string, expiresIn: number): Promise<boolean> {
    const at = this.#record(key)
    return replyOf(isCount, await this.#send(['PEXPIRE', at, ms(expiresIn)], at)) === 1
  }

  async delete (key: string): Promise<boolean> {
    const at = this.#record(key)
    return replyOf(isCount, await this.#send(['DEL', at], at)) === 1
  }

  async link (subject: string, key: string, expiresIn: number): Promise<void> {
    replyOf(isCount, await this.#eval(linkScript, this.#index(subject), key, ms(expiresIn)))
  }

  async unlink (subject: string, key: string): Promise<void> {
    const at = this.#index(subject)
    replyOf(isCount, await this.#send(['ZREM', at, key], at))
  }

  async list (subject: string): Promise<string[]> {
    return replyOf(isList, await this.#eval(listScript, this.#index(subject))).map((key) => replyOf(isText, key))
  }

  // Redis keeps the scripts that it has seen compiled.
  #eval (script: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#send(['EVAL', script, '1', key, ...args], key)
  }

  #record (key: string): string {
    return `${this.#prefix}record:${key}`
  }

  #index (subject: string): string {
    return `${this.#prefix}subject:${subject}`
  }
}

function ms (seconds: number): string {
  return String(seconds * 1000)
}

const isText = (reply: unknown): reply is string => typeof reply === 'string'
const isCount = (reply: unknown): reply is number => typeof reply === 'number'
const isList = (reply: unknown): reply is unknown[] => Array.isArray(reply)

// What answers may be something else than Redis, or a client that was told to give other types.
function replyOf<T> (is: (reply: unknown) => reply is T, reply: unknown): T {
  if (is(reply)) return reply
  throw new TypeError('Redis answered something else than it should')
}
