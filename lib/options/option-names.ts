import { attributeNames } from '../util/cookies.ts'
import { InvalidOptionError } from '../util/errors.ts'
import type { TypedSessionOptions } from './option-types.ts'

const ours = {
  schema: true,
  secret: true,
  format: true,
  name: true,
  cookieName: true,
  lifetime: true,
  absoluteLifetime: true,
  refresh: true,
  refreshAfter: true,
  cookie: true,
  crossOriginProtection: true,
  noStore: true,
  digest: true,
  salt: true,
  keyDerivation: true,
  clockTolerance: true,
  encrypt: true,
  acceptSigned: true,
  migrate: true,
  adopt: true,
  adoptInto: true,
  now: true,
  store: true,
  revocation: true,
  subject: true,
  describe: true,
  maxSessions: true,
  onMaxSessions: true,
  onConflict: true,
  onStoreError: true,
  storeTimeout: true,
  deviceBound: true
} satisfies Record<keyof TypedSessionOptions, true>

// Fastify's own, of `register`: @fastify/autoload gives a prefix to each plugin of a folder.
const ofRegister = ['prefix', 'logLevel', 'logSerializers']

const lifetime = 'use `lifetime`, in seconds'
const secret = 'use `secret`'
const unneeded = 'leave it out: a session is saved when it changed, and only then'

// Options of other session libraries, as their users bring them along: ignored, a session would live longer than they think.
const theirs: Readonly<Record<string, string>> = {
  maxAge: lifetime,
  expires: lifetime,
  expiry: lifetime,
  expiresIn: lifetime,
  ttl: lifetime,
  duration: lifetime,
  activeDuration: 'use `refresh` and `refreshAfter`, in seconds',
  rolling: 'use `refresh`',
  refreshEachRequest: 'use `refresh`: \'permanent\' for true, \'none\' for false',
  renew: 'use `refresh`',
  autoCommit: unneeded,
  resave: unneeded,
  saveUninitialized: unneeded,
  unset: 'call `session.delete()`',
  key: 'use `secret` for what signs the cookie, and `cookieName` for its name',
  keys: secret,
  password: secret,
  sessionName: 'use `name`',
  cookieOptions: 'use `cookie`',
  csrf: 'use `crossOriginProtection`',
  checkOrigin: 'use `crossOriginProtection`',
  trustedOrigins: 'use `crossOriginProtection.trustedOrigins`',
  algorithm: 'use `digest`',
  genid: 'leave it out: ids are random and signed',
  idGenerator: 'leave it out: ids are random and signed',
  proxy: 'use Fastify\'s `trustProxy`',
  ...Object.fromEntries(attributeNames.map((name) => [name, `use \`cookie.${name}\``]))
}

const bare = (name: string) => name.toLowerCase().replace(/[-_]/g, '')
const spellings = new Map(Object.keys(ours).map((name) => [bare(name), name]))

/**
 * Throws FST_TYPED_SESSION_INVALID_OPTION for an option of another session library, and for one of ours in another spelling.
 * Other names that are not options are a warning: a loader may have added them. As Fastify's own are, it is one of Node.js,
 * since an app may have no logger.
 */
export function checkOptionNames (options: object): void {
  const given = Object.entries(options).filter(([, value]) => value !== undefined).map(([name]) => name)
  const unknown = given.filter((name) => !Object.hasOwn(ours, name) && !ofRegister.includes(name))
  for (const name of unknown) {
    if (Object.hasOwn(theirs, name)) throw new InvalidOptionError(`\`${name}\` is an option of another library: ${theirs[name]}`)
    const spelling = spellings.get(bare(name))
    if (spelling !== undefined) throw new InvalidOptionError(`\`${name}\` is spelt \`${spelling}\``)
  }
  if (unknown.length === 0) return
  process.emitWarning(`fastify-typed-session: unknown options: ${unknown.join(', ')}`, 'FastifyWarning', 'FST_TYPED_SESSION_UNKNOWN_OPTION')
}
