import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { createFlaskLogin, createFlaskWtf, type FlaskLogin, type FlaskLoginOptions, type FlaskWtf, type FlaskWtfOptions, type LoginUserOptions } from 'fastify-typed-session/flask'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'
import type { Anys } from './any.ts'

declare const app: FastifyInstance
declare const request: FastifyRequest
declare const reply: FastifyReply

const { loginUser, logoutUser, currentUserId, isLoginFresh, confirmLogin } = createFlaskLogin({ secret: process.env.SECRET_KEY })
const { generateCsrf, validateCsrf } = createFlaskWtf({ secret: process.env.SECRET_KEY })

test('no option is any', () => {
  expect<Anys<FlaskLoginOptions>>().type.toBe<never>()
  expect<Anys<FlaskWtfOptions>>().type.toBe<never>()
  expect<Anys<LoginUserOptions>>().type.toBe<never>()
})

describe('createFlaskLogin', () => {
  test('needs a secret, which may be a list', () => {
    expect(createFlaskLogin({ secret: ['new', new Uint8Array(32)] })).type.toBe<FlaskLogin>()
    expect(createFlaskLogin).type.not.toBeCallableWith({})
    expect(createFlaskLogin).type.not.toBeCallableWith({ secret: 1 })
  })

  test('knows its options', () => {
    expect(createFlaskLogin).type.toBeCallableWith({
      secret: '', session: 'user', sessionProtection: 'strong', remoteAddress: ({ ip }: FastifyRequest) => ip, cookieName: 'remember', duration: 60, cookie: { path: '/app' }
    })
    expect(createFlaskLogin).type.not.toBeCallableWith({ secret: '', sessionProtection: 'weak' })
    expect(createFlaskLogin).type.not.toBeCallableWith({ secret: '', cookie: { maxAge: 60 } })
    expect(createFlaskLogin).type.not.toBeCallableWith({ secret: '', rememberCookieName: 'remember' })
  })

  test('gives functions that take requests of any route', () => {
    app.post<{ Body: { user: string, password: string }, Params: { id: string } }>('/login/:id', async (request, reply) => {
      expect(loginUser).type.toBeCallableWith(request, reply, request.params.id, { remember: true, duration: 60, fresh: false })
      expect(logoutUser).type.toBeCallableWith(request, reply)
      expect(currentUserId(request)).type.toBe<string | undefined>()
      expect(isLoginFresh(request)).type.toBe<boolean>()
      expect(confirmLogin(request)).type.toBe<void>()
    })
  })

  test('gives functions for HTTPS, HTTP/2 and type providers', () => {
    Fastify({ https: {} }).get('/', async (request, reply) => {
      expect(loginUser).type.toBeCallableWith(request, reply, '7')
    })
    Fastify({ http2: true, https: {} }).get('/', async (request, reply) => {
      expect(loginUser).type.toBeCallableWith(request, reply, '7')
      expect(currentUserId(request)).type.toBe<string | undefined>()
      expect(generateCsrf(request)).type.toBe<string>()
    })
    app.withTypeProvider<ZodTypeProvider>().post('/', { schema: { body: z.object({ userId: z.string() }), response: { 200: z.object({}) } } }, async (request, reply) => {
      expect(loginUser).type.toBeCallableWith(request, reply, request.body.userId)
      return {}
    })
  })

  test('takes ids that are strings only', () => {
    expect(loginUser).type.not.toBeCallableWith(request, reply, 7)
    expect(loginUser).type.not.toBeCallableWith(request, reply, undefined)
    expect(loginUser).type.not.toBeCallableWith(request, reply, '7', { days: 1 })
  })
})

describe('createFlaskWtf', () => {
  test('needs a secret, and knows its options', () => {
    expect(createFlaskWtf({ secret: '', session: 'user', fieldName: 'token', timeLimit: null, now: Date.now })).type.toBe<FlaskWtf>()
    expect(createFlaskWtf).type.not.toBeCallableWith({})
    expect(createFlaskWtf).type.not.toBeCallableWith({ secret: '', timeLimit: '60' })
  })

  test('checks whatever came with a request', () => {
    expect(generateCsrf(request)).type.toBe<string>()
    expect(validateCsrf(request, request.headers['x-csrftoken'])).type.toBe<void>()
    expect(validateCsrf).type.not.toBeCallableWith(request)
  })
})
