import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { DeviceBoundBrowser, signAssertion } from '../../lib/testing/device-bound-browser.ts'
import { Clock, makeApp, sessionOf, type AppOptions } from './app.ts'

/** Where a session named `session` registers its key. */
export const endpoint = '/device-bound/session'

/** An app that binds sessions, with its clock and a browser that lets it. */
export async function makeBoundApp (options: AppOptions = {}): Promise<{ app: FastifyInstance, clock: Clock, browser: DeviceBoundBrowser }> {
  const clock = new Clock()
  const app = await makeApp({ cookie: { secure: true }, deviceBound: true, now: clock.now, ...options })
  addRoutes(app)
  return { app, clock, browser: new DeviceBoundBrowser(app, clock.now) }
}

/** Routes that begin a session, and tell of it. */
export function addRoutes (app: FastifyInstance): void {
  app.get<{ Querystring: { permanent?: string } }>('/enter', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).permanent = request.query.permanent !== undefined
    sessionOf(request).userId = 7
  })
  app.get('/me', async (request) => {
    const { userId, bound, reason } = sessionOf(request)
    return { userId, bound, reason }
  })
}

/** Somebody with copies of a browser's cookies. */
export class Thief {
  readonly #app: FastifyInstance
  readonly cookies: Readonly<Record<string, string>>

  constructor (app: FastifyInstance, browser: DeviceBoundBrowser, names: readonly string[] = [...browser.cookies.keys()]) {
    this.#app = app
    this.cookies = Object.fromEntries(names.map((name) => [name, browser.cookies.get(name)?.value ?? '']))
  }

  async get (url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return await this.#app.inject({ url, headers, cookies: this.cookies })
  }

  async post (url: string, headers: Record<string, string | undefined> = {}): Promise<LightMyRequestResponse> {
    return await this.#app.inject({ method: 'POST', url, headers, cookies: this.cookies })
  }
}

/** The challenge that a response brings, of an offer or for a refresh. */
export function challengeOf ({ headers }: LightMyRequestResponse): string {
  const offer = /challenge="([^"]+)"/.exec(String(headers['secure-session-registration']))
  const next = /^"([^"]+)"/.exec(String(headers['secure-session-challenge']))
  return offer?.[1] ?? next?.[1] ?? ''
}

/** A key of a device, and what it signs. */
export function makeDevice (): { register: (challenge: string, header?: object) => string, prove: (challenge: string) => string, privateKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  return {
    privateKey,
    register: (challenge, header = {}) => signAssertion({ jwk, ...header }, challenge, privateKey),
    prove: (challenge) => signAssertion({}, challenge, privateKey)
  }
}
