import type { FastifyInstance } from 'fastify'
import { createSessionManager } from 'fastify-typed-session'
import { sessionCookies } from 'fastify-typed-session/testing'
import { expect, test } from 'tstyche'
import { z } from 'zod'
import type { IsAny } from '../any.ts'

declare const app: FastifyInstance

test('an app that names no session has none in app.sessions', () => {
  expect(app).type.toHaveProperty('sessions')
  expect<IsAny<typeof app.sessions>>().type.toBe<false>()
  expect<keyof typeof app.sessions>().type.toBe<never>()
  // @ts-expect-error Property 'session' does not exist on type 'Sessions<Register>'
  app.sessions.session.open('')
})

test('a codec of its own needs no name', () => {
  const codec = createSessionManager({ schema: z.object({ userId: z.number().optional() }), secret: '' })
  expect(sessionCookies).type.toBeCallableWith(codec, { userId: 1 })
  expect(sessionCookies).type.not.toBeCallableWith(codec, { userId: '1' })
})
