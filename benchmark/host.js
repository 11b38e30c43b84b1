import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLoad } from './load.js'
import { scenarios } from './scenarios.js'
import { shuffle } from './statistics.js'

const connections = 10
const slice = 0.1

/** A process of its own that serves some contestants, see server.js, and bare Fastify beside them. */
export class Host {
  static async start (names) {
    const all = [...new Set(['bare', ...names])]
    const child = fork(new URL('server.js', import.meta.url), all, { env: { ...process.env, NODE_ENV: 'production' } })
    const [served] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (typeof served !== 'object') throw new Error(`${names} did not start`)
    for (const contestant of Object.values(served)) contestant.prepared = await prepare(contestant)
    checkAnswers(served)
    return new Host(child, all, served)
  }

  constructor (child, names, served) {
    this.child = child
    this.names = names
    this.served = served
  }

  /** What a contestant has for a scenario, and answers; undefined where it does not do it. */
  prepared (name, scenario) {
    return this.served[name].prepared[scenario]
  }

  stop () {
    this.child.disconnect()
  }

  /**
   * CPU time in microseconds a request, and requests a second, of all that do a scenario. They take turns of a tenth of
   * a second, so that whatever the machine does beside, it does to all of them.
   */
  async measure (scenario, seconds) {
    const names = this.names.filter((name) => this.prepared(name, scenario))
    const sums = new Map(names.map((name) => [name, { cpu: 0, requests: 0, elapsed: 0 }]))
    for (let turn = 0; turn < Math.round(seconds / slice); turn++) {
      for (const name of shuffle(names)) {
        const { before, after, elapsed } = await this.#load(name, scenario, 'usage', 'usage')
        const sum = sums.get(name)
        sum.cpu += after.cpu - before.cpu
        sum.requests += after.requests - before.requests
        sum.elapsed += elapsed
      }
    }
    return names.map((name) => {
      const { cpu, requests, elapsed } = sums.get(name)
      return { name, scenario, cpu: cpu / requests, requestsPerSecond: requests / elapsed }
    })
  }

  /** Bytes that a contestant allocates for a request of a scenario. */
  async allocated (name, scenario) {
    const { before, after } = await this.#load(name, scenario, 'startSampling', 'stopSampling')
    return after.bytes / (after.requests - before.requests)
  }

  async #load (name, scenario, first, last) {
    const { port } = this.served[name]
    const stop = startLoad({ port, path: scenarios[scenario].path, cookies: this.prepared(name, scenario).cookies, connections })
    // Connecting is no part of the figures.
    await sleep(20)
    const before = await this.#ask(first)
    const start = performance.now()
    await sleep(slice * 1000)
    const after = await this.#ask(last)
    const elapsed = (performance.now() - start) / 1000
    stop()
    return { before, after, elapsed }
  }

  async #ask (question) {
    this.child.send(question)
    const [answer] = await once(this.child, 'message')
    return answer
  }
}

// By HTTP, as the requests that count: Fastify's inject has requests and responses of another make, and all code that has
// seen both kinds is slower for it.
async function prepare ({ port, hasPermanent }) {
  const prepared = {}
  for (const [scenario, { path, sessions, permanent = false }] of Object.entries(scenarios)) {
    if (permanent && !hasPermanent) continue
    const cookies = []
    for (let first = 0; first < sessions.length; first += connections) {
      cookies.push(...await Promise.all(sessions.slice(first, first + connections).map((data) => logIn(port, data, permanent))))
    }
    prepared[scenario] = { cookies, answer: await ask(port, path, cookies[0]) }
  }
  return prepared
}

/** The Cookie header of a session. */
async function logIn (port, data, permanent) {
  const response = await fetch(`http://127.0.0.1:${port}/login`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ data, permanent })
  })
  const [header] = response.headers.getSetCookie()
  return header.split(';')[0]
}

async function ask (port, path, cookie) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: cookie ? { cookie } : {} })
  return { status: response.status, body: await response.text() }
}

/** Figures of a contestant that did something else than bare Fastify would be worth nothing. */
function checkAnswers ({ bare, ...others }) {
  for (const [name, { prepared }] of Object.entries(others)) {
    for (const [scenario, { answer }] of Object.entries(prepared)) {
      assert.deepEqual(answer, { status: 200, body: bare.prepared[scenario].answer.body }, `${name}, ${scenario}`)
    }
  }
}
