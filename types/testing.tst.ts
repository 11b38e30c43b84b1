import type { FastifyInstance } from 'fastify'
import type { OpenedSession } from 'fastify-typed-session'
import { sessionAfter, sessionCookies, type ResponseWithHeaders } from 'fastify-typed-session/testing'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'
import type { Anys } from './any.ts'
import type { adminSchema, schema } from './register.ts'

declare const app: FastifyInstance
const { session, admin } = app.sessions

test('nothing of a response is any', () => {
  expect<Anys<ResponseWithHeaders>>().type.toBe<never>()
  expect<Anys<Exclude<ResponseWithHeaders['headers'], Headers>>>().type.toBe<never>()
})

describe('sessionCookies', () => {
  test('makes cookies for inject', async () => {
    expect(sessionCookies(session, { userId: 1 })).type.toBe<Promise<Record<string, string>>>()
    expect(app.inject).type.toBeCallableWith({ url: '/', cookies: await sessionCookies(session, { userId: 1 }) })
  })

  test('takes data of that session, all or some', () => {
    expect(sessionCookies).type.toBeCallableWith(session, {})
    expect(sessionCookies).type.toBeCallableWith(session, { userId: 1, cart: ['apple'] })
    expect(sessionCookies).type.toBeCallableWith(admin, { level: 2 })
    expect(sessionCookies).type.not.toBeCallableWith(session)
  })

  test('takes no data of another form', () => {
    expect(sessionCookies).type.not.toBeCallableWith(session, { userId: '1' })
    expect(sessionCookies).type.not.toBeCallableWith(session, { userID: 1 })
    expect(sessionCookies).type.not.toBeCallableWith(session, { level: 1 })
    expect(sessionCookies).type.not.toBeCallableWith(admin, { level: 3 })
    expect(sessionCookies).type.not.toBeCallableWith('session', {})
  })

  test('takes the options of seal', () => {
    expect(sessionCookies).type.toBeCallableWith(session, {}, { permanent: true, lifetime: 60 })
    expect(sessionCookies).type.not.toBeCallableWith(session, {}, { permanent: 1 })
  })
})

describe('sessionAfter', () => {
  test('reads a response of inject or fetch, and nothing else', async () => {
    const injected = await app.inject('/')
    expect(sessionAfter).type.toBeCallableWith(session, injected)
    expect(sessionAfter).type.toBeCallableWith(session, await fetch(''))
    expect(sessionAfter).type.not.toBeCallableWith(session, injected.body)
    expect(sessionAfter).type.not.toBeCallableWith(session)
    expect(sessionAfter).type.not.toBeCallableWith('session', injected)
  })

  test('gives the session that was named, or nothing', () => {
    expect(sessionAfter(session, { headers: {} })).type.toBe<Promise<OpenedSession<z.output<typeof schema>> | undefined>>()
    expect(sessionAfter(admin, { headers: {} })).type.toBe<Promise<OpenedSession<z.output<typeof adminSchema>> | undefined>>()
  })

  test('gives its data once it is known that there are any', async () => {
    const after = await sessionAfter(session, { headers: {} })
    // @ts-expect-error 'after' is possibly 'undefined'
    expect(after.ok).type.toBe<boolean>()
    if (after?.ok) expect(after.data.userId).type.toBe<number | undefined>()
  })
})
