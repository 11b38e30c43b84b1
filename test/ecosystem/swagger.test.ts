import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import t from 'tap'
import fastifyTypedSession, { sessionSecurityScheme } from '../../lib/index.ts'
import { schema, secret } from '../support/app.ts'
import { serve } from '../support/client.ts'

t.test('@fastify/swagger describes the session\'s cookie as a security scheme', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret, cookieName: 'sid' })
  await app.register(swagger, {
    openapi: { components: { securitySchemes: { session: sessionSecurityScheme('sid'), other: sessionSecurityScheme() } } }
  })
  app.get('/me', { schema: { security: [{ session: [] }] } }, async () => 'me')
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  const document = (await (await serve(t, app)).get('/openapi.json')).json
  t.match(document, {
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'sid' },
        other: { type: 'apiKey', in: 'cookie', name: 'session' }
      }
    },
    paths: { '/me': { get: { security: [{ session: [] }] } } }
  })
})
