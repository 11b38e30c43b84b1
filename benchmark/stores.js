// npm run benchmark:stores [-- --quick]: what sessions in Redis cost, in Node.js and in Redis, into results-stores.json.
// Then: node benchmark/readme.js
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createClient } from 'redis'
import { Host } from './host.js'
import { storeTable } from './report.js'
import { pickScenarios } from './scenarios.js'
import { describeSetting, settingText } from './setting.js'
import { interval, median, round, shuffle } from './statistics.js'

const { values: { quick } } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const { rounds, seconds, warmUp } = quick ? { rounds: 1, seconds: 0.1, warmUp: 0 } : { rounds: 20, seconds: 0.3, warmUp: 2 }
const names = ['redis-typed-session', 'redis-typed-session-revocation', 'redis-session', 'redis-express-session']
const scenarios = pickScenarios(['read', 'write and follow'])
const counters = ['cpu', 'redisCpu', 'commands']

const setting = describeSetting(['@fastify/session', 'express-session', 'connect-redis', 'redis'])
const redis = await startRedis()
const hosts = await Promise.all(names.map((name) => Host.start([name], {
  scenarios, env: { REDIS_URL: redis.url }, meter: redis.meter
})))
const cells = []
for (let turn = -1; turn < rounds; turn++) {
  for (const scenario of shuffle(Object.keys(scenarios))) {
    for (const host of shuffle(hosts)) {
      const [bare, measured] = await host.measure(scenario, turn === -1 ? warmUp : seconds)
      if (turn >= 0) cells.push({ round: turn, scenario, contestant: measured.name, ...measured, cpu: measured.cpu - bare.cpu })
    }
  }
}
for (const host of hosts) host.stop()
await redis.stop()

const results = {
  effort: quick ? 'quick' : 'full',
  ...setting,
  units: { cpu: 'µs of Node.js a request over bare Fastify', redisCpu: 'µs of Redis a request', commands: 'commands a request' },
  contestants: Object.fromEntries(names.map((name) => [name, Object.fromEntries(Object.keys(scenarios).map((scenario) => [
    scenario,
    Object.fromEntries(counters.map((counter) => [counter, round(median(figures(name, scenario, counter)), 1)]))
  ]))])),
  targets: [target('redis-typed-session', 'redis-session', 'read', 0.9)]
}
await writeFile(new URL('results-stores.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
console.log(`${storeTable(results)}\n\n${settingText(results)}`)

function figures (name, scenario, counter) {
  return cells.filter((cell) => cell.contestant === name && cell.scenario === scenario).map((cell) => cell[counter])
}

function target (name, other, scenario, limit) {
  const [ours, theirs] = [figures(name, scenario, 'cpu'), figures(other, scenario, 'cpu')]
  const ratio = (turns) => median(turns.map((turn) => ours[turn])) / median(turns.map((turn) => theirs[turn]))
  const turns = [...ours.keys()]
  return { name: `${name}, ${scenario}, against ${other}`, limit, measured: round(ratio(turns)), interval: interval(turns, ratio).map((bound) => round(bound)) }
}

/** A Redis for this run, without persistence, on a free port. */
async function startRedis () {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' })
  const url = `redis://127.0.0.1:${port}`
  await sleep(500)
  const client = await createClient({ url }).connect()
  return {
    url,
    // Commands of the meter itself are few beside those of a tenth of a second of load.
    async meter () {
      const info = await client.info('all')
      const figure = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)[1])
      return { redisCpu: 1e6 * (figure('used_cpu_user') + figure('used_cpu_sys')), commands: figure('total_commands_processed') }
    },
    async stop () {
      client.destroy()
      server.kill()
      await once(server, 'exit')
    }
  }
}
