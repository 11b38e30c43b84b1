import view from '@fastify/view'
import Fastify from 'fastify'
import handlebars from 'handlebars'
import t from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

t.test('@fastify/view gives Handlebars the session\'s data', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  const root = t.testdir({ 'cart.hbs': '{{session.name}}:{{#each session.cart}} {{this}}{{/each}}' })
  await app.register(view, { engine: { handlebars }, root })
  app.get('/login', async (request) => {
    Object.assign(sessionOf(request), { name: 'Ann', cart: ['apple', 'pear'] })
  })
  app.get('/', async (request, reply) => await reply.view('cart.hbs', { session: sessionOf(request) }))
  const client = await serve(t, app)
  await client.get('/login')
  const page = await client.get('/')
  t.equal(page.body, 'Ann: apple pear')
  t.equal(page.headers.get('vary'), 'Cookie')
})
