import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import t from 'tap'
import { z } from 'zod'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

t.test('fastify-type-provider-zod validates beside the session, by the same schema', async (t) => {
  const app = Fastify().withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(fastifyTypedSession, { schema, secret })
  app.post('/cart', { schema: { body: z.object({ item: z.string() }) } }, async (request) => {
    sessionOf(request).cart.push(request.body.item)
    return ''
  })
  app.get('/cart', { schema: { response: { 200: schema.pick({ cart: true }) } } }, async (request) => sessionOf(request))
  const client = await serve(t, app)

  t.equal((await client.post('/cart', { item: 1 })).status, 400)
  await client.post('/cart', { item: 'apple' })
  await client.post('/cart', { item: 'pear' })
  t.same((await client.get('/cart')).json, { cart: ['apple', 'pear'] })
})
