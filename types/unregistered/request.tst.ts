import type { FastifyRequest } from 'fastify'
import 'fastify-typed-session'
import { expect, test } from 'tstyche'

declare const request: FastifyRequest

test('an app that names no session has none in the types of its requests', () => {
  expect(request).type.not.toHaveProperty('session')
})
