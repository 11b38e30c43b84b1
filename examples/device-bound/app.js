// A session that is bound to the browser's device, and what a copy of its cookies is worth on another machine.
import Fastify from 'fastify'
import fastifyTypedSession from 'fastify-typed-session'
import { z } from 'zod'

const schema = z.object({ user: z.string().optional() })

export async function buildApp ({ secret, https = null, now }) {
  const app = Fastify({ https })
  await app.register(fastifyTypedSession, { schema, secret, cookie: { secure: true }, deviceBound: true, now })

  app.post('/login/:user', async ({ session, params }) => {
    await session.regenerate()                  // offers browsers to bind the session
    session.user = params.user
    return {}
  })

  app.post('/logout', async ({ session }) => {
    session.delete()
    return {}
  })

  app.get('/me', async ({ session }) => ({ user: session.user, bound: session.bound, reason: session.reason }))

  // Plays the thief: sends copies of the browser's cookies from elsewhere.
  app.get('/replay', async ({ headers }) => {
    const cookies = (headers.cookie ?? '').split('; ')
    const send = async (copied) => (await app.inject({ url: '/me', headers: { cookie: copied.join('; ') } })).json()
    return {
      'the session alone': await send(cookies.filter((each) => each.startsWith('session='))),
      'with its proof, for ten minutes': await send(cookies)
    }
  })

  app.get('/', async (_request, reply) => await reply.type('text/html').send(page))
  return app
}

const page = `<!doctype html>
<title>A session bound to this device</title>
<button data-method="POST" data-path="/login/ada">Log in</button>
<button data-method="GET" data-path="/me">Who am I?</button>
<button data-method="GET" data-path="/replay">Replay a copy of the cookies elsewhere</button>
<button data-method="POST" data-path="/logout">Log out</button>
<pre></pre>
<script>
  for (const button of document.querySelectorAll('button')) {
    button.onclick = async () => {
      const { method, path } = button.dataset
      document.querySelector('pre').textContent = path + ' ' + JSON.stringify(await (await fetch(path, { method })).json(), null, 2)
    }
  }
</script>`
