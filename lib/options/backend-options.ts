import cluster from 'node:cluster'
import { boolean, oneOf, optionalFunction, refuseOtherKeys } from './checks.ts'
import type { TokenSettings } from '../token/token.ts'
import { decodeData, type Decoding } from '../session/decode.ts'
import { InvalidOptionError } from '../util/errors.ts'
import type { SessionBackend } from '../backend/backend.ts'
import type { LimitOptions } from '../backend/session-limit.ts'
import { StoreBackend } from '../backend/store-backend.ts'
import { checkSubjects } from '../backend/subject-index.ts'
import type { Payload } from '../payload/payload.ts'
import { isPlainObject } from '../util/objects.ts'
import { GuardedStore } from '../stores/guarded-store.ts'
import { MemoryStore } from '../stores/memory.ts'
import type { SessionStore } from '../stores/store.ts'
import type { RevocationOptions, TypedSessionOptions } from './option-types.ts'

/** What the options put behind the cookie: a store, if there is one. Throws FST_TYPED_SESSION_INVALID_OPTION. */
export function createBackend (
  options: TypedSessionOptions, codec: TokenSettings, decoding: Decoding, refreshAfter: number
): SessionBackend | undefined {
  const { store, revocation } = options
  if (revocation !== undefined) checkRevocation(revocation)
  if (store !== undefined && revocation !== undefined) {
    throw new InvalidOptionError('`store` and `revocation` exclude each other: `store` can end sessions too')
  }
  if ((store !== undefined || revocation !== undefined) && codec.format === 'flask') {
    throw new InvalidOptionError('`store` and `revocation` are not for the format `flask`: Flask does not ask the store')
  }
  refuseIdle(options)
  const lastWriterWins = oneOf('onConflict', options.onConflict, ['error', 'last-writer-wins']) === 'last-writer-wins'
  const storeTimeout = timeout(options.storeTimeout)
  if (store === undefined && revocation === undefined) return undefined

  const dataInCookie = store === undefined
  const [option, prefix] = dataInCookie ? ['revocation.store', 'revocation.'] : ['store', '']
  const guarded = new GuardedStore(checkStore(dataInCookie ? revocation?.store : store, option), storeTimeout)
  if (!dataInCookie && !guarded.compareAndSet && !lastWriterWins) {
    throw new InvalidOptionError('`store` cannot compare and set, so of two changes at once one may be lost: ' +
      'accept that with `onConflict: \'last-writer-wins\'`, or use another store')
  }
  const subject = optionalFunction(`${prefix}subject`, dataInCookie ? revocation?.subject : options.subject, 'returns the user\'s id')
  const acceptAnonymous = boolean('revocation.acceptAnonymous', revocation?.acceptAnonymous, false)
  if (acceptAnonymous && subject === undefined) {
    throw new InvalidOptionError('`revocation.acceptAnonymous` needs `revocation.subject`, which tells visitors from users')
  }
  const limit = sessionLimit(options)
  if (limit !== undefined && subject === undefined) throw new InvalidOptionError(`\`maxSessions\` needs \`${prefix}subject\`, which returns the user's id`)
  if (limit !== undefined && !guarded.compareAndSet) throw new InvalidOptionError('`maxSessions` needs a store that can compare and set')
  const readSubject = readWith<unknown>(subject, decoding)
  return new StoreBackend({
    store: guarded,
    token: codec,
    refreshAfter,
    dataInCookie,
    hasSubjects: subject !== undefined,
    subjectsOf: (data) => checkSubjects(readSubject(data)),
    describe: readWith(optionalFunction('describe', options.describe, 'returns what a user may see of a session'), decoding),
    lastWriterWins,
    limit,
    acceptAnonymous
  })
}

const revocationNames = ['store', 'subject', 'acceptAnonymous'] satisfies (keyof RevocationOptions)[]

function checkRevocation (revocation: unknown): void {
  if (!isPlainObject(revocation)) throw new InvalidOptionError('`revocation` must be an object with a `store`')
  refuseOtherKeys('revocation', revocation, revocationNames)
}

/** Throws FST_TYPED_SESSION_INVALID_OPTION for options that do nothing here: with them, "log out everywhere" would do nothing. */
function refuseIdle (options: TypedSessionOptions): void {
  const { store, revocation } = options
  const given = (names: ReadonlyArray<keyof TypedSessionOptions>) => names.find((name) => options[name] !== undefined)
  if (store === undefined && revocation === undefined) {
    const idle = given(['subject', 'describe', 'maxSessions', 'onMaxSessions', 'onConflict', 'onStoreError', 'storeTimeout'])
    if (idle !== undefined) throw new InvalidOptionError(`\`${idle}\` needs a store behind the cookie: set \`store\` or \`revocation\``)
  }
  if (options.onMaxSessions !== undefined && options.maxSessions === undefined) throw new InvalidOptionError('`onMaxSessions` requires `maxSessions`')
  if (revocation === undefined) return
  if (options.subject !== undefined) throw new InvalidOptionError('`subject` belongs into `revocation`: `revocation: { store, subject }`')
  const idle = given(['describe', 'onConflict'])
  if (idle !== undefined) throw new InvalidOptionError(`\`${idle}\` needs \`store\`: with \`revocation\` the data are in the cookie`)
}

/** What to log about a store that only this process knows, if it seems to be one of several. PM2 numbers them. */
export function storeWarnings ({ store, revocation }: TypedSessionOptions): string[] {
  if (!((store ?? revocation?.store) instanceof MemoryStore)) return []
  return cluster.isWorker || process.env.NODE_APP_INSTANCE !== undefined ? [oneProcess] : []
}

const oneProcess = 'a MemoryStore knows the sessions of one process only. With several, as under node:cluster or PM2, users are ' +
  'logged in with one of them and "log out everywhere" ends the sessions of one: use a RedisStore or an SqlStore'

function sessionLimit ({ maxSessions, onMaxSessions }: TypedSessionOptions): LimitOptions | undefined {
  const endsOldest = oneOf('onMaxSessions', onMaxSessions, ['end-oldest', 'error']) === 'end-oldest'
  if (maxSessions === undefined) return undefined
  if (Number.isSafeInteger(maxSessions) && maxSessions >= 1) return { max: maxSessions, endsOldest }
  throw new InvalidOptionError('`maxSessions` must be a whole number from 1')
}

/** Lets a function of the app read data as handlers see them. What the schema refuses, it does not see. */
function readWith<T> (read: ((data: never) => T) | undefined, decoding: Decoding): (data: Payload) => T | undefined {
  return (data) => {
    const decoded = read && decodeData(data, decoding)
    return decoded?.ok ? read?.(decoded.data as never) : undefined
  }
}

const functions = ['get', 'set', 'delete', 'link', 'unlink', 'list'] as const

function checkStore (store: unknown, option: string): SessionStore {
  const given = (typeof store === 'object' && store !== null ? store : {}) as Partial<SessionStore>
  const missing = functions.filter((name) => typeof given[name] !== 'function')
  if (missing.length === 0) return given as SessionStore
  throw new InvalidOptionError(`\`${option}\` is not a session store: it lacks ${missing.join(', ')}. Wrap a store of express-session in an ExpressStore`)
}

// Node's timers take no more, and fire at once instead.
const maxTimeout = 2_147_483_647

function timeout (value: unknown): number {
  if (value === undefined) return 1000
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= maxTimeout) return value as number
  throw new InvalidOptionError(`\`storeTimeout\` must be a whole number of milliseconds from 1 to ${maxTimeout}, 24 days`)
}
