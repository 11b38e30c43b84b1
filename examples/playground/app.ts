import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Secret } from 'fastify-typed-session'
import { tellOfThief } from './device-bound.ts'
import { sessions } from './sessions.ts'

export interface PlaygroundOptions {
  secret: Secret
  /** Seconds. */
  lifetime: number
  /** Milliseconds since 1970. Default: Date.now. */
  now?: () => number
}

/** The playground: its page, its clock, and an API that explains what each response did to the session. */
export async function buildApp ({ secret, lifetime, now = Date.now }: PlaygroundOptions): Promise<FastifyInstance> {
  const app = Fastify()
  const clock = { ahead: 0, now: () => now() + clock.ahead }
  await app.register(servePage)
  await app.register(controls, { clock })
  for (const encrypt of [false, true]) {
    for (const revocation of [false, true]) {
      const prefix = `/api${encrypt ? '/encrypt' : ''}${revocation ? '/revocation' : ''}`
      await app.register(sessions, { secret, lifetime, now: clock.now, encrypt, revocation, prefix })
    }
  }
  app.post('/device-bound', async () => await tellOfThief(secret))
  return app
}

/** The page: its files, and a policy that lets it load nothing else. */
async function servePage (app: FastifyInstance) {
  const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' }
  for (const name of ['index.html', 'page.css', 'page.js', 'show.js', 'state.js', 'words.js']) {
    const content = await readFile(new URL(`page/${name}`, import.meta.url))
    const type = types[extname(name).slice(1) as keyof typeof types]
    app.get(name === 'index.html' ? '/' : `/${name}`, async (_request, reply) => reply
      .headers({ 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy, 'cache-control': 'no-cache' })
      .send(content))
  }
}

/** What no real app has: a clock that can be moved, and a way to put any cookie into the browser. */
async function controls (app: FastifyInstance, { clock }: { clock: { ahead: number, now: () => number } }) {
  const seconds = { type: 'integer', minimum: 0, maximum: 86_400 }
  app.post<{ Body: { seconds: number } }>('/clock', { schema: { body: body({ seconds }) } }, async (request) => {
    clock.ahead = request.body.seconds === 0 ? 0 : clock.ahead + request.body.seconds * 1000
    return { now: clock.now(), ahead: clock.ahead / 1000 }
  })

  const token = { type: 'string', pattern: '^[\\w.~-]{1,4000}$' }
  app.put<{ Body: { token: string } }>('/cookie', { schema: { body: body({ token }) } }, async (request, reply) => {
    reply.header('set-cookie', `session=${request.body.token}; Path=/; HttpOnly; SameSite=Lax`).code(204)
  })
}

function body (properties: Record<string, object>) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}
