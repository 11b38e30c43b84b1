import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import fastifyTypedSession, { type TypedSessionOptions } from '../../lib/index.ts'
import { Clock, schema, secret, sessionOf } from './app.ts'
import { Browser } from './chromium.ts'
import { addRoutes, endpoint } from './device.ts'

// A key that everyone knows, and its certificate for localhost and 127.0.0.1.
const pem = readFileSync(new URL('localhost.pem', import.meta.url), 'utf8')
const spki = createHash('sha256').update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })).digest('base64')

const features = 'DeviceBoundSessions:RefreshQuota/false,EnableBoundSessionCredentialsSoftwareKeysForManualTesting'

/** A browser that binds sessions to keys in software. */
export function boundBrowser (t: Test, enabled = features, more: string[] = []): Browser {
  return new Browser(t, { args: [`--enable-features=${enabled}`, `--ignore-certificate-errors-spki-list=${spki}`, ...more] })
}

/** An app on HTTPS that binds sessions, and what its endpoint answered. */
export class DeviceServer {
  readonly app: FastifyInstance = Fastify({ https: { key: pem, cert: pem } })
  readonly clock = new Clock()
  /** The status codes of the endpoint's answers. */
  answers: number[] = []
  /** Keeps requests to the endpoint waiting. */
  held: Promise<void> | undefined
  /** Answers for the endpoint, while it is set. */
  outage: ((reply: FastifyReply) => FastifyReply) | undefined

  async start (t: Test, options: Partial<TypedSessionOptions> = {}, more: (app: FastifyInstance) => unknown = () => {}): Promise<void> {
    const { app } = this
    app.addHook('onResponse', async ({ method, url }, { statusCode }) => {
      if (url === endpoint && method === 'POST') this.answers.push(statusCode)
    })
    app.addHook('onRequest', async ({ url }, reply) => {
      if (url === endpoint) await this.held
      if (url === endpoint && this.outage !== undefined) return this.outage(reply)
    })
    await app.register(fastifyTypedSession, { schema, secret, cookie: { secure: true }, deviceBound: true, now: this.clock.now, ...options })
    app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    addRoutes(app)
    app.get('/', async (_request, reply) => reply.type('text/html').send('<title>app</title>'))
    app.get('/push', async (request) => { sessionOf(request).cart.push('apple') })
    app.get('/logout', async (request) => { sessionOf(request).delete() })
    await more(app)
    await app.listen({ host: '127.0.0.1', port: 0 })
    t.teardown(async () => {
      app.server.closeAllConnections()
      await app.close()
    })
  }

  get port (): number {
    return (this.app.server.address() as AddressInfo).port
  }

  get origin (): string {
    return `https://localhost:${this.port}`
  }

  /** Another site, of the same server. */
  get elsewhere (): string {
    return `https://127.0.0.1:${this.port}`
  }

  /** Lets the proof expire, at the server and in the browser. */
  async expireProof (browser: Browser): Promise<void> {
    this.clock.pass(601)
    await browser.forget('session-proof')
  }

  /** What the app says to somebody with these cookies of a browser. */
  async tells (cookies: Readonly<Record<string, string>>): Promise<unknown> {
    return (await this.app.inject({ url: '/me', cookies })).json()
  }
}

/** What a page gets from its server. */
export async function get (page: Page, path: string): Promise<unknown> {
  return await page.evaluate(`fetch(${JSON.stringify(path)}).then((response) => response.text()).then((text) => text && JSON.parse(text))`)
}

/** The cookies of a browser, by name. */
export async function cookiesOf (browser: Browser): Promise<Record<string, string>> {
  return Object.fromEntries((await browser.cookies()).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]))
}

/** Waits for what a browser does beside its requests. */
export async function until (happened: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!await happened()) {
    if (Date.now() > end) throw new Error('it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Logs in, and waits until the session is bound. */
export async function logIn (server: DeviceServer, browser: Browser, path = '/enter'): Promise<Page> {
  const page = await browser.open(`${server.origin}/`)
  await get(page, path)
  await until(async () => 'session-key' in await cookiesOf(browser))
  return page
}
