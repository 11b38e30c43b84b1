import { createHash } from 'node:crypto'
import { InvalidOptionError } from '../util/errors.ts'
import { commandSender, type RedisClient, type SendCommand } from './redis-client.ts'
import type { ConditionalStore, StoredRecord } from './store.ts'

/** The options of a {@link RedisStore}. */
export interface RedisStoreOptions {
  /**
   * What the keys begin with, such as `shop:`. Apps that share a Redis need different prefixes, or one ends the sessions
   * of the other. Processes of one app share a prefix.
   */
  readonly prefix: string
}

/** A script runs as one step, and Redis knows it by its hash. */
interface Script {
  readonly text: string
  readonly hash: string
}

// A record is one string: its version, a space, its value. The script reads only as much as the longest version takes.
const replace = script(`
if string.match(redis.call('GETRANGE', KEYS[1], 0, 16), '^(%d+) ') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

// An index is a sorted set. The score of an id is when it expires, by the clock of Redis.
const link = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], math.max(now + ARGV[2], before), ARGV[1])
redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
return 1`)

/**
 * A store in Redis 5 or later, or in Valkey: a single server, one behind Sentinel, or a cluster. Each command is about
 * one key, and a cluster does not need hash tags.
 *
 * Give the client an error listener (`client.on('error', …)`): without one, Node.js ends the process when the connection
 * breaks.
 *
 * @param client a connected client, cluster or sentinel of node-redis 4 or later; a client or cluster of ioredis, such as
 *   `app.redis` of @fastify/redis; or a function that sends one command.
 *
 * @throws FST_TYPED_SESSION_INVALID_OPTION if `client` is something else, or `prefix` is missing.
 *
 * @example
 * const client = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true })
 * client.on('error', (error) => app.log.error(error))
 * await client.connect()
 * const store = new RedisStore(client, { prefix: 'shop:' })
 */
export class RedisStore implements ConditionalStore {
  readonly compareAndSet = true
  readonly #send: SendCommand
  readonly #prefix: string

  constructor (client: RedisClient | SendCommand, options: RedisStoreOptions) {
    this.#send = commandSender(client)
    // JavaScript may leave out what TypeScript requires.
    const prefix: unknown = (options as RedisStoreOptions | undefined)?.prefix
    if (typeof prefix !== 'string' || prefix === '') {
      throw new InvalidOptionError('`prefix` of a RedisStore must be a non-empty string, such as `shop:`, that no other app on the same Redis uses')
    }
    this.#prefix = prefix
  }

  async get (key: string): Promise<StoredRecord | undefined> {
    const at = this.#prefix + key
    const reply = await this.#send(['GET', at], at)
    if (reply === null) return undefined
    const [, version, value] = /^(\d+) (.*)$/s.exec(textOf(reply)) ?? []
    if (version === undefined || value === undefined) throw unexpected()
    return { value, version: Number(version) }
  }

  async set (key: string, value: string, version: number, expiresIn: number, expected: number): Promise<boolean> {
    const at = this.#prefix + key
    const record = `${version} ${value}`
    if (expected === 0) {
      const reply = await this.#send(['SET', at, record, 'PX', milliseconds(expiresIn), 'NX'], at)
      return reply !== null && textOf(reply) === 'OK'
    }
    return numberOf(await this.#run(replace, at, String(expected), record, milliseconds(expiresIn))) === 1
  }

  async delete (key: string): Promise<void> {
    const at = this.#prefix + key
    numberOf(await this.#send(['DEL', at], at))
  }

  async link (subject: string, id: string, expiresIn: number): Promise<void> {
    numberOf(await this.#run(link, this.#index(subject), id, milliseconds(expiresIn)))
  }

  async unlink (subject: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const at = this.#index(subject)
    numberOf(await this.#send(['ZREM', at, ...ids], at))
  }

  async list (subject: string): Promise<string[]> {
    const at = this.#index(subject)
    const ids = await this.#send(['ZRANGE', at, '0', '-1'], at)
    if (!Array.isArray(ids)) throw unexpected()
    return ids.map(textOf)
  }

  // Redis knows a script by its hash once it has run it, until it is restarted.
  async #run ({ hash, text }: Script, key: string, ...args: string[]): Promise<unknown> {
    try {
      return await this.#send(['EVALSHA', hash, '1', key, ...args], key)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return await this.#send(['EVAL', text, '1', key, ...args], key)
    }
  }

  #index (subject: string): string {
    return `${this.#prefix}subject:${subject}`
  }
}

function script (text: string): Script {
  return { text, hash: createHash('sha1').update(text).digest('hex') }
}

function milliseconds (seconds: number): string {
  return String(Math.ceil(seconds * 1000))
}

// Clients can be told to give Buffers for strings, and strings for numbers.
function textOf (reply: unknown): string {
  if (typeof reply === 'string' || Buffer.isBuffer(reply)) return reply.toString()
  throw unexpected()
}

function numberOf (reply: unknown): number {
  if (typeof reply === 'number') return reply
  const text = textOf(reply)
  if (!/^\d+$/.test(text)) throw unexpected()
  return Number(text)
}

function unexpected (): TypeError {
  return new TypeError('Redis gave an answer that does not fit the command: another app may use the same keys')
}
