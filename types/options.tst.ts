import type { FastifyInstance } from 'fastify'
import fastifyTypedSession, {
  fastifyTypedSession as named, type SessionControls, type SessionData, type TypedSessionOptions
} from 'fastify-typed-session'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'
import * as mini from 'zod/mini'

declare const app: FastifyInstance
const secret = 'secret'
const schema = z.object({ userId: z.number().optional() })

test('the default export is the named one', () => {
  expect(fastifyTypedSession).type.toBe<typeof named>()
})

describe('schema', () => {
  // Distributes over a union: what is left of it is what the option accepts.
  type Accepted<Schema> = Schema extends TypedSessionOptions['schema'] ? Schema : never
  const optional = z.string().optional()

  test('is a zod object, classic or mini, loose or strict', () => {
    const good = [
      schema, z.looseObject({}), z.strictObject({ a: optional }), z.object({ d: z.date().default(new Date(0)) }),
      mini.object({ userId: mini.optional(mini.number()) })
    ] as const
    expect<Accepted<typeof good[number]>>().type.toBe<typeof good[number]>()
    expect(app.register).type.toBeCallableWith(fastifyTypedSession, { schema: good[0], secret })
  })

  test('is nothing else', () => {
    const bad = [z.string(), z.array(schema), z.record(z.string(), z.string()), {}, undefined] as const
    expect<Accepted<typeof bad[number]>>().type.toBe<never>()
    expect(app.register).type.not.toBeCallableWith(fastifyTypedSession, { schema: bad[0], secret })
    expect<{ secret: string }>().type.not.toBeAssignableTo<TypedSessionOptions>()
  })

  test('has no key that is a name of the session\'s own', () => {
    type With<Key extends string> = z.ZodObject<{ [Each in Key]: z.ZodOptional<z.ZodString> }>
    type Taken = keyof SessionControls<object> | '_permanent' | '_typed'
    type Schemas = { [Key in Taken]: With<Key> | With<Key | 'userId'> }[Taken]
    expect<'permanent' | 'delete' | 'get'>().type.toBeAssignableTo<Taken>()
    expect<Accepted<Schemas>>().type.toBe<never>()
    expect<Accepted<With<'userId'>>>().type.toBe<With<'userId'>>()

    const taken = [
      z.object({ permanent: optional }), z.looseObject({ delete: optional }), z.strictObject({ get: optional }),
      mini.object({ permanent: mini.optional(mini.string()) })
    ] as const
    expect<Accepted<typeof taken[number]>>().type.toBe<never>()
    expect(app.register).type.not.toBeCallableWith(fastifyTypedSession, { schema: taken[0], secret })
  })

  test('gives its data a name', () => {
    expect<SessionData<typeof schema>>().type.toBe<{ userId?: number | undefined }>()
  })
})

describe('the other options', () => {
  test('may be undefined, as environment variables are', () => {
    expect({ schema, secret: undefined }).type.toBeAssignableTo<TypedSessionOptions>()
    expect({
      schema, secret, name: undefined, cookieName: undefined, lifetime: undefined, cookie: { domain: undefined }
    }).type.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema }).type.not.toBeAssignableTo<TypedSessionOptions>()
  })

  test('take secrets of text and bytes, one or several', () => {
    expect({ schema, secret: new Uint8Array(32) }).type.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret: Buffer.alloc(32) }).type.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret: [secret, new Uint8Array(32)] as const }).type.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret: 1 }).type.not.toBeAssignableTo<TypedSessionOptions>()
  })

  test('bind sessions to devices, with the settings that there are', () => {
    const settings = { path: '/bind', proofLifetime: 600, algorithms: ['ES256'], refreshInitiators: ['*'] } as const
    for (const deviceBound of [true, false, undefined, {}, settings]) expect({ schema, secret, deviceBound }).type.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret, deviceBound: 'yes' }).type.not.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret, deviceBound: { algorithms: ['none' as const] } }).type.not.toBeAssignableTo<TypedSessionOptions>()
    expect(app.register).type.not.toBeCallableWith(fastifyTypedSession, { schema, secret, deviceBound: { lifetime: 600 } })
  })

  test('take no wrong value', () => {
    expect({ schema, secret, digest: 'md5' as const }).type.not.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret, keyDerivation: 'none' as const }).type.not.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret, lifetime: '1h' }).type.not.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret, cookie: { sameSite: 'laxx' as const } }).type.not.toBeAssignableTo<TypedSessionOptions>()
    expect({ schema, secret, cookie: { secure: 'auto' as const } }).type.toBeAssignableTo<TypedSessionOptions>()
  })
})

test('a slip of the pen at registration is a compile error', () => {
  expect(app.register).type.toBeCallableWith(fastifyTypedSession, { schema, secret })
  expect(app.register).type.not.toBeCallableWith(fastifyTypedSession, { schema, secret, lifetme: 60 })
  expect(app.register).type.not.toBeCallableWith(fastifyTypedSession, { schema: z.string(), secret })
})
