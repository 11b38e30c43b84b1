import type { FastifyInstance } from 'fastify'
import type { Register, SessionManager, Sessions } from 'fastify-typed-session'
import { describe, expect, test } from 'tstyche'
import type { Anys, IsAny } from './any.ts'
import type { adminSchema, schema } from './register.ts'

declare const app: FastifyInstance
declare const other: FastifyInstance

test('nothing of app.sessions is any', () => {
  expect<IsAny<typeof app.sessions>>().type.toBe<false>()
  expect<Anys<typeof app.sessions>>().type.toBe<never>()
  expect<Anys<typeof app.sessions.session>>().type.toBe<never>()
  expect<Anys<typeof app.sessions.admin>>().type.toBe<never>()
})

describe('app.sessions', () => {
  test('has a codec for each session that Register names, and no other', () => {
    expect(app.sessions).type.toBe<Sessions<Register>>()
    expect(app.sessions.session).type.toBe<SessionManager<typeof schema>>()
    expect(app.sessions.admin).type.toBe<SessionManager<typeof adminSchema>>()
    expect<keyof typeof app.sessions>().type.toBe<'session' | 'admin'>()
    // @ts-expect-error Property 'amdin' does not exist on type ... Did you mean 'admin'?
    app.sessions.amdin.open('')
  })

  test('keeps the types of several sessions apart', () => {
    expect(app.sessions.session).type.not.toBeAssignableTo<typeof app.sessions.admin>()
    expect(app.sessions.session.seal).type.toBeCallableWith({ userId: 1 })
    expect(app.sessions.admin.seal).type.toBeCallableWith({ level: 1 })
    expect(app.sessions.session.seal).type.not.toBeCallableWith({ level: 1 })
    expect(app.sessions.admin.seal).type.not.toBeCallableWith({ userId: 1 })
  })

  test('is the app\'s to give', () => {
    // @ts-expect-error Cannot assign to 'sessions' because it is a read-only property
    app.sessions = other.sessions
    // @ts-expect-error Cannot assign to 'admin' because it is a read-only property
    app.sessions.admin = other.sessions.admin
  })
})

test('only a schema makes a session', () => {
  expect<Sessions<{ a: typeof schema, b: string }>>().type.toBe<{ readonly a: SessionManager<typeof schema>, readonly b: never }>()
})
