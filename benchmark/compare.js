// node compare.js [--only read,write] [--encrypt] ../dist ../other-dist secure-session …: builds of this plugin, and
// contestants, against each other.
//
// Two processes that run the same code differ by more than most changes gain, so here all live in one, beside a bare
// Fastify, and take turns. Prints the CPU time that each adds to a request, in µs, and the quartiles.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import { contestant } from './contestants/typed-session.js'
import { large, small } from './data.js'
import { startLoad } from './load.js'
import { quantile, shuffle } from './statistics.js'

const rounds = 40
const seconds = 0.1
const { values: { only, encrypt }, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, encrypt: { type: 'boolean', default: false } }
})
const all = {
  untouched: { path: '/untouched', data: small },
  read: { path: '/read', data: small },
  write: { path: '/write', data: small },
  refresh: { path: '/untouched', data: small, permanent: true },
  'read 1 KB': { path: '/read', data: large },
  'write 1 KB': { path: '/write', data: large }
}
const scenarios = Object.fromEntries(Object.entries(all).filter(([name]) => only === undefined || only.split(',').includes(name)))

if (process.send) await serve(['bare', ...names])
else await drive()

async function serve (names) {
  let requests = 0
  const variants = {}
  for (const name of names) {
    const { hasPermanent = false, register, login, read, write } = await load(name)
    const app = Fastify()
    app.server.on('request', () => { requests++ })
    await register(app)
    app.get('/untouched', async () => 'untouched')
    app.get('/read', async (request, reply) => read(request, reply))
    app.get('/write', async (request, reply) => String(await write(request, reply)))
    app.post('/login', async (request, reply) => {
      await login(request, reply, request.body.data, request.body.permanent)
      return 'logged in'
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    variants[name] = { port: app.server.address().port, cookies: {} }
    for (const [scenario, { data, permanent = false }] of Object.entries(scenarios)) {
      if (permanent && !hasPermanent) continue
      const response = await app.inject({ method: 'POST', url: '/login', payload: { data, permanent } })
      const [header] = [response.headers['set-cookie']].flat()
      variants[name].cookies[scenario] = header.split(';')[0]
    }
  }
  process.on('message', () => process.send({ cpu: process.cpuUsage(), requests }))
  process.on('disconnect', () => process.exit())
  process.send(variants)
}

async function load (name) {
  if (!name.includes('/')) return (await import(`./contestants/${name}.js`)).default
  return contestant((await import(pathToFileURL(resolve(name, 'index.js')).href)).default, { encrypt })
}

async function drive () {
  const child = fork(import.meta.filename, process.argv.slice(2), { env: { ...process.env, NODE_ENV: 'production' } })
  const [variants] = await once(child, 'message')
  for (const [scenario, { path }] of Object.entries(scenarios)) {
    const having = names.filter((name) => variants[name].cookies[scenario])
    const overheads = Object.fromEntries(having.map((name) => [name, []]))
    for (let round = -2; round < rounds; round++) {
      const cpu = {}
      for (const name of shuffle(['bare', ...having])) cpu[name] = await slice(child, variants[name], scenario, path)
      if (round >= 0) for (const name of having) overheads[name].push(cpu[name] - cpu.bare)
    }
    for (const name of having) {
      const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(overheads[name], q).toFixed(1))
      console.log(`${scenario.padEnd(12)} ${name.padEnd(24)} +${middle} (${low} to ${high})`)
    }
  }
  child.disconnect()
}

async function slice (child, { port, cookies }, scenario, path) {
  const ask = async () => {
    child.send('usage')
    const [answer] = await once(child, 'message')
    return answer
  }
  const stop = startLoad({ port, path, cookies: [cookies[scenario]].filter(Boolean), connections: 10 })
  await sleep(30)
  const before = await ask()
  await sleep(seconds * 1000)
  const after = await ask()
  stop()
  const used = (usage) => usage.user + usage.system
  return (used(after.cpu) - used(before.cpu)) / (after.requests - before.requests)
}
