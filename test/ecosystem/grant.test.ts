import Fastify from 'fastify'
import fastifyGrant from 'fastify-grant'
import t from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

// Its types are those of an ES module, and it is none.
const grant = fastifyGrant as unknown as typeof fastifyGrant.default

t.test('fastify-grant keeps what it knows of an OAuth login in the session', async (t) => {
  const provider = Fastify()
  provider.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
  provider.post('/token', async () => ({ access_token: 'an access token', token_type: 'bearer' }))
  const { origin } = await serve(t, provider)

  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(grant({
    defaults: { origin: 'http://127.0.0.1', transport: 'session', state: true },
    example: {
      authorize_url: `${origin}/authorize`, access_url: `${origin}/token`, oauth: 2, key: 'id', secret: 'of the client', callback: '/done'
    }
  }))
  app.get('/done', async (request) => ({ ...sessionOf(request) }))
  const client = await serve(t, app)

  const connect = await client.get('/connect/example')
  const authorize = new URL(connect.headers.get('location') ?? '')
  t.equal(authorize.pathname, '/authorize')
  const callback = await client.get(`/connect/example/callback?code=1&state=${authorize.searchParams.get('state')}`)
  t.equal(callback.headers.get('location'), '/done')
  t.match((await client.get('/done')).json, { grant: { provider: 'example', response: { access_token: 'an access token' } } })
})
