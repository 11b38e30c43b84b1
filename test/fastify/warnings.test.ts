import Fastify from 'fastify'
import t from 'tap'
import fastifyTypedSession, { type TypedSessionOptions } from '../../lib/index.ts'
import { makeApp, schema, secret, type TestSession } from '../support/app.ts'

async function warnings (host: string, options: Partial<TypedSessionOptions> = {}, times = 1): Promise<string[]> {
  const lines: string[] = []
  const stream = { write: (line: string) => { lines.push(line) } }
  const app = await makeApp({ ...options, fastify: { logger: { level: 'warn', stream }, trustProxy: true } })
  for (let i = 0; i < times; i++) await app.inject({ url: '/login', headers: { host } })
  return lines.map((line) => JSON.parse(line).msg)
}

t.test('a cookie without Secure to a public host is one warning that names trustProxy', async (t) => {
  t.match(await warnings('shop.example', {}, 3), [/without Secure.*trustProxy/])
  t.match(await warnings('127.0.0.1.evil.example:3000'), [/trustProxy/])
  t.match(await warnings('shop.example', { cookie: { secure: false } }), [/trustProxy/])
})

t.test('a Secure cookie, or a host that is this machine, causes no warning', async (t) => {
  t.same(await warnings('shop.example', { cookie: { secure: true } }), [])
  for (const host of ['localhost', 'localhost:3000', 'app.localhost', '127.0.0.1:3000', '127.8.9.1', '[::1]:3000']) {
    t.same(await warnings(host), [], host)
  }
})

t.test('a domain that is not the host or a parent of it is warned about, once', async (t) => {
  const cookie = { secure: true, domain: 'Shop.Example' }
  t.match(await warnings('other.example', { cookie }, 3), [/its `cookie\.domain` is not the host/])
  for (const host of ['myshop.example', 'example', 'shop.example.org', '127.0.0.1:3000']) t.equal((await warnings(host, { cookie })).length, 1, host)
  for (const host of ['shop.example', 'SHOP.example:3000', 'www.Shop.Example', 'a.b.shop.example:80']) t.same(await warnings(host, { cookie }), [], host)
  t.equal((await warnings('shop.example', { cookie: { ...cookie, domain: 'example' } })).length, 1, 'a name without a dot is for its own host')
  t.same(await warnings('example', { cookie: { ...cookie, domain: '.Example' } }), [])
  t.match(await warnings('other.example', { cookie: { domain: 'shop.example' } }, 3), [/without Secure/, /cookie\.domain/], 'beside a missing Secure')
})

t.test('many sessions in one request leak no listener, and Node.js does not warn', async (t) => {
  const warned: Error[] = []
  const note = (warning: Error) => { warned.push(warning) }
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const app = Fastify()
  const names = Array.from({ length: 12 }, (_, index) => `session${index}`)
  for (const name of names) await app.register(fastifyTypedSession, { schema, secret, name })
  app.get('/', async (request) => { for (const name of names) request.getDecorator<TestSession>(name).userId = 7 })
  t.equal((await app.inject('/')).cookies.length, names.length)
  await new Promise((resolve) => setImmediate(resolve))
  t.same(warned, [])
})
