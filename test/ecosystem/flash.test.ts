import flash from '@fastify/flash'
import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import fastifyTypedSession from '../../lib/index.ts'
import { serve } from '../support/client.ts'

t.test('@fastify/flash keeps messages until they are shown', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema: z.object({}), secret: 'Vq3nTq0sYx8Jd5RkWm7Bz2HfLc9GpAe4' })
  await app.register(flash)
  app.post('/save', async (request, reply) => {
    request.flash('info', 'saved')
    request.flash('info', ['and', 'sent'])
    return reply.redirect('/')
  })
  app.get('/', async (_request, reply) => reply.flash('info'))
  const client = await serve(t, app)

  t.same((await client.get('/')).json, [])
  await client.post('/save')
  t.same((await client.get('/')).json, ['saved', 'and', 'sent'])
  t.same((await client.get('/')).json, [])
})
