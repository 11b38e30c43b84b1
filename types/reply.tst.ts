import type { FastifyReply } from 'fastify'
import 'fastify-typed-session'
import { expect, test } from 'tstyche'

declare const reply: FastifyReply

test('reply.commitSession takes nothing and is awaited', () => {
  expect(reply.commitSession).type.toBe<() => Promise<void>>()
  expect(reply.commitSession).type.not.toBeCallableWith('session')
})
