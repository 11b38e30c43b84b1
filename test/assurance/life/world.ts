import type fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { MemoryStore } from '../../../lib/stores.ts'
import { answers, type Answer } from './answers.ts'
import { startApp, type Running } from './app.ts'
import { Browser } from './browser.ts'
import type { Deployment } from './model.ts'

/** What came back. */
export interface Response {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly setCookies: readonly string[]
}

const patience = 10_000

/** The real side: servers, browsers and the thief's copies. */
export class World {
  /** Milliseconds. */
  now = Date.UTC(2026, 8, 24, 12, 0, 0)
  readonly browsers: readonly Browser[]
  /** Cookie headers that the thief has. */
  readonly copies: string[] = []
  /** Decides who goes on, where several requests are under way. */
  readonly scheduler: fc.Scheduler
  readonly #store = new MemoryStore({ now: () => this.now })
  readonly #running = new Map<string, Running>()
  #servers: FastifyInstance[] = []
  #marks = 0

  constructor (visitors: number, scheduler: fc.Scheduler) {
    this.browsers = Array.from({ length: visitors }, () => new Browser())
    this.scheduler = scheduler
  }

  /** Starts a server, which takes over from all others but the newest so many. */
  async deploy (deployment: Deployment, kept: number): Promise<void> {
    const clock = () => this.now + deployment.skew * 1000
    const server = await startApp(deployment, clock, this.#store, this.#running)
    this.#servers = [...this.#servers.slice(this.#servers.length - kept), server]
  }

  /** A text that nobody else has. */
  mark (who: string): string {
    return `${who}-${this.#marks++}`
  }

  async send (server: number, cookie: string, running: Running): Promise<Response> {
    const { visit, mark } = running
    const { method }: Answer = answers[visit.answer]
    this.#running.set(mark, running)
    const response = await answered(this.#servers[server % this.#servers.length]!.inject({
      method,
      url: visit.route,
      headers: { host: 'app.example.com', 'x-forwarded-proto': 'https', 'x-visit': mark, ...(cookie !== '' && { cookie }) }
    }))
    const { statusCode: status, body, headers } = response
    return { status, body, headers, setCookies: [headers['set-cookie'] ?? []].flat() }
  }
}

/** Rejects for a request that nobody answers. */
async function answered<T> (response: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new Error('no answer')) }, patience)
  })
  return await Promise.race([response, late]).finally(() => { clearTimeout(timer) })
}
