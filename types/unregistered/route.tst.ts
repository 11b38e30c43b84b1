import type { FastifyInstance } from 'fastify'
import 'fastify-typed-session'
import { expect, test } from 'tstyche'

declare const app: FastifyInstance
const handler = async () => 'ok'

test('config.session has its type in an app that names no session, since that is the default name', () => {
  app.get('/', { config: { session: false } }, handler)
  app.get('/', { config: { session: { readOnly: true } } }, handler)
  // @ts-expect-error Type 'true' is not assignable to type '(RouteSession | undefined) & true'
  app.get('/', { config: { session: true } }, handler)
})

test('another session\'s config is left to the registration', () => {
  app.get('/', { config: { admin: { refresh: false } } }, async (request) => {
    expect(request.routeOptions.config).type.toHaveProperty('session')
    expect(request.routeOptions.config.admin).type.toBe<{ refresh: boolean }>()
  })
})
