import { mock } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { MemoryStore } from '../../lib/stores/memory.ts'
import { Browser, Clock, Gate, makeApp, sessionOf, sessionsOf, type TestSession } from './app.ts'

export const subject = ({ userId }: { userId?: number }) => userId?.toString()
export const describe = ({ name }: { name?: string }) => ({ name })

/** A memory store that notes what it was asked. */
export class CountingStore extends MemoryStore {
  readonly calls: string[] = []
  override get (key: string) { return this.#note('get', key, super.get(key)) }
  override set (...args: Parameters<MemoryStore['set']>) { return this.#note('set', args[0], super.set(...args)) }
  override delete (key: string) { return this.#note('delete', key, super.delete(key)) }
  override link (...args: Parameters<MemoryStore['link']>) { return this.#note('link', args[0], super.link(...args)) }
  override unlink (...args: Parameters<MemoryStore['unlink']>) { return this.#note('unlink', args[0], super.unlink(...args)) }
  override list (key: string) { return this.#note('list', key, super.list(key)) }

  /** Runs something, and gives what the store was asked meanwhile. */
  async during (run: () => Promise<unknown>): Promise<string[]> {
    this.calls.length = 0
    await run()
    return this.calls.splice(0)
  }

  #note<T> (call: string, key: string, result: T): T {
    this.calls.push(`${call} ${key.split(':')[1]}`)
    return result
  }
}

export const modes = {
  store: (store: MemoryStore): Partial<TypedSessionOptions> => ({ store, subject, describe }),
  revocation: (store: MemoryStore): Partial<TypedSessionOptions> => ({ revocation: { store, subject } })
}

/** An app with a store, and routes that do with the session what their name says. */
export async function backendApp (options: Partial<TypedSessionOptions> = {}, mode: keyof typeof modes = 'store') {
  const clock = new Clock()
  const store = new CountingStore({ now: clock.now })
  const app = await makeApp({ ...modes[mode](store), now: clock.now, ...options })
  app.get('/name/:name', async (request) => { sessionOf(request).name = (request.params as { name: string }).name })
  app.get('/regenerate', async (request) => {
    await sessionOf(request).regenerate(['userId', 'cart'])
    return { id: sessionOf(request).sessionId }
  })
  app.get('/id', async (request) => ({ id: sessionOf(request).sessionId }))
  app.get('/add/:item', async (request) => {
    const { item } = request.params as { item: string }
    sessionOf(request).update(({ cart }) => { cart.push(item) })
  })
  const slow = { gate: new Gate(), change: (_: TestSession): unknown => undefined }
  app.get('/slow', async (request) => {
    const session = sessionOf(request)
    const { gate, change } = slow
    await gate.wait()
    await change(session)
  })
  const browser = new Browser(app)
  return {
    app,
    browser,
    clock,
    store,
    sessions: sessionsOf(app),
    read: async (value: string | undefined) => (await app.inject({ url: '/read', cookies: { session: String(value) } })).json(),
    idOf: async (of: Browser = browser): Promise<string> => (await of.get('/id')).json().id,
    /** The key of a browser's record in the store. */
    keyOf: async (of: Browser = browser) => `session:session:${(await of.get('/id')).json().id.split('.')[0]}`,
    /** Runs a request whose handler waits until something else was done. */
    meanwhile: async (change: (session: TestSession) => unknown, other: () => Promise<unknown>) => {
      const gate = new Gate()
      Object.assign(slow, { gate, change })
      const reply = app.inject({ url: '/slow', cookies: Object.fromEntries(browser.cookies) })
      await gate.reached
      await other()
      gate.open()
      return await reply
    }
  }
}

/** Ends all sessions, and lets the second pass that this takes. */
export async function revokeAll (app: FastifyInstance): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const waiting = new Set(['revokeAll'])
    const done = sessionsOf(app).revokeAll().finally(() => { waiting.clear() })
    while (waiting.size > 0) {
      await new Promise((resolve) => { setImmediate(resolve) })
      mock.timers.tick(1000)
    }
    await done
  } finally {
    mock.timers.reset()
  }
}

export function payloadOf (cookie: string | undefined) {
  return JSON.parse(Buffer.from(String(cookie).split('.')[0] ?? '', 'base64url').toString())
}

export const conflict = { statusCode: 409, code: 'FST_TYPED_SESSION_CONFLICT' }
