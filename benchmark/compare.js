// node compare.js <dist> <dist> …: builds of this plugin against each other, for who is changing it.
//
// Two processes that run the same code differ by more than most changes gain, so here all builds live in one, beside a
// bare Fastify, and take turns. Prints the CPU time that each adds to a request, in µs, and the quartiles.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import autocannon from 'autocannon'
import Fastify from 'fastify'
import { large, secret, small } from './data.js'
import { schema } from './schema.js'
import { quantile, shuffle } from './statistics.js'

const rounds = 40
const seconds = 0.15
const scenarios = {
  untouched: { path: '/untouched', data: small },
  read: { path: '/read', data: small },
  write: { path: '/write', data: small },
  refresh: { path: '/untouched', data: small, permanent: true },
  'read 1 KB': { path: '/read', data: large }
}

if (process.send) await serve(['bare', ...process.argv.slice(2)])
else await drive(process.argv.slice(2))

async function serve (builds) {
  let requests = 0
  const variants = {}
  for (const build of builds) {
    const app = Fastify()
    app.server.on('request', () => { requests++ })
    if (build !== 'bare') {
      const { fastifyTypedSession } = await import(pathToFileURL(resolve(build, 'index.js')).href)
      await app.register(fastifyTypedSession, { schema, secret })
    }
    app.get('/untouched', async () => 'untouched')
    app.get('/read', async ({ session = small }) => session.name)
    app.get('/write', async ({ session = { visits: 1 } }) => String(++session.visits))
    app.post('/login', async ({ session, body: { data, permanent } }) => {
      Object.assign(session, data)
      session.permanent = permanent
      return 'logged in'
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    variants[build] = { port: app.server.address().port, cookies: {} }
    for (const [name, { data, permanent = false }] of Object.entries(scenarios)) {
      if (build === 'bare') continue
      const response = await app.inject({ method: 'POST', url: '/login', payload: { data, permanent } })
      variants[build].cookies[name] = response.headers['set-cookie'].split(';')[0]
    }
  }
  process.on('message', () => process.send({ cpu: process.cpuUsage(), requests }))
  process.on('disconnect', () => process.exit())
  process.send(variants)
}

async function drive (builds) {
  const child = fork(import.meta.filename, builds, { env: { ...process.env, NODE_ENV: 'production' } })
  const [variants] = await once(child, 'message')
  for (const build of Object.values(variants)) {
    for (const name of Object.keys(scenarios)) build.cookies[name] ??= variants[builds[0]].cookies[name]
  }
  for (const [name, { path }] of Object.entries(scenarios)) {
    const overheads = Object.fromEntries(builds.map((build) => [build, []]))
    for (let round = -2; round < rounds; round++) {
      const cpu = {}
      for (const build of shuffle(Object.keys(variants))) cpu[build] = await slice(child, variants[build], name, path)
      if (round >= 0) for (const build of builds) overheads[build].push(cpu[build] - cpu.bare)
    }
    for (const build of builds) {
      const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(overheads[build], q).toFixed(1))
      console.log(`${name.padEnd(12)} ${build.padEnd(20)} +${middle} (${low} to ${high})`)
    }
  }
  child.disconnect()
}

async function slice (child, { port, cookies }, name, path) {
  const ask = async () => {
    child.send('usage')
    const [answer] = await once(child, 'message')
    return answer
  }
  const load = autocannon({
    url: `http://127.0.0.1:${port}${path}`, connections: 10, headers: { cookie: cookies[name] }, duration: 3600, sampleInt: 10
  })
  await sleep(30)
  const before = await ask()
  await sleep(seconds * 1000)
  const after = await ask()
  load.stop()
  await load
  const used = (usage) => usage.user + usage.system
  return (used(after.cpu) - used(before.cpu)) / (after.requests - before.requests)
}
