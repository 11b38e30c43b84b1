import { createSessionManager, type ListedSession, type OpenedSession, type RejectionReason, type SessionManager } from 'fastify-typed-session'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'
import * as mini from 'zod/mini'
import type { Anys, IsAny } from './any.ts'
import { adminSchema, schema } from './register.ts'

type Data = z.output<typeof schema>

const secret = 'secret'
const manager = createSessionManager({ schema, secret })
declare const opened: OpenedSession<Data>

test('nothing of a manager is any', () => {
  expect<IsAny<typeof manager>>().type.toBe<false>()
  expect<Anys<typeof manager>>().type.toBe<never>()
  expect<Anys<OpenedSession<Data>>>().type.toBe<never>()
  expect<Anys<Extract<OpenedSession<Data>, { ok: true }>>>().type.toBe<never>()
  expect<Anys<Extract<OpenedSession<Data>, { ok: false }>>>().type.toBe<never>()
})

describe('createSessionManager', () => {
  test('takes the options of the plugin', () => {
    expect(createSessionManager).type.toBeCallableWith({ schema, secret, name: 'admin', lifetime: 60, encrypt: true })
    expect(createSessionManager).type.toBeCallableWith({ schema, secret: undefined })
    expect(createSessionManager).type.not.toBeCallableWith({ schema })
    expect(createSessionManager).type.not.toBeCallableWith({ secret })
    expect(createSessionManager).type.not.toBeCallableWith({ schema, secret, lifetime: '1h' })
    expect(createSessionManager).type.not.toBeCallableWith({ schema, secret, lifetme: 60 })
    expect(createSessionManager).type.not.toBeCallableWith()
  })

  test('takes a zod object without a name of the session\'s own', () => {
    expect(createSessionManager).type.toBeCallableWith({ schema: z.looseObject({}), secret })
    expect(createSessionManager).type.not.toBeCallableWith({ schema: z.string(), secret })
    expect(createSessionManager).type.not.toBeCallableWith({ schema: z.object({ permanent: z.boolean().optional() }), secret })
  })

  test('gives the manager of that schema, classic or mini', () => {
    expect(manager).type.toBe<SessionManager<typeof schema>>()
    const small = createSessionManager({ schema: mini.object({ userId: mini.optional(mini.number()) }), secret })
    expect(small.open('')).type.toBe<OpenedSession<{ userId?: number | undefined }>>()
    expect(createSessionManager({ schema: adminSchema, secret })).type.not.toBeAssignableTo<typeof manager>()
  })

  test('shows the name of the cookie, and what each secret has accepted', () => {
    expect(manager.cookieName).type.toBe<string>()
    expect(manager.acceptedBySecret).type.toBe<readonly number[]>()
    // @ts-expect-error Cannot assign to 'cookieName' because it is a read-only property
    manager.cookieName = 'session'
  })
})

describe('open and load', () => {
  test('take a header that may be missing', () => {
    expect(manager.open).type.toBe<(cookieHeaderOrToken: string | undefined) => OpenedSession<Data>>()
    expect(manager.load).type.toBe<(cookieHeaderOrToken: string | undefined) => Promise<OpenedSession<Data>>>()
  })

  test('give nothing before one knows whether there is a session', () => {
    expect(opened.ok).type.toBe<boolean>()
    expect(opened).type.not.toHaveProperty('data')
    expect(opened).type.not.toHaveProperty('reason')
    // @ts-expect-error Property 'data' does not exist on type 'RejectedSession'
    JSON.stringify(opened.data)
  })

  test('give the data of the schema where it is ok', () => {
    if (!opened.ok) return
    expect(opened.data).type.toBe<Data>()
    expect(opened.data.userId).type.toBe<number | undefined>()
    expect(opened.data.cart).type.toBe<string[]>()
    expect(opened.data.seenAt).type.toBe<Date | undefined>()
    expect(opened.data).type.not.toHaveProperty('userID')
    expect(opened).type.not.toHaveProperty('reason')
  })

  test('tell of an accepted session when and for how long', () => {
    if (!opened.ok) return
    expect(opened.permanent).type.toBe<boolean>()
    expect(opened.lifetime).type.toBe<number>()
    expect(opened.signedAt).type.toBe<Date>()
    expect(opened.expiresAt).type.toBe<Date>()
    // @ts-expect-error Cannot assign to 'permanent' because it is a read-only property
    opened.permanent = true
  })

  test('give the reason where it is not', () => {
    if (opened.ok) return
    expect(opened.reason).type.toBe<RejectionReason>()
    expect(opened.cause).type.toBe<unknown>()
    expect(opened).type.not.toHaveProperty('data')
    // @ts-expect-error no overlap
    expect(opened.reason === 'expierd').type.toBe<boolean>()
  })

  test('give the keys that a loose schema lets pass as unknown', () => {
    const loose = createSessionManager({ schema: z.looseObject({ userId: z.number().optional() }), secret }).open('')
    if (!loose.ok) return
    expect(loose.data.userId).type.toBe<number | undefined>()
    expect(loose.data['passport']).type.toBe<unknown>()
  })
})

describe('seal', () => {
  test('takes data of the schema, all or some', () => {
    expect(manager.seal).type.toBeCallableWith({})
    expect(manager.seal).type.toBeCallableWith({ userId: 1, cart: ['apple'], seenAt: new Date(), prefs: { theme: 'dark' } })
    expect(manager.seal).type.toBeCallableWith({ userId: undefined })
    expect(manager.seal({})).type.toBe<string>()
  })

  test('takes no data of another form', () => {
    expect(manager.seal).type.not.toBeCallableWith()
    expect(manager.seal).type.not.toBeCallableWith({ userId: '1' })
    expect(manager.seal).type.not.toBeCallableWith({ cart: [1] })
    expect(manager.seal).type.not.toBeCallableWith({ prefs: { theme: 'blue' } })
    expect(manager.seal).type.not.toBeCallableWith({ userID: 1 })
  })

  test('takes back what was opened', () => {
    expect(manager.seal).type.not.toBeCallableWith(opened)
    if (!opened.ok) return
    expect(manager.seal).type.toBeCallableWith(opened.data)
  })

  test('is told whether the session is permanent, and for how long', () => {
    expect(manager.seal).type.toBeCallableWith({}, { permanent: true, lifetime: 60 })
    expect(manager.seal).type.toBeCallableWith({}, { permanent: undefined, lifetime: undefined })
    expect(manager.seal).type.not.toBeCallableWith({}, { permanent: 'yes' })
    expect(manager.seal).type.not.toBeCallableWith({}, { lifetime: '1h' })
    expect(manager.seal).type.not.toBeCallableWith({}, { lifetme: 60 })
  })
})

describe('what only a store can do', () => {
  test('ends sessions', () => {
    expect(manager.revoke).type.toBe<(sessionId: string) => Promise<void>>()
    expect(manager.revokeAll).type.toBe<() => Promise<void>>()
    expect(manager.revokeSubject('1')).type.toBe<Promise<void>>()
    expect(manager.revokeSubject).type.toBeCallableWith('1', { except: undefined })
    expect(manager.revokeSubject).type.not.toBeCallableWith(1)
    expect(manager.revokeSubject).type.not.toBeCallableWith('1', { exept: '2' })
    expect(manager.revokeSubject).type.not.toBeCallableWith('1', { except: 2 })
  })

  test('lists those of a subject, and leaves what is shown of them to their reader', () => {
    expect(manager.listSubject).type.toBe<(subject: string) => Promise<ListedSession[]>>()
    expect<Anys<ListedSession>>().type.toBe<never>()
    expect<ListedSession>().type.toBe<{
      readonly id: string, readonly createdAt: Date, readonly lastSeenAt: Date, readonly data: unknown
    }>()
  })
})
