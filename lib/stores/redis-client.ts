import { InvalidOptionError } from '../util/errors.ts'

/** Sends one command to Redis, and is told which key the command is about. */
export type SendCommand = (args: [string, ...string[]], key: string) => Promise<unknown>

/** A client, a cluster or a sentinel of node-redis 4 or later, or of ioredis and so of @fastify/redis. */
export type RedisClient = IoRedis | NodeRedis | NodeRedisCluster | NodeRedisSentinel

interface IoRedis {
  call (command: string, ...args: string[]): Promise<unknown>
}

interface NodeRedis {
  sendCommand (args: string[]): Promise<unknown>
}

interface NodeRedisCluster {
  nodeClient (node: never): unknown
  sendCommand (firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
}

interface NodeRedisSentinel {
  getSentinelNode (): unknown
  sendCommand (isReadonly: boolean, args: string[]): Promise<unknown>
}

/** How to send a command by a client. Reads go to the master too: a replica may still have a session that was ended. */
export function commandSender (client: RedisClient | SendCommand): SendCommand {
  if (typeof client === 'function') return client
  if (has(client, 'call')) return ([command, ...args]) => client.call(command, ...args)
  if (has(client, 'sendCommand')) {
    if (has(client, 'nodeClient')) return (args, key) => client.sendCommand(key, false, args)
    if (has(client, 'getSentinelNode')) return (args) => client.sendCommand(false, args)
    return (args) => client.sendCommand(args)
  }
  throw new InvalidOptionError(
    'a RedisStore needs a client of node-redis or ioredis, or a function that sends a command' +
    (has(client, 'then') ? ': await the promise first, as in `await createClient().connect()`' : ''))
}

function has<Name extends string> (value: unknown, name: Name): value is Record<Name, (...args: never[]) => unknown> {
  return typeof (value as Partial<Record<Name, unknown>> | null | undefined)?.[name] === 'function'
}
