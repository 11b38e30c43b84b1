import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { createSessionManager } from '../../../lib/index.ts'
import { Clock, cookieOf, makeApp, secret, sessionOf, setCookies } from '../../support/app.ts'

const schema = z.object({
  cart: z.array(z.string()).default([]),
  byDay: z.record(z.string(), z.array(z.number())).optional(),
  anything: z.unknown().optional(),
  seenAt: z.date().optional(),
  bytes: z.instanceof(Uint8Array).optional()
})
type Data = z.infer<typeof schema> & { unknown?: { list: string[] } }

function dataOf (request: FastifyRequest): Data {
  return sessionOf(request) as Data
}

function filled (): Data {
  return {
    cart: ['apple'], byDay: { monday: [1] }, anything: { list: ['x'] }, seenAt: new Date(5), bytes: Uint8Array.of(1), unknown: { list: ['y'] }
  }
}

for (const [how, options] of Object.entries({ signed: {}, encrypted: { encrypt: true }, 'in Flask\'s format': { format: 'flask' as const } })) {
  t.test(`what a request does to its session reaches no other with the same cookie (${how})`, async (t) => {
    const app = await makeApp({ ...options, schema })
    app.get('/fill', async (request) => { Object.assign(dataOf(request), filled()) })
    app.get('/spoil', async (request, reply) => {
      const data = dataOf(request)
      data.cart.push('pear')
      data.byDay?.['monday']?.push(2);
      (data.anything as { list: string[] }).list.push('y')
      data.seenAt?.setFullYear(1999)
      data.bytes?.fill(9)
      data.unknown?.list.push('z')
      delete data.unknown
      return reply.send('spoilt')
    })
    app.get('/data', async (request) => JSON.stringify(sessionOf(request).data()))
    const cookies = { session: cookieOf(await app.inject('/fill')) }
    const before = (await app.inject({ url: '/data', cookies })).json<object>()
    t.equal(setCookies(await app.inject({ url: '/spoil', cookies })).length, 1)
    t.same((await app.inject({ url: '/data', cookies })).json(), before)
  })
}

t.test('a remembered cookie still expires and is counted; one changed letter is refused', async (t) => {
  const clock = new Clock()
  const app = await makeApp({ now: clock.now, lifetime: 100, refresh: 'none' })
  const session = cookieOf(await app.inject('/login'))
  const reasonOf = async (cookie: string) => (await app.inject({ url: '/read', cookies: { session: cookie } })).json<{ reason?: string }>().reason
  t.equal(await reasonOf(session), undefined)
  t.equal(await reasonOf(session), undefined)
  t.same(app.getDecorator<{ session: { acceptedBySecret: number[] } }>('sessions').session.acceptedBySecret, [2])
  t.equal(await reasonOf(`f${session.slice(1)}`), 'signature')
  t.equal(await reasonOf(`${session.slice(0, -1)}${session.endsWith('A') ? 'E' : 'A'}`), 'signature')
  clock.pass(100)
  t.equal(await reasonOf(session), undefined)
  clock.pass(1)
  t.equal(await reasonOf(session), 'expired')
})

t.test('a schema that depends on the time is asked each time', async (t) => {
  let closed = false
  const app = await makeApp({ schema: z.object({ userId: z.number().refine(() => !closed).optional() }) })
  const session = cookieOf(await app.inject('/login'))
  const read = async () => (await app.inject({ url: '/read', cookies: { session } })).json<object>()
  t.same(await read(), { userId: 7 })
  closed = true
  t.same(await read(), { reason: 'schema' })
})

t.test('what a codec opened is the caller\'s own', async (t) => {
  const codec = createSessionManager({ schema, secret })
  const token = codec.seal(filled())
  for (let i = 0; i < 2; i++) {
    const opened = codec.open(token)
    if (!opened.ok) return t.fail(opened.reason)
    t.same(opened.data, filled())
    opened.data.cart.push('pear');
    (opened.data.anything as { list: string[] }).list.push('y')
  }
})

class Cart {
  readonly items: string[]

  constructor (items: string[]) {
    this.items = items
  }
}

t.test('each request gets its own decoded values, of their class, and sees their changes', async (t) => {
  class Later extends Date {}
  const codecs = z.object({
    cart: z.codec(z.unknown(), z.instanceof(Cart), { decode: (items) => new Cart(items as string[]), encode: ({ items }) => items }).optional(),
    bytes: z.codec(z.base64(), z.instanceof(Buffer), { decode: (text) => Buffer.from(text, 'base64'), encode: (bytes) => bytes.toString('base64') }).optional(),
    later: z.codec(z.number(), z.instanceof(Later), { decode: (time) => new Later(time), encode: (later) => later.getTime() }).default(() => new Later(5))
  })
  const app = await makeApp({ schema: codecs })
  type Made = z.infer<typeof codecs>
  const made = (request: FastifyRequest) => sessionOf(request) as unknown as Made
  app.get('/fill', async (request) => { Object.assign(made(request), { cart: new Cart(['apple']), bytes: Buffer.from('x') }) })
  app.get('/more', async (request) => { made(request).cart?.items.push('pear') })
  app.get('/look', async (request) => {
    const { cart, bytes, later } = made(request)
    return [cart instanceof Cart, Buffer.isBuffer(bytes), later instanceof Later, cart?.items]
  })
  const session = cookieOf(await app.inject('/fill'))
  const look = () => app.inject({ url: '/look', cookies: { session } })
  t.same((await look()).json(), [true, true, true, ['apple']])
  t.equal(setCookies(await look()).length, 0)
  t.equal(setCookies(await app.inject({ url: '/more', cookies: { session } })).length, 1)
  t.same((await look()).json(), [true, true, true, ['apple']])
})
