import t from 'tap'
import { makeApp } from '../../support/app.ts'
import type { TypedSessionOptions } from '../../../lib/index.ts'

async function warnings (host: string, options: Partial<TypedSessionOptions> = {}, times = 1): Promise<string[]> {
  const lines: string[] = []
  const stream = { write: (line: string) => { lines.push(line) } }
  const app = await makeApp({ ...options, fastify: { logger: { level: 'warn', stream }, trustProxy: true } })
  for (let i = 0; i < times; i++) await app.inject({ url: '/login', headers: { host } })
  return lines.map((line) => JSON.parse(line).msg)
}

t.test('a cookie that is sent without Secure to a public host is warned about, once, with the word trustProxy', async (t) => {
  t.match(await warnings('shop.example', {}, 3), [/without Secure.*trustProxy/])
  t.match(await warnings('127.0.0.1.evil.example:3000'), [/trustProxy/])
  t.match(await warnings('shop.example', { cookie: { secure: false } }), [/trustProxy/])
})

t.test('nothing is warned about where the cookie is Secure, or where the host is this machine', async (t) => {
  t.same(await warnings('shop.example', { cookie: { secure: true } }), [])
  for (const host of ['localhost', 'localhost:3000', 'app.localhost', '127.0.0.1:3000', '127.8.9.1', '[::1]:3000']) {
    t.same(await warnings(host), [], host)
  }
})
