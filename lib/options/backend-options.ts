import { oneOf, optionalFunction } from './checks.ts'
import type { TokenSettings } from '../token/token.ts'
import { decodeData, type Decoding } from '../session/decode.ts'
import { InvalidOptionError } from '../util/errors.ts'
import type { SessionBackend, BackendSettings } from '../backend/backend.ts'
import type { Payload } from '../payload/payload.ts'
import { Revocation } from '../backend/revocation.ts'
import { ServerSessions } from '../backend/server-sessions.ts'
import { GuardedStore } from '../backend/guarded-store.ts'
import type { SessionStore } from '../stores/store.ts'
import type { TypedSessionOptions } from './option-types.ts'

/** What the options put behind the cookie. Throws FST_TYPED_SESSION_INVALID_OPTION. */
export function createBackend (options: TypedSessionOptions, codec: TokenSettings, decoding: Decoding): SessionBackend | undefined {
  const { store, revocation, describe } = options
  if (store !== undefined && revocation !== undefined) {
    throw new InvalidOptionError('`store` and `revocation` exclude each other: a session that is kept in a store can be ended there')
  }
  if ((store !== undefined || revocation !== undefined) && codec.format === 'flask') {
    throw new InvalidOptionError('`store` and `revocation` are not for the format `flask`: Flask does not ask the store')
  }
  const onConflict = oneOf('onConflict', options.onConflict, ['error', 'last-writer-wins'])
  const settings = (given: unknown, option: string, subject: Subject): BackendSettings => ({
    cookieName: codec.cookieName,
    store: new GuardedStore(checkStore(given, option), timeout(options.storeTimeout)),
    lifetime: codec.lifetime + codec.clockTolerance + 1,
    subjectOf: readWith(optionalFunction(option === 'store' ? 'subject' : 'revocation.subject', subject, 'gives whose a session is'), decoding)
  })

  if (revocation !== undefined) return new Revocation(settings(revocation?.store, 'revocation.store', revocation?.subject))
  if (store === undefined) return undefined
  const kept = settings(store, 'store', options.subject)
  if (!store.compareAndSet && onConflict !== 'last-writer-wins') {
    throw new InvalidOptionError('`store` cannot compare and set, so of two changes at once one may be lost: ' +
      'say that this will do with `onConflict: \'last-writer-wins\'`, or use another store')
  }
  return new ServerSessions({
    ...kept,
    token: codec,
    describe: readWith(optionalFunction('describe', describe, 'gives what a user may see of a session'), decoding),
    lastWriterWins: onConflict === 'last-writer-wins'
  })
}

type Subject = TypedSessionOptions['subject']

/** Has a function of the app's read data as handlers see them. What the schema refuses, it does not see. */
function readWith<T> (read: ((data: never) => T) | undefined, decoding: Decoding): (data: Payload) => T | undefined {
  return (data) => {
    const decoded = read && decodeData(data, decoding)
    return decoded?.ok ? read?.(decoded.data as never) : undefined
  }
}

const functions = ['get', 'set', 'touch', 'delete', 'link', 'unlink', 'list'] as const

function checkStore (store: unknown, option: string): SessionStore {
  const given = (typeof store === 'object' && store !== null ? store : {}) as Partial<SessionStore>
  const missing = functions.filter((name) => typeof given[name] !== 'function')
  if (missing.length === 0) return given as SessionStore
  throw new InvalidOptionError(`\`${option}\` is no session store: it lacks ${missing.join(', ')}. A store of express-session needs an ExpressStore around it`)
}

function timeout (value: unknown): number {
  if (value === undefined) return 1000
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
  throw new InvalidOptionError('`storeTimeout` must be a whole number of milliseconds from 1')
}
