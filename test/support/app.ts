import Fastify, {
  type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions, type RouteHandlerMethod
} from 'fastify'
import { z } from 'zod'
import fastifyTypedSession, { type Session, type SessionManager, type TypedSessionOptions } from '../../lib/index.ts'

/** A secret that only tests know. */
export const secret = 'Vq3nTq0sYx8Jd5RkWm7Bz2HfLc9GpAe4'
export const otherSecret = 'oN6uXb1KvZr4QySt8MhDw0EjFi3CgPa5'

export const schema = z.object({
  userId: z.number().int().optional(),
  name: z.string().optional(),
  cart: z.array(z.string()).default([]),
  prefs: z.object({ theme: z.string().optional() }).optional(),
  seenAt: z.date().optional(),
  token: z.instanceof(Uint8Array).optional()
})

export type TestSession = Session<typeof schema>

/** The session as its handlers see it: what `request.session` is to an app that declares it. */
export function sessionOf (request: FastifyRequest): TestSession {
  return request.getDecorator<TestSession>('session')
}

/** What opens and ends the sessions of an app without a request. */
export function sessionsOf (app: FastifyInstance): SessionManager<typeof schema> {
  return app.getDecorator<{ session: SessionManager<typeof schema> }>('sessions').session
}

/** Keeps a handler waiting until the test has done what is to come in between. */
export class Gate {
  readonly reached: Promise<void>
  readonly #opened: Promise<void>
  #reach: () => void = () => {}
  open: () => void = () => {}

  constructor () {
    this.reached = new Promise((resolve) => { this.#reach = resolve })
    this.#opened = new Promise((resolve) => { this.open = resolve })
  }

  wait (): Promise<void> {
    this.#reach()
    return this.#opened
  }
}

/** A clock that stands still until it is told otherwise. */
export class Clock {
  milliseconds = Date.UTC(2026, 8, 24, 12, 0, 0)

  now = (): number => this.milliseconds

  pass (seconds: number): void {
    this.milliseconds += seconds * 1000
  }
}

export interface AppOptions extends Partial<TypedSessionOptions> {
  fastify?: FastifyServerOptions
  /** Runs before the plugin is registered. */
  before?: (app: FastifyInstance) => unknown
}

/** An app with the plugin, its clock, and routes that do with the session what their name says. */
export async function makeApp ({ fastify, before, ...options }: AppOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(fastify ?? {})
  await before?.(app)
  await app.register(fastifyTypedSession, { schema, secret, ...options })

  app.get('/visit', function (request, reply) { return handlers.get(app)?.call(this, request, reply) })
  app.get('/login', async (request) => { sessionOf(request).userId = 7 })
  app.get('/remember', async (request) => {
    sessionOf(request).permanent = true
    sessionOf(request).userId = 7
  })
  app.get('/read', async (request) => ({ ...sessionOf(request), reason: sessionOf(request).reason }))
  app.get('/untouched', async () => 'nothing')
  app.get('/push', async (request) => { sessionOf(request).cart.push('apple') })
  app.get('/logout', async (request) => { sessionOf(request).delete() })
  return app
}

const handlers = new WeakMap<FastifyInstance, RouteHandlerMethod>()

/** One browser: keeps what it is sent and sends what it kept, until it is told to forget. */
export class Browser {
  readonly #app: FastifyInstance
  readonly cookies = new Map<string, string>()

  constructor (app: FastifyInstance) {
    this.#app = app
  }

  /** Runs a function as the handler of a request of its own, and gives the reply. */
  async visit (handler: (session: TestSession, request: FastifyRequest, reply: FastifyReply) => unknown) {
    const run: RouteHandlerMethod = async (request, reply) => handler(sessionOf(request), request, reply)
    handlers.set(this.#app, run)
    return this.get('/visit')
  }

  async get (url: string, headers: Record<string, string> = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await this.#app.inject({ url, headers: { ...(cookie !== '' && { cookie }), ...headers } })
    for (const { name, value, maxAge } of reply.cookies) {
      if (maxAge === 0) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return reply
  }
}

/** All Set-Cookie headers of a reply. */
export function setCookies (reply: { headers: Record<string, unknown> }): string[] {
  const header = reply.headers['set-cookie']
  return header === undefined ? [] : [header].flat() as string[]
}

/** The value of the only cookie that a reply sets under a name. */
export function cookieOf (reply: { cookies: Array<{ name: string, value: string }> }, name = 'session'): string {
  const [cookie, ...others] = reply.cookies.filter((each) => each.name === name)
  if (cookie === undefined || others.length > 0) throw new Error(`the reply sets ${others.length + Number(!!cookie)} cookies`)
  return cookie.value
}
