import { createSessionManager, markup, tuple, uuid } from 'fastify-typed-session'
import { describe, expect, test } from 'tstyche'
import { z } from 'zod'

describe('tuple', () => {
  test('keeps the types of its items and their number', () => {
    expect(tuple([1, 'a'])).type.toBe<[1, 'a']>()
    expect(tuple([])).type.toBe<[]>()
    expect(tuple(['message', markup('<b>')])).type.toBe<['message', string]>()
  })

  test('leaves a list as long as it may be, and read-only what is so', () => {
    const list: Date[] = []
    const pair: readonly [1, 'a'] = [1, 'a']
    expect(tuple(list)).type.toBe<Date[]>()
    expect(tuple(pair)).type.toBe<readonly [1, 'a']>()
  })

  test('is what a schema takes for a tuple or a list', () => {
    const schema = z.object({
      point: z.tuple([z.number(), z.number()]).optional(),
      theme: z.tuple([z.enum(['light', 'dark'])]).readonly().optional(),
      cart: z.array(z.string()).default([])
    })
    const { seal } = createSessionManager({ schema, secret: '' })
    expect(seal).type.toBeCallableWith({ point: tuple([1, 2]), theme: tuple(['dark']), cart: tuple(['apple']) })
    expect(seal).type.not.toBeCallableWith({ point: tuple([1, '2']) })
    expect(seal).type.not.toBeCallableWith({ point: tuple([1, 2, 3]) })
    expect(seal).type.not.toBeCallableWith({ theme: tuple(['blue']) })
    expect(seal).type.not.toBeCallableWith({ cart: tuple([1]) })
  })

  test('is made of an array', () => {
    expect(tuple).type.not.toBeCallableWith(1, 2)
    expect(tuple).type.not.toBeCallableWith('ab')
    expect(tuple).type.not.toBeCallableWith(new Set([1]))
    expect(tuple).type.not.toBeCallableWith()
  })
})

test('uuid and markup make a string of a string', () => {
  expect(uuid).type.toBe<(text: string) => string>()
  expect(markup).type.toBe<(html: string) => string>()
})
