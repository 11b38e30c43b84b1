import type { FastifyInstance } from 'fastify'

interface Login {
  Body: { name: string, remember: boolean }
}

const login = {
  schema: {
    body: {
      type: 'object',
      properties: { name: { type: 'string', minLength: 1, maxLength: 40 }, remember: { type: 'boolean', default: false } },
      required: ['name'],
      additionalProperties: false
    }
  }
}

const goods = ['apples', 'bread', 'coffee', 'dates', 'eggs', 'figs', 'grapes', 'honey']

/** What the buttons of the page call. The page shows these lines. */
export async function routes (app: FastifyInstance, { now }: { now: () => number }) {
  app.get('/session', async ({ session }) => {
    return { answer: session.user === undefined ? 'Not logged in' : `Logged in as ${session.user}` }
  })

  app.get('/ping', async () => {
    return { answer: 'This route does not look at the session' }
  })

  app.post<Login>('/login', login, async ({ session, body }) => {
    await session.regenerate(['cart'])
    session.permanent = body.remember
    session.user = body.name
    session.loggedInAt = new Date(now())
    return { answer: `Logged in as ${body.name}` }
  })

  app.post('/cart', async ({ session }) => {
    const item = goods[session.cart.length % goods.length] as string
    session.cart.push(item)
    return { answer: `Added ${item}` }
  })

  app.post('/logout', async ({ session }) => {
    session.delete()
    return { answer: 'Logged out' }
  })
}
