import Fastify from 'fastify'
import mercurius, { type MercuriusContext } from 'mercurius'
import t from 'tap'
import fastifyTypedSession from '../../lib/index.ts'
import { schema, secret, sessionOf } from '../support/app.ts'
import { serve } from '../support/client.ts'

t.test('resolvers of mercurius read and write the session, batched too', async (t) => {
  const app = Fastify()
  await app.register(fastifyTypedSession, { schema, secret })
  await app.register(mercurius, {
    schema: 'type Query { me: Int } type Mutation { login(id: Int): Int add(item: String): Int }',
    allowBatchedQueries: true,
    resolvers: {
      Query: { me: (_root, _args, { reply }: MercuriusContext) => sessionOf(reply.request).userId },
      Mutation: {
        login: (_root, { id }, { reply }: MercuriusContext) => {
          sessionOf(reply.request).userId = id
          return id
        },
        add: (_root, { item }, { reply }: MercuriusContext) => sessionOf(reply.request).cart.push(item)
      }
    }
  })
  const client = await serve(t, app)
  const query = async (body: object) => await client.post('/graphql', body)

  t.same((await query({ query: '{ me }' })).json, { data: { me: null } })
  const reply = await query([{ query: 'mutation { login(id: 7) }' }, { query: 'mutation { add(item: "apple") }' }])
  t.same(reply.json, [{ data: { login: 7 } }, { data: { add: 1 } }])
  t.equal(reply.headers.getSetCookie().length, 1)
  t.same((await query([{ query: '{ me }' }, { query: 'mutation { add(item: "pear") }' }])).json, [{ data: { me: 7 } }, { data: { add: 2 } }])
})
