import type fc from 'fast-check'
import { phaseOf, type Visit } from './app.ts'
import { make, type Outcome } from './expectations.ts'
import type { Deployment, Model } from './model.ts'
import type { World } from './world.ts'

export type Command = fc.AsyncCommand<Model, World>

export const names = ['ada', 'bob'] as const

/** A request of a visitor's browser. */
export interface Request {
  readonly visitor: number
  readonly server: number
  readonly visit: Visit
  /** Values of the cookie's name that somebody else gave the browser. */
  readonly junk: readonly string[]
}

/** Visitors make requests: one, or several at once. */
export class Visits implements Command {
  readonly #requests: readonly Request[]

  constructor (requests: readonly Request[]) {
    this.#requests = requests
  }

  // With `revocation` they come one by one: the races of a store have a test of their own. So do servers whose cookies have
  // different scopes: of two answers at once, each leaves a cookie.
  check (model: Model): boolean {
    const deployments = new Set(this.#requests.map(({ server }) => model.at(server)))
    const scopes = new Set([...deployments].map(({ cookie }) => JSON.stringify(cookie)))
    return scopes.size === 1 && (this.#requests.length === 1 || ![...deployments].some(({ revocation }) => revocation))
  }

  async run (model: Model, world: World): Promise<void> {
    const { scheduler } = world
    const turn = async (label: string) => { if (this.#requests.length > 1) await scheduler.schedule(Promise.resolve(), label) }
    const arrivals = this.#requests.map(async ({ visitor, server, visit, junk }) => {
      const { saved, keptUntil = Infinity } = model.visitors[visitor]!
      const own = world.browsers[visitor]!.header(world.now)
      const outcome = await make(model, world, {
        who: nameOf(visitor),
        server,
        visit,
        // No more than the eight that are looked at: a deploy leaves cookies behind that end in their time.
        cookie: [...junk.filter((value, index) => !value.includes('.') || index < 8 - own.length).map((value) => `session=${value}`), ...own].join('; '),
        saved: world.now < keptUntil ? saved : undefined,
        pause: async () => { await turn(`${nameOf(visitor)}'s handler goes on`) }
      })
      await turn(`${nameOf(visitor)}'s response arrives`)
      arrive(model, world, visitor, outcome)
    })
    await scheduler.waitFor(Promise.all(arrivals))
  }

  toString (): string {
    const texts = this.#requests.map(({ visitor, server, visit, junk }) => `${nameOf(visitor)} ${textOf(visit, server)}${junk.length > 0 ? ` with ${junk.length} foreign cookies` : ''}`)
    return texts.length === 1 ? texts.join('') : `at once (${texts.join(' | ')})`
  }
}

function arrive (model: Model, world: World, index: number, { action, setCookies, saved, keptFor }: Outcome): void {
  world.browsers[index]!.receive(setCookies, world.now)
  if (action === 'keep') return
  const visitor = model.visitors[index]!
  visitor.saved = saved
  visitor.keptUntil = keptFor === undefined ? undefined : world.now + keptFor * 1000
}

/** A visitor closes the browser. */
export class Closes implements Command {
  readonly #visitor: number

  constructor (visitor: number) {
    this.#visitor = visitor
  }

  check ({ visitors }: Model): boolean {
    return visitors[this.#visitor]!.saved !== undefined
  }

  async run ({ visitors }: Model, { browsers }: World): Promise<void> {
    browsers[this.#visitor]!.close()
    const visitor = visitors[this.#visitor]!
    if (visitor.keptUntil === undefined) visitor.saved = undefined
  }

  toString (): string {
    return `${nameOf(this.#visitor)} closes the browser`
  }
}

/** A thief copies a visitor's cookie. */
export class Steals implements Command {
  readonly #visitor: number

  constructor (visitor: number) {
    this.#visitor = visitor
  }

  // With `revocation` a copy ends with its session: that has a test of its own, too.
  check ({ visitors, deployments }: Model): boolean {
    return visitors[this.#visitor]!.saved !== undefined && !deployments[0]!.revocation
  }

  async run ({ visitors, copies }: Model, world: World): Promise<void> {
    const cookie = world.browsers[this.#visitor]!.header(world.now)
    if (cookie.length === 0) return
    world.copies.push(cookie.join('; '))
    copies.push(visitors[this.#visitor]!.saved!)
  }

  toString (): string {
    return `the thief copies ${nameOf(this.#visitor)}'s cookie`
  }
}

/** The thief uses a copy, and keeps the copies that come of it. */
export class Replays implements Command {
  readonly #copy: number
  readonly #server: number
  readonly #visit: Visit

  constructor (copy: number, server: number, visit: Visit) {
    this.#copy = copy
    this.#server = server
    this.#visit = visit
  }

  check (model: Model): boolean {
    return model.copies.length > 0
  }

  async run (model: Model, world: World): Promise<void> {
    const index = this.#copy % model.copies.length
    const { saved, setCookies } = await make(model, world, {
      who: 'the thief', server: this.#server, visit: this.#visit, cookie: world.copies[index]!, saved: model.copies[index]
    })
    const cookie = setCookies.find((line) => /^session=[^;]/.test(line))
    if (saved === undefined || cookie === undefined) return
    world.copies.push(cookie.split(';', 1)[0]!)
    model.copies.push(saved)
  }

  toString (): string {
    return `the thief with copy ${this.#copy} ${textOf(this.#visit, this.#server)}`
  }
}

/** What the operator changes; undefined where it is so already, or makes no sense. */
export type Change = (deployment: Deployment) => Partial<Deployment> | undefined

/** The operator deploys a change: at once, or so that the server before it goes on for a while. */
export class Deploys implements Command {
  readonly #name: string
  readonly #change: Change
  readonly #rolling: boolean

  constructor (name: string, change: Change, rolling: boolean) {
    this.#name = name
    this.#change = change
    this.#rolling = rolling
  }

  check (model: Model): boolean {
    return this.#change(model.deployments.at(-1)!) !== undefined
  }

  async run (model: Model, world: World): Promise<void> {
    const before = model.deployments.at(-1)!
    const after = { ...before, ...this.#change(before) }
    // In Flask's format, an older server cannot tell which of two scopes is the newer one. With `revocation`, the older one
    // may have the longer lifetime.
    const isApart = after.format === 'flask' ? after.cookie !== before.cookie : after.revocation && isShorter(after, before)
    const rolling = this.#rolling && !isApart
    await world.deploy(after, rolling ? 1 : 0)
    model.deployments = rolling ? [before, after] : [after]
  }

  toString (): string {
    return `the operator ${this.#name}${this.#rolling ? ', server by server' : ''}`
  }
}

function isShorter (after: Deployment, before: Deployment): boolean {
  return after.lifetime < before.lifetime || after.absoluteLifetime !== before.absoluteLifetime
}

/** Time passes. */
export class Waits implements Command {
  readonly #seconds: number

  constructor (seconds: number) {
    this.#seconds = seconds
  }

  check (): boolean {
    return true
  }

  async run (_model: Model, world: World): Promise<void> {
    world.now += this.#seconds * 1000
  }

  toString (): string {
    return `${this.#seconds} s pass`
  }
}

function nameOf (visitor: number): string {
  return names[visitor] ?? String(visitor)
}

function textOf (visit: Visit, server: number): string {
  const acts = visit.acts.map(({ name }) => name).join(', ') || 'leaves the session alone'
  const phase = phaseOf(visit)
  const late = visit.late === undefined ? '' : `; too late, ${visit.late.name}`
  return `${acts}${phase === 'handler' ? '' : ` in ${phase}`}, and ${visit.answer} [${visit.route}${server === 0 ? '' : `, server ${server}`}]${late}`
}
