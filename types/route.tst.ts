import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RouteSession } from 'fastify-typed-session'
import { describe, expect, test } from 'tstyche'
import type { IsAny } from './any.ts'
import './register.ts'

declare const app: FastifyInstance
declare const request: FastifyRequest
const handler = async () => 'ok'

describe('config.session', () => {
  test('is false, or says of refresh and readOnly whether, or that other origins may', () => {
    app.get('/', { config: { session: false } }, handler)
    app.get('/', { config: { session: { refresh: false } } }, handler)
    app.get('/', { config: { session: { readOnly: true } } }, handler)
    app.get('/', { config: { session: { crossOriginProtection: false } } }, handler)
    app.route({ method: 'GET', url: '/', config: { session: { refresh: true, readOnly: true } }, handler })
  })

  test('stands beside the config of others', () => {
    app.get('/', { config: { session: false, rateLimit: { max: 1 } } }, async (request) => {
      expect(request.routeOptions.config.rateLimit).type.toBe<{ max: number }>()
    })
  })

  test('is neither true nor nothing', () => {
    // @ts-expect-error Type 'true' is not assignable to type '(RouteSession | undefined) & true'
    app.get('/', { config: { session: true } }, handler)
    // @ts-expect-error Type '{ session: null; }' is not assignable to type 'never'
    app.get('/', { config: { session: null } }, handler)
    // @ts-expect-error Type '{}' is not assignable to type '(RouteSession | undefined) & {}'
    app.get('/', { config: { session: {} } }, handler)
  })

  test('is no text, number or list', () => {
    // @ts-expect-error Type 'string' is not assignable to type '(RouteSession | undefined) & string'
    app.get('/', { config: { session: 'off' } }, handler)
    // @ts-expect-error Type 'number' is not assignable to type '(RouteSession | undefined) & number'
    app.get('/', { config: { session: 0 } }, handler)
    // @ts-expect-error Type 'string[]' is not assignable to type '(RouteSession | undefined) & string[]'
    app.get('/', { config: { session: ['readOnly'] } }, handler)
  })

  test('takes no wrong value for refresh and readOnly', () => {
    // @ts-expect-error Type '{ refresh: string; }' is not assignable to type 'false & { refresh: string; }'
    app.get('/', { config: { session: { refresh: 'no' } } }, handler)
    // @ts-expect-error Type '{ readOnly: number; }' is not assignable to type 'false & { readOnly: number; }'
    app.get('/', { config: { session: { readOnly: 1 } } }, handler)
    // @ts-expect-error Type '{ crossOriginProtection: true; }' is not assignable
    app.get('/', { config: { session: { crossOriginProtection: true } } }, handler)
    // @ts-expect-error Type '{ refresh: false; readOnly: string; }' is not assignable to type 'false & { refresh: false; readOnly: string; }'
    app.route({ method: 'GET', url: '/', config: { session: { refresh: false, readOnly: 'yes' } }, handler })
  })

  test('notices a slip of the pen', () => {
    // @ts-expect-error Type '{ refersh: false; }' is not assignable to type '(RouteSession | undefined) & { refersh: boolean; }'
    app.get('/', { config: { session: { refersh: false } } }, handler)
    // @ts-expect-error Type '{ readonly: true; }' is not assignable to type '(RouteSession | undefined) & { readonly: boolean; }'
    app.route({ method: 'GET', url: '/', config: { session: { readonly: true } }, handler })
  })
})

describe('the config of a second session', () => {
  test('is under its name', () => {
    app.get('/', { config: { admin: false } }, handler)
    app.get('/', { config: { session: { refresh: false }, admin: { readOnly: true } } }, handler)
  })

  test('takes no wrong value either', () => {
    // @ts-expect-error Type 'true' is not assignable to type '(RouteSession | undefined) & true'
    app.get('/', { config: { admin: true } }, handler)
    // @ts-expect-error Type '{ refresh: number; }' is not assignable to type 'false & { refresh: number; }'
    app.get('/', { config: { session: false, admin: { refresh: 1 } } }, handler)
  })
})

test('a request knows what its route says of the sessions', () => {
  expect(request.routeOptions.config.session).type.toBe<RouteSession | undefined>()
  expect(request.routeOptions.config.admin).type.toBe<RouteSession | undefined>()
  expect<IsAny<RouteSession>>().type.toBe<false>()
})

describe('RouteSession', () => {
  test('is what the config takes', () => {
    expect<false | { refresh: boolean } | { readOnly: boolean } | { refresh: boolean, readOnly: boolean }>()
      .type.toBeAssignableTo<RouteSession>()
    expect<true>().type.not.toBeAssignableTo<RouteSession>()
    expect<{}>().type.not.toBeAssignableTo<RouteSession>()
  })

  test('has no other key', () => {
    // @ts-expect-error 'readonly' does not exist in type ... Did you mean to write 'readOnly'?
    const policy: RouteSession = { refresh: true, readonly: true }
    expect(policy).type.toBeAssignableTo<RouteSession>()
  })
})
