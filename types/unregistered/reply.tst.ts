import type { FastifyReply } from 'fastify'
import 'fastify-typed-session'
import { expect, test } from 'tstyche'

declare const reply: FastifyReply

test('reply.commitSession is there in an app that names no session', () => {
  expect(reply.commitSession).type.toBe<() => Promise<void>>()
})
