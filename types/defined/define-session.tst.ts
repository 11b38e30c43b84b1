import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyTypedSession, {
  createSessionManager, defineSession, type ListedSession, type Session, type SessionDefinition, type SessionManager, type TypedSessionOptions
} from 'fastify-typed-session'
import { MemoryStore } from 'fastify-typed-session/stores'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'
import * as mini from 'zod/mini'
import type { Anys, IsAny } from '../any.ts'
import { admin, schema, session } from './session.ts'

declare const app: FastifyInstance
declare const request: FastifyRequest

type Data = z.output<typeof schema>
type Definition = SessionDefinition<typeof schema>
const secret = 'secret'
const store = new MemoryStore()

test('nothing of a definition is any', () => {
  expect<IsAny<typeof session>>().type.toBe<false>()
  expect<Anys<typeof session>>().type.toBe<never>()
  expect<IsAny<typeof admin>>().type.toBe<false>()
})

describe('a definition in Register', () => {
  test('types the session of a request', () => {
    expect(request.session).type.toBe<Session<typeof schema>>()
    expect(request.session.userId).type.toBe<number | undefined>()
    expect(request.session).type.not.toHaveProperty('userIdx')
    expect(request.admin.level).type.toBe<number | undefined>()
  })

  test('types the manager of the app, and what it lists', async () => {
    expect(app.sessions.session).type.toBe<SessionManager<typeof schema, { seenAt: Date | undefined }>>()
    const [device] = await app.sessions.session.listSubject('1')
    expect(device?.data).type.toBe<{ seenAt: Date | undefined } | undefined>()
    expect(await app.sessions.admin.listSubject('1')).type.toBe<ListedSession[]>()
  })

  test('is what the plugin and a manager take', () => {
    expect(app.register).type.toBeCallableWith(fastifyTypedSession, session)
    expect(session).type.toBeAssignableTo<TypedSessionOptions>()
    expect(createSessionManager(session)).type.toBe<SessionManager<typeof schema, { seenAt: Date | undefined }>>()
  })
})

describe('subject', () => {
  test('gets the data of the schema', () => {
    defineSession({ schema, secret, store, subject: (data) => { expect(data).type.toBe<Data>(); return undefined } })
    defineSession({ schema, secret, revocation: { store, subject: (data) => { expect(data).type.toBe<Data>(); return undefined } } })
    expect(defineSession).type.toBeCallableWith({ schema, secret, store, subject: ({ cart }: { cart: string[] }) => cart[0] })
  })

  test('gets nothing else', () => {
    // @ts-expect-error Property 'userIdx' does not exist
    defineSession({ schema, secret, store, subject: ({ userIdx }) => userIdx })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, store, subject: ({ userId }: { userId: string }) => userId })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, revocation: { store, subject: ({ userId }: { userId: string }) => userId } })
    expect(app.register).type.not.toBeCallableWith(fastifyTypedSession, { schema, secret, store, subject: (data: Data) => data.userId })
  })

  test('gets no unknown data at a registration without a definition', () => {
    // @ts-expect-error Property 'userIdx' does not exist on type 'never'
    app.register(fastifyTypedSession, { schema, secret, store, subject: (data) => data.userIdx })
  })

  test('returns a string', () => {
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, store, subject: (data: Data) => data.userId })
    expect<(data: Data) => number>().type.not.toBeAssignableTo<NonNullable<Definition['subject']>>()
  })
})

describe('describe', () => {
  test('gets the data of the schema, and nothing else', () => {
    defineSession({ schema, secret, store, describe: (data) => { expect(data).type.toBe<Data>() } })
    // @ts-expect-error Property 'seenat' does not exist
    defineSession({ schema, secret, store, describe: ({ seenat }) => seenat })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, store, describe: ({ seenAt }: { seenAt: string }) => seenAt })
  })
})

describe('migrate', () => {
  test('returns data of the schema, or nothing', () => {
    defineSession({ schema, secret, migrate: ({ uid }) => ({ userId: Number(uid) }) })
    defineSession({ schema, secret, migrate: () => undefined })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, migrate: () => ({ userId: 'a' }) })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, migrate: () => ({ userIdx: 1 }) })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, migrate: (data: { uid: string }) => ({ userId: Number(data.uid) }) })
  })

  test('returns what a codec reads', () => {
    const withCodec = z.object({ id: z.codec(z.string(), z.bigint(), { decode: BigInt, encode: String }).optional() })
    expect(defineSession).type.toBeCallableWith({ schema: withCodec, secret, migrate: () => ({ id: '1' }) })
    expect(defineSession).type.not.toBeCallableWith({ schema: withCodec, secret, migrate: () => ({ id: 1n }) })
  })
})

describe('adoptInto', () => {
  test('gets the data of the schema', () => {
    defineSession({ schema, secret, adopt: () => null, adoptInto: (data) => data.userId === undefined })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, adoptInto: (data: { userId: string }) => data.userId === '' })
  })
})

describe('adopt', () => {
  test('returns data of the schema at once or later, and whether the session is permanent', () => {
    defineSession({ schema, secret, adopt: () => ({ userId: 1, _permanent: true }) })
    defineSession({ schema, secret, adopt: async () => undefined })
    defineSession({ schema, secret, adopt: [() => null, async () => ({ userId: 1 })] })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, adopt: () => ({ userId: 'a' }) })
    expect(defineSession).type.not.toBeCallableWith({ schema, secret, adopt: async () => ({ userIdx: 1 }) })
  })

  test('gets the request and the reply', () => {
    defineSession({
      schema,
      secret,
      adopt: (request, reply) => {
        expect(request).type.toBe<FastifyRequest>()
        expect(reply).type.toBe<FastifyReply>()
        return undefined
      }
    })
  })
})

test('a definition takes the schemas and options of the plugin, and no others', () => {
  expect(defineSession).type.toBeCallableWith({ schema: mini.object({ userId: mini.optional(mini.number()) }), secret, lifetime: 60 })
  expect(defineSession).type.not.toBeCallableWith({ schema: z.string(), secret })
  expect(defineSession).type.not.toBeCallableWith({ schema: z.object({ permanent: z.boolean().optional() }), secret })
  expect(defineSession).type.not.toBeCallableWith({ schema, secret, lifetme: 60 })
  expect(defineSession).type.not.toBeCallableWith({ schema })
})

test('set() names the type that a key has', () => {
  // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
  request.session.set('userId', 'a')
  request.session.set('passport', { id: 1 })
})
