import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import fastifyTypedSession, { type Secret } from 'fastify-typed-session'
import { z } from 'zod'
import { explain } from './exchange.ts'

const schema = z.object({
  user: z.string().min(1).max(40).optional(),
  loggedInAt: z.date().optional(),
  cart: z.array(z.string()).default([])
})

declare module 'fastify-typed-session' {
  interface Register { session: typeof schema }
}

export interface PlaygroundOptions {
  secret: Secret
  /** Seconds. */
  lifetime: number
  /** Milliseconds since 1970. Default: Date.now. */
  now?: () => number
}

const goods = ['apples', 'bread', 'coffee', 'dates', 'eggs', 'figs', 'grapes', 'honey']

/** The playground: its page, its clock, and an API that explains what each response did to the session. */
export async function buildApp ({ secret, lifetime, now = Date.now }: PlaygroundOptions): Promise<FastifyInstance> {
  const app = Fastify()
  const clock = { ahead: 0, now: () => now() + clock.ahead }
  await app.register(servePage)
  await app.register(controls, { clock })
  await app.register(sessions, { secret, lifetime, now: clock.now, prefix: '/api' })
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

async function sessions (app: FastifyInstance, { secret, lifetime, now }: Required<PlaygroundOptions>) {
  await app.register(fastifyTypedSession, { schema, secret, lifetime, now })

  // Runs after the plugin's own hook: the response's Set-Cookie is known, and reading the session changes nothing.
  app.addHook('onSend', async function explainSession (request, reply, payload) {
    const { session } = request
    const header = reply.getHeader('set-cookie')
    const exchange = explain({
      request: `${request.method} ${request.url}`,
      now: now(),
      lifetime,
      reason: session.reason,
      statusCode: reply.statusCode,
      cookie: request.cookies.session,
      header: header === undefined ? undefined : String(header),
      data: session.data(),
      permanent: session.permanent
    })
    return JSON.stringify({ ...JSON.parse(String(payload)), lifetime, exchange })
  })

  app.get('/session', async (request) => {
    return { answer: request.session.user === undefined ? 'Not logged in' : `Logged in as ${request.session.user}` }
  })

  app.get('/ping', async () => {
    return { answer: 'This route does not look at the session' }
  })

  const login = body({ name: { type: 'string', minLength: 1, maxLength: 40 }, remember: { type: 'boolean', default: false } }, ['name'])
  app.post<{ Body: { name: string, remember: boolean } }>('/login', { schema: { body: login } }, async (request) => {
    const { session, body: { name, remember } } = request
    await session.regenerate(['cart'])
    session.permanent = remember
    session.user = name
    session.loggedInAt = new Date(now())
    return { answer: `Logged in as ${name}` }
  })

  app.post('/cart', async (request) => {
    const { cart } = request.session
    const item = goods[cart.length % goods.length] as string
    cart.push(item)
    return { answer: `Added ${item}` }
  })

  app.post('/logout', async (request) => {
    request.session.delete()
    return { answer: 'Logged out' }
  })
}

function body (properties: Record<string, object>, required = Object.keys(properties)) {
  return { type: 'object', properties, required, additionalProperties: false }
}
