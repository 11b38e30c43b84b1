import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyTypedSession, { type Session } from 'fastify-typed-session'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'
import type { Anys, IsAny } from './any.ts'
import { adminSchema, schema } from './register.ts'

declare const request: FastifyRequest
declare const app: FastifyInstance

test('nothing of a session is any', () => {
  expect<IsAny<any>>().type.toBe<true>()
  expect<IsAny<typeof request.session>>().type.toBe<false>()
  expect<IsAny<typeof request.admin>>().type.toBe<false>()
  expect<Anys<{ a: any, b: string }>>().type.toBe<'a'>()
  expect<Anys<typeof request.session>>().type.toBe<never>()
  expect<Anys<typeof request.admin>>().type.toBe<never>()
  expect(request.session.get('userId')).type.toBe<number | undefined>()
  expect(request.session.get('passport')).type.toBe<unknown>()
})

describe('request.session', () => {
  test('has the types of its keys', () => {
    expect(request.session.userId).type.toBe<number | undefined>()
    expect(request.session.seenAt).type.toBe<Date | undefined>()
    expect(request.session.prefs?.theme).type.toBe<'light' | 'dark' | undefined>()
  })

  test('tells whether it is bound to a device', () => {
    expect(request.session.bound).type.toBe<boolean>()
    // @ts-expect-error Cannot assign to 'bound' because it is a read-only property
    request.session.bound = true
  })

  test('has a default where there is nothing else', () => {
    expect(request.session.cart).type.toBe<string[]>()
  })

  test('is written with the types of its keys', () => {
    request.session.userId = 12345
    request.session.cart.push('apple')
    request.session.seenAt = new Date()
    delete request.session.userId
    // @ts-expect-error Type 'string' is not assignable to type 'number'
    request.session.userId = '12345'
    // @ts-expect-error Type 'number' is not assignable to type 'Date'
    request.session.seenAt = 0
    // @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'
    request.session.cart.push(1)
    // @ts-expect-error Type 'undefined' is not assignable to type 'string[]'
    request.session.cart = undefined
    // @ts-expect-error The operand of a 'delete' operator must be optional
    delete request.session.cart
  })

  test('has no other key', () => {
    expect(request.session).type.not.toHaveProperty('userID')
    // @ts-expect-error Property 'userID' does not exist on type ... Did you mean 'userId'?
    request.session.userID = 12345
  })

  test('cannot be put in another\'s place', () => {
    // @ts-expect-error Cannot assign to 'session' because it is a read-only property
    request.session = request.admin
  })

  test('has the controls', () => {
    expect(request.session.permanent).type.toBe<boolean>()
    expect(request.session.new).type.toBe<boolean>()
    expect(request.session.modified).type.toBe<boolean>()
    expect(request.session.changed).type.toBe<boolean>()
    expect(request.session.deleted).type.toBe<boolean>()
    expect(request.session.lifetime).type.toBe<number>()
    request.session.lifetime = undefined
    expect(request.session.absoluteLifetime).type.toBe<number | undefined>()
    expect(request.session.authenticatedBy).type.toBe<readonly string[]>()
    // @ts-expect-error Cannot assign to 'new' because it is a read-only property
    request.session.new = true
    expect<'expired'>().type.toBeAssignableTo<typeof request.session.reason>()
    expect<'signature'>().type.toBeAssignableTo<typeof request.session.reason>()
    expect<undefined>().type.toBeAssignableTo<typeof request.session.reason>()
    expect<'bad'>().type.not.toBeAssignableTo<typeof request.session.reason>()
    expect(request.session.touch()).type.toBe<void>()
    expect(request.session.delete()).type.toBe<void>()
    expect(request.session.options({ sameSite: 'strict' })).type.toBe<void>()
    expect(request.session.options).type.not.toBeCallableWith({ sameSite: 'stric' })
  })
})

describe('get, set, data and regenerate', () => {
  test('know the schema\'s keys', () => {
    expect(request.session.get('seenAt')).type.toBe<Date | undefined>()
    expect(request.session.get('cart')).type.toBe<string[]>()
    expect(request.session.set).type.toBeCallableWith('userId', 1)
    expect(request.session.set).type.toBeCallableWith('userId', undefined)
    expect(request.session.set).type.not.toBeCallableWith('userId', '1')
    expect(request.session.set).type.not.toBeCallableWith('seenAt', 0)
  })

  test('let other plugins have keys of their own', () => {
    expect(request.session.set).type.toBeCallableWith('passport', { id: 1 })
    expect(request.session.regenerate).type.toBeCallableWith(['userId', 'passport'])
    expect(request.session.regenerate).type.toBeCallableWith()
    expect(request.session.regenerate).type.toBeCallableWith([], { method: ['pwd', 'otp'] })
    expect(request.session.reauthenticatedWithin).type.toBeCallableWith(300, { method: 'passkey' })
    expect(request.session.regenerate()).type.toBe<Promise<void>>()
  })

  test('give the data only', () => {
    expect(request.session.data()).type.toBe<z.output<typeof schema>>()
    expect(request.session.data()).type.not.toHaveProperty('permanent')
  })
})

describe('several sessions', () => {
  test('keep their own types', () => {
    expect(request.admin.level).type.toBe<1 | 2 | undefined>()
    expect(request.admin).type.not.toHaveProperty('userId')
    expect(request.session).type.not.toHaveProperty('level')
    // @ts-expect-error Property 'userId' does not exist on type 'Session<...>'
    request.admin.userId = 1
  })

  test('are had by name in encapsulated contexts', () => {
    const local = z.object({ since: z.date().optional() })
    app.register(fastifyTypedSession, { schema: local, name: 'local', secret: '' })
    const session = request.getDecorator<Session<typeof local>>('local')
    expect(session.since).type.toBe<Date | undefined>()
    expect<IsAny<typeof session>>().type.toBe<false>()
    expect(session).type.not.toHaveProperty('userId')
    expect(request.getDecorator<Session<typeof adminSchema>>('admin')).type.toBe<typeof request.admin>()
  })
})

test('the types of @fastify/cookie come along', () => {
  expect(request.cookies).type.toBe<{ [cookieName: string]: string | undefined }>()
  expect(app.parseCookie('')).type.toBe<{ [key: string]: string }>()
  expect(app).type.toHaveProperty('serializeCookie')
})

test('the plugin is registered with its options', () => {
  expect(app.register).type.toBeCallableWith(fastifyTypedSession, { schema, secret: '' })
  expect(app.register).type.toBeCallableWith(fastifyTypedSession, { schema: adminSchema, name: 'admin', secret: '' })
})
