import fc from 'fast-check'
import { lateActs, login, logout, oddValues, read, touch, values, writes, writeValue, type Act } from './acts.ts'
import { answers } from './answers.ts'
import type { Phase, Route, Visit } from './app.ts'
import { Closes, Deploys, names, Replays, Steals, Visits, Waits, type Change, type Command, type Request } from './commands.ts'
import { Model, type Deployment } from './model.ts'
import type { Version } from './schema.ts'
import { World } from './world.ts'

const valuesOf = (list: Readonly<Record<string, () => unknown>>, mayFail: boolean) =>
  fc.constantFrom(...Object.entries(list).map(([name, make]) => writeValue(name, make, mayFail)))

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant(read),
  { arbitrary: fc.constantFrom(...writes), weight: 4 },
  { arbitrary: fc.constantFrom(...writes.filter(({ needs }) => needs)), weight: 2 },
  valuesOf(values, false),
  valuesOf(oddValues, true),
  { arbitrary: fc.tuple(fc.boolean(), fc.constantFrom(undefined, 30)).map(([permanent, lifetime]) => login(permanent, lifetime)), weight: 2 },
  fc.constant(logout),
  fc.constant(touch)
)

/** The usual thing half of the time. */
const mostly = <T> (usual: T, ...others: readonly T[]): fc.Arbitrary<T> => fc.oneof(fc.constant(usual), fc.constantFrom(usual, ...others))

const visit: fc.Arbitrary<Visit> = fc.record({
  acts: fc.array(act, { maxLength: 3 }),
  phase: mostly<Phase>('handler', 'preHandler', 'onRequest', 'onSend'),
  answer: mostly<Visit['answer']>('returns', ...Object.keys(answers) as Array<Visit['answer']>),
  route: mostly<Route>('/app', '/app/quiet', '/app/read-only', '/app/none'),
  late: mostly(undefined, ...lateActs)
}).map((each) => ({ ...each, route: needsRoot.includes(each.answer) ? '/app' : each.route }))
// What is not found has no `config`, and only one route answers a HEAD.
const needsRoot: ReadonlyArray<Visit['answer']> = ['finds nothing', 'answers a HEAD']

const request: fc.Arbitrary<Request> = fc.record({
  visitor: fc.nat(names.length - 1),
  server: fc.nat(1),
  visit,
  // More of a token's shape would make the session ambiguous.
  junk: mostly([], Array.from({ length: 20 }, (_, index) => `junk${index}`), Array.from({ length: 7 }, (_, index) => `e30.${index}.signature`))
})

const first: fc.Arbitrary<Deployment> = fc.record({
  format: fc.constantFrom('default', 'flask'),
  version: mostly<Version>(1, 2),
  codec: fc.boolean(),
  secrets: fc.constant([0]),
  encrypt: fc.boolean(),
  acceptSigned: fc.constant(false),
  revocation: mostly(false, true),
  lifetime: fc.constantFrom(60, 600, 3600),
  absoluteLifetime: fc.constantFrom(undefined, 90, 900),
  refresh: fc.constantFrom('permanent', 'all', 'none'),
  refreshAfter: fc.constantFrom(0, 20),
  skew: fc.constant(0),
  scoped: fc.boolean(),
  cookie: fc.constant({ path: '/', secure: true })
}).map((deployment) => ({ ...deployment, encrypt: deployment.encrypt && deployment.format === 'default', revocation: deployment.revocation && deployment.format === 'default' }))

// With `revocation`, a longer lifetime comes too late for a session whose record a shorter one let go.
const changes: Readonly<Record<string, Change>> = {
  'adds keys to the schema': ({ version }) => version === 1 ? { version: 2 } : undefined,
  'shortens the lifetime': () => ({ lifetime: 60 }),
  'lengthens the lifetime': ({ revocation }) => revocation ? undefined : { lifetime: 3600 },
  'sets an absolute lifetime': () => ({ absoluteLifetime: 90 }),
  'takes the absolute lifetime away': ({ revocation }) => revocation ? undefined : { absoluteLifetime: undefined },
  'turns the refresh on or off': ({ refresh }) => ({ refresh: refresh === 'none' ? 'all' : 'none' }),
  'takes the new keys back': ({ version }) => version === 2 ? { version: 1 } : undefined,
  'announces a secret': ({ secrets }) => ({ secrets: [secrets[0]!, Math.max(...secrets) + 1] }),
  'rotates the secret': ({ secrets }) => ({ secrets: [Math.max(...secrets) + (secrets.length === 1 ? 1 : 0), secrets[0]!] }),
  'drops the old secret': ({ secrets }) => secrets.length > 1 ? { secrets: [secrets[0]!] } : undefined,
  'encrypts, and accepts signed cookies': ({ format }) => format === 'flask' ? undefined : { encrypt: true, acceptSigned: true },
  'encrypts, and accepts nothing else': ({ format }) => format === 'flask' ? undefined : { encrypt: true, acceptSigned: false },
  'changes the path of the cookie': ({ format, cookie }) => format === 'flask' ? undefined : { cookie: { ...cookie, path: cookie.path === '/' ? '/app' : '/' } },
  'sets a domain': ({ cookie }) => cookie.domain === undefined ? { cookie: { ...cookie, domain: 'example.com' } } : undefined,
  'takes the domain away': ({ format, cookie: { domain, ...cookie } }) => format === 'flask' || domain === undefined ? undefined : { cookie },
  'partitions the cookie': ({ cookie }) => cookie.partitioned ? undefined : { cookie: { ...cookie, partitioned: true } },
  'partitions the cookie no more': ({ format, cookie: { partitioned, ...cookie } }) => format === 'flask' || !partitioned ? undefined : { cookie },
  'has a server whose clock is ahead': () => ({ skew: 30 }),
  'sets the clocks right': () => ({ skew: 0 })
}

const visits = fc.oneof({ withCrossShrink: true },
  { arbitrary: fc.tuple(request), weight: 4 },
  fc.array(request, { minLength: 2, maxLength: 3 })
).map((requests) => new Visits(requests))

const deploy = fc.tuple(mostly('adds keys to the schema', ...Object.keys(changes)), mostly(true, false))
  .map(([name, rolling]) => new Deploys(name, changes[name]!, rolling))
const visitor = fc.nat(names.length - 1)

const commands: Array<fc.Arbitrary<Command>> = [
  visits, visits, visits, visits, visits, visits,
  fc.constantFrom(1, 10, 25, 59, 61, 300, 601, 3601).map((seconds) => new Waits(seconds)),
  deploy,
  visitor.map((each) => new Steals(each)),
  fc.tuple(fc.nat(3), fc.nat(1), visit).map((args) => new Replays(...args)),
  visitor.map((each) => new Closes(each))
]

/** Often it begins with a deploy, and at the end everyone looks once more, at each server. */
function * whole (begin: Command | null, lived: Iterable<Command>): Generator<Command> {
  if (begin !== null) yield begin
  yield * lived
  for (const visitor of names.keys()) {
    for (const server of [0, 1]) yield new Visits([{ visitor, server, visit: { acts: [read], phase: 'handler', answer: 'returns', route: '/app/quiet', late: undefined }, junk: [] }])
  }
}

/** A life, which rejects if it breaks a promise. */
export const life = fc.asyncProperty(first, fc.scheduler(), fc.option(deploy, { freq: 1 }), fc.commands(commands, { maxCommands: 20, size: 'medium' }), async (deployment, scheduler, begin, lived) => {
  const setup = async () => {
    const world = new World(names.length, scheduler)
    await world.deploy(deployment, 0)
    return { model: new Model(deployment, names.length), real: world }
  }
  await fc.asyncModelRun(setup, whole(begin, lived))
})
