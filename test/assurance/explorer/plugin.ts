import { createHash } from 'node:crypto'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import fastifyTypedSession, { type Session, type SessionManager } from '../../../lib/index.ts'
import type { SessionStore } from '../../../lib/stores/store.ts'
import { secret } from '../../support/app.ts'
import { callNames, Engine, Gate, running } from './gate.ts'
import type { Answer, Lifetimes, Operation, Subject } from './operations.ts'

export type Mode = 'store' | 'revocation'

// Ids by chance would make each run another one.
const { randomBytes } = crypto
Object.assign(crypto, {
  randomBytes (size: number): Buffer {
    const context = running.getStore()
    if (context === undefined) return randomBytes(size)
    return createHash('sha256').update(`${context.label}#${++context.drawn}`).digest().subarray(0, size)
  }
})
syncBuiltinESMExports()

// Nothing is remembered from one request to the next, and nobody waits until others have forgotten, or the store timed out.
let time = 0
performance.now = () => { time += 10_000; return time }
const { setTimeout } = globalThis
globalThis.setTimeout = Object.assign((run: () => void, ms?: number) => setTimeout(run, ms === 1000 ? 0 : ms).unref(), setTimeout)

const schema = z.object({ user: z.string().optional(), items: z.array(z.string()).default([]) })

function sessionOf (request: FastifyRequest): Session<typeof schema> {
  return request.getDecorator('session')
}

/** The plugin, through its real requests. */
export class Plugin implements Subject {
  readonly keepsData: boolean
  readonly #mode: Mode
  readonly #store: SessionStore
  readonly #apps = new Map<string, Promise<FastifyInstance>>()
  readonly #engine = new Engine(() => this.#clock)
  readonly gate = new Gate((name, args) => (this.#engine[name] as (...args: unknown[]) => unknown)(...args))
  #clock = 0
  #options: { readonly lifetime: number } & Lifetimes = { lifetime: 10_000 }

  constructor (mode: Mode) {
    this.#mode = mode
    this.keepsData = mode === 'store'
    const calls = callNames.map((name) => [name, (...args: unknown[]) => this.gate.call(name, args)])
    this.#store = { compareAndSet: true, ...Object.fromEntries(calls) } as SessionStore
  }

  now (): number {
    return this.#clock
  }

  lifetimes (): { readonly lifetime: number } & Lifetimes {
    return this.#options
  }

  reset (options: Lifetimes | undefined): void {
    this.#clock = 1_000_000
    this.#options = { lifetime: 10_000, ...options }
    this.#engine.restore({ records: [], subjects: [] })
  }

  state (): string {
    return JSON.stringify([this.#clock, this.#options, this.#engine.dump()])
  }

  restore (state: string): void {
    const [clock, options, dump] = JSON.parse(state)
    this.#clock = clock
    this.#options = options
    this.#engine.restore(dump)
  }

  residue (): number {
    const later = this.#clock + 3 * this.#options.lifetime + 60_000
    const { records, subjects } = this.#engine.dump()
    const ends = [...records.filter(([key]) => !key.endsWith(':era')).map(([, { expiresAt }]) => expiresAt),
      ...subjects.flatMap(([, ids]) => ids.map(([, expiresAt]) => expiresAt))]
    return ends.filter((expiresAt) => expiresAt > later).length
  }

  instant ({ does, seconds = 0, options, what = '' }: Operation): boolean {
    if (does === 'time') this.#clock += seconds
    else if (does === 'deploy') this.#options = { ...this.#options, ...options }
    else if (does === 'flush') this.#engine.restore({ records: [], subjects: [] })
    else if (does === 'evict') this.#engine.forget(what)
    else return false
    return true
  }

  async request (operation: Operation & { readonly id?: string }, cookie: string | undefined): Promise<Answer> {
    const app = await this.#app()
    const { does, user = '', item = '', permanent = true, seconds = 0, id = '', except } = operation
    const { session } = app.getDecorator<{ session: SessionManager<typeof schema> }>('sessions')
    try {
      if (does === 'revoke') await session.revoke(id)
      if (does === 'revokeSubject') await session.revokeSubject(user, { except })
      if (does === 'revokeAll') await session.revokeAll()
      if (does === 'list') return { status: 200, listed: (await session.listSubject(user)).map((each) => each.id) }
    } catch (error) {
      return failure(error)
    }
    if (does.startsWith('revoke')) return { status: 200 }
    const url = `/${does}?${new URLSearchParams({ user, item, permanent: String(permanent), seconds: String(seconds) }).toString()}`
    const { statusCode: status, cookies, body } = await app.inject({ url, cookies: cookie === undefined ? {} : { session: cookie } })
    if (status !== 200) return { status, text: body }
    const set = cookies.find(({ name }) => name === 'session')
    return { status, ...JSON.parse(body), ...(set && { cookie: set.maxAge === 0 ? null : set.value }) }
  }

  #app (): Promise<FastifyInstance> {
    const key = JSON.stringify(this.#options)
    const app = this.#apps.get(key) ?? this.#makeApp(this.#options)
    this.#apps.set(key, app)
    return app
  }

  async #makeApp (options: Lifetimes): Promise<FastifyInstance> {
    const app = Fastify()
    const store = this.#store
    const subject = ({ user }: { user?: string }) => user
    await app.register(fastifyTypedSession, {
      schema,
      secret,
      storeTimeout: 2 ** 31 - 1,
      now: () => this.#clock * 1000,
      ...options,
      ...(this.#mode === 'store' ? { store, subject } : { revocation: { store, subject } })
    })
    const route = (url: string, handle: (request: FastifyRequest) => unknown) => {
      app.get(url, async (request) => {
        const { reason, sessionId, user, items } = sessionOf(request)
        const found = { accepted: reason === undefined, reason, id: sessionId, user, items: [...items] }
        await handle(request)
        return found
      })
    }
    const query = (request: FastifyRequest) => request.query as Record<'user' | 'item' | 'permanent' | 'seconds', string>
    route('/read', () => {})
    route('/write', (request) => { sessionOf(request).items.push(query(request).item) })
    route('/update', (request) => { sessionOf(request).update(({ items }) => { items.push(query(request).item) }) })
    route('/limit', (request) => {
      sessionOf(request).absoluteLifetime = Math.min(Number(query(request).seconds), options.absoluteLifetime ?? Infinity)
    })
    route('/logout', (request) => { sessionOf(request).delete() })
    route('/login', async (request) => {
      await sessionOf(request).regenerate(['items'])
      sessionOf(request).permanent = query(request).permanent === 'true'
      sessionOf(request).user = query(request).user
    })
    return await app
  }
}

function failure (error: unknown): Answer {
  const { statusCode = 500, message } = error as { statusCode?: number, message: string }
  return { status: statusCode, text: message }
}
