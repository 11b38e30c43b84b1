import type { FastifyInstance, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { secret } from '../support/app.ts'
import { noRedis, startRedis } from '../support/redis.ts'

const example = '../../examples/devices/app.js'

async function story (t: Test, redisUrl?: string) {
  const { buildApp } = await import(example) as { buildApp: (options: object) => Promise<FastifyInstance> }
  const app = await buildApp({ secret, redisUrl })
  t.teardown(() => app.close())

  const logIn = async (device: string) => {
    const reply = await app.inject({ method: 'POST', url: '/login/ada', headers: { 'user-agent': device } })
    const cookies = { session: String(reply.cookies[0]?.value) }
    return async (method: InjectOptions['method'], url: string) => await app.inject({ method: method ?? 'GET', url, cookies })
  }
  const [phone, laptop, stolen] = [await logIn('phone'), await logIn('laptop'), await logIn('stolen')]
  const devices = async () => (await phone('GET', '/devices')).json() as Array<{ id: string, data: string, current: boolean }>
  const found = await devices()
  t.same(found.map(({ data, current }) => ({ data, current })).sort((a, b) => a.data.localeCompare(b.data)),
    [{ data: 'laptop', current: false }, { data: 'phone', current: true }, { data: 'stolen', current: false }])

  t.equal((await phone('DELETE', '/devices/another')).statusCode, 404)
  t.equal((await phone('DELETE', `/devices/${found.find(({ data }) => data === 'stolen')?.id}`)).statusCode, 200)
  t.equal((await stolen('GET', '/devices')).statusCode, 401)

  t.equal((await phone('POST', '/logout-elsewhere')).statusCode, 200)
  t.equal((await laptop('GET', '/devices')).statusCode, 401)
  t.match(await devices(), [{ data: 'phone', current: true }])

  t.equal((await phone('POST', '/logout-everywhere')).statusCode, 200)
  t.equal((await phone('GET', '/devices')).statusCode, 401)
}

t.test('a user sees the devices, ends one, all others, and all', async (t) => {
  await story(t)
})

t.test('the same with Redis', { skip: noRedis }, async (t) => {
  const server = await startRedis()
  t.teardown(() => server.stop())
  await story(t, server.url)
})
