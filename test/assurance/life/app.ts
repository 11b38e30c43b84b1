import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import fastifyTypedSession, { type Session, type TypedSessionOptions } from '../../../lib/index.ts'
import type { MemoryStore } from '../../../lib/stores.ts'
import type { Act, Controls } from './acts.ts'
import { answers, type Answer } from './answers.ts'
import type { Deployment } from './model.ts'
import { makeSchema, type Data } from './schema.ts'

export type Route = '/app' | '/app/quiet' | '/app/read-only' | '/app/none'
export type Phase = 'handler' | 'preHandler' | 'onRequest' | 'onSend'

/** What one request is for. */
export interface Visit {
  /** What is done to the session, in its order; without any, nobody asks for the session. */
  readonly acts: readonly Act[]
  readonly phase: Phase
  readonly answer: keyof typeof answers
  readonly route: Route
  /** What is done after the response: too late, and without harm. */
  readonly late: Act | undefined
}

/**
 * When the acts run: before what ends the request. While an onSend hook of the app waits, Fastify gives the first answer
 * the status of an error that comes after it.
 */
export function phaseOf ({ phase, answer }: Visit): Phase {
  const { from, hijacks }: Answer = answers[answer]
  return phase === 'handler' || (phase === 'onSend' && (hijacks || answer === 'sends, then throws')) ? from : phase
}

function applies ({ needs }: Act, { version, codec }: Deployment): boolean {
  return needs === undefined || (needs === 'codec' ? codec : version === 2)
}

function sessionOf (request: FastifyRequest): Session<ReturnType<typeof makeSchema>> & Data & Controls {
  return request.getDecorator('session')
}

/** A visit while it lasts, and what its handler saw. */
export class Running {
  readonly visit: Visit
  readonly deployment: Deployment
  readonly mark: string
  seen: { readonly data: Data, readonly permanent: boolean } | undefined
  /** How many acts were not refused. */
  done = 0
  /** Whether the next one was. */
  isRefused = false
  readonly #pause: () => Promise<void>
  #acting: Promise<void> | undefined

  constructor (visit: Visit, deployment: Deployment, mark: string, pause: () => Promise<void>) {
    this.visit = visit
    this.deployment = deployment
    this.mark = mark
    this.#pause = pause
  }

  get acts (): readonly Act[] {
    return this.visit.acts.filter((act) => applies(act, this.deployment))
  }

  /** Once, and as long where a hook runs again: what was sent first stays first. */
  async act (phase: Phase, request: FastifyRequest): Promise<void> {
    if (phase === phaseOf(this.visit) && this.visit.acts.length > 0) await (this.#acting ??= this.#act(request))
  }

  async actLate (request: FastifyRequest): Promise<void> {
    const { late, route } = this.visit
    if (late !== undefined && route !== '/app/none') await late.run(sessionOf(request), sessionOf(request), this.mark)
  }

  async #act (request: FastifyRequest): Promise<void> {
    await this.#pause()
    this.isRefused = true
    const session = sessionOf(request)
    this.seen = { data: structuredClone(session.data()) as Data, permanent: session.permanent }
    for (const act of this.acts) {
      await act.run(session, session, this.mark)
      this.done++
    }
    this.isRefused = false
    await this.#pause()
  }
}

/** An app that does what the `x-visit` of a request stands for. */
export async function startApp (
  deployment: Deployment, now: () => number, store: MemoryStore, running: ReadonlyMap<string, Running>
): Promise<FastifyInstance> {
  const app = Fastify({ trustProxy: true, exposeHeadRoutes: false })
  const options = { ...optionsOf(deployment), now, ...(deployment.revocation && { revocation: { store } }) }
  const runningOf = ({ headers }: FastifyRequest) => running.get(String(headers['x-visit']))!
  if (deployment.scoped) await app.register(async (scope) => { await addRoutes(scope, options, runningOf) })
  else await addRoutes(app, options, runningOf)
  await app.ready()
  return app
}

async function addRoutes (app: FastifyInstance, options: TypedSessionOptions, runningOf: (request: FastifyRequest) => Running): Promise<void> {
  const act = async (phase: Phase, request: FastifyRequest) => { await runningOf(request).act(phase, request) }
  const end = async (from: Answer['from'], request: FastifyRequest, reply: FastifyReply) => {
    const answer: Answer = answers[runningOf(request).visit.answer]
    return answer.from === from ? await answer.end(reply) : 'secret'
  }
  app.addHook('onSend', (request, _reply, _payload, done) => {
    if (phaseOf(runningOf(request).visit) !== 'onSend') return done()
    act('onSend', request).then(() => { done() }, done)
  })
  await app.register(fastifyTypedSession, options)
  app.addHook('onRequest', async (request) => { await act('onRequest', request) })
  app.addHook('preHandler', async (request, reply) => {
    await act('preHandler', request)
    await end('preHandler', request, reply)
  })
  app.addHook('onResponse', async (request) => { await runningOf(request).actLate(request) })
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    await act('handler', request)
    return await end('handler', request, reply)
  }
  app.get('/app', { exposeHeadRoute: true }, handler)
  app.get('/app/read-only', { config: { session: { readOnly: true } } }, handler)
  app.get('/app/quiet', { config: { session: { refresh: false } } }, handler)
  app.get('/app/none', { config: { session: false } }, handler)
}

function optionsOf ({ version, codec, secrets, encrypt, acceptSigned, revocation: _, skew: __, scoped: ___, ...options }: Deployment): TypedSessionOptions {
  return {
    ...options,
    schema: makeSchema(version, codec),
    secret: secrets.map((index) => `the secret number ${index} of the operator`),
    ...(encrypt && { encrypt, acceptSigned })
  }
}
