import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import fastifyTypedSession, { type Secret } from 'fastify-typed-session'
import { DeviceBoundBrowser } from 'fastify-typed-session/testing'
import { schema } from './sessions.ts'

/** One thing that somebody does, and the server's answer. */
export interface Step {
  readonly who: 'browser' | 'thief'
  readonly does: string
  readonly answer: { readonly user?: string, readonly bound: boolean, readonly reason?: string }
}

/**
 * A session that is bound to a device, and a thief who copies its cookies. The browser is simulated: a real one does this
 * over HTTPS only, and needs a place for its key.
 */
export async function tellOfThief (secret: Secret): Promise<{ code: string, steps: Step[] }> {
  let clock = Date.now()
  const now = () => clock
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret, now, cookie: { secure: true }, deviceBound: true })
  app.post('/login', async ({ session }) => {
    await session.regenerate()
    session.user = 'Ada'
  })
  app.get('/me', async ({ session }) => ({ user: session.user, bound: session.bound, reason: session.reason }))

  const browser = new DeviceBoundBrowser(app, now)
  const steps: Step[] = []
  const ask = async (does: string) => { steps.push({ who: 'browser', does, answer: (await browser.inject('/me')).json() }) }
  const steal = async (does: string, ...names: string[]) => {
    const cookies = Object.fromEntries(names.map((name) => [name, stolen.get(name) ?? '']))
    steps.push({ who: 'thief', does, answer: (await app.inject({ url: '/me', cookies })).json() })
  }

  await browser.inject({ method: 'POST', url: '/login' })
  await ask('logs in, makes a key that cannot leave the device, and gets a proof for ten minutes')
  const stolen = new Map([...browser.cookies].map(([name, { value }]) => [name, value]))
  await steal('replays a copy of the session cookie', 'session')
  await steal('replays a copy of the session and the proof', 'session', 'session-proof')
  clock += 601_000
  await steal('does the same ten minutes later', 'session', 'session-proof')
  await ask('asks again: it signs a challenge with its key, and gets a new proof')
  await app.close()
  return { code, steps }
}

// The lines above, as the page shows them.
const [lines = ''] = /^ {2}await app\.register[^]*?^ {2}\}\)$/m.exec(await readFile(new URL(import.meta.url), 'utf8')) ?? []
const code = lines.replace(/^ {2}/gm, '')
