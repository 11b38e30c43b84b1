import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf, converse, cookieOf, requestOf, startLoad } from './load.js'
import { scenarios as allScenarios } from './scenarios.js'
import { shuffle } from './statistics.js'

const slice = 0.1
/** More sessions than this are not begun with a contestant that calls itself slow: it would take minutes. */
const mostSlowSessions = 1000

/** A process of its own that serves some contestants, see server.js, and bare Fastify beside them. */
export class Host {
  /**
   * `mostSessions` bounds the sessions of a scenario. `meter` resolves to more counters, which are read beside those of
   * the process. `logIn` resolves to the Cookie headers of sessions, if there is more to it than one answer.
   */
  static async start (names, { scenarios = allScenarios, mostSessions = Infinity, connections = 10, env = {}, meter = async () => ({}), logIn = logInAll } = {}) {
    const all = [...new Set(['bare', ...names])]
    const child = fork(new URL('server.js', import.meta.url), all, { env: { ...process.env, NODE_ENV: 'production', ...env }, execArgv: [] })
    const [served] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (typeof served !== 'object') throw new Error(`${names} did not start`)
    for (const contestant of Object.values(served)) contestant.prepared = await prepare(contestant, scenarios, mostSessions, logIn)
    checkAnswers(served)
    return new Host(child, all, served, connections, meter)
  }

  #child
  #served
  #connections
  #meter

  constructor (child, names, served, connections, meter) {
    this.names = names
    this.#child = child
    this.#served = served
    this.#connections = connections
    this.#meter = meter
  }

  stop () {
    this.#child.disconnect()
  }

  /**
   * CPU time in microseconds and other counters a request, and requests a second, of all that do a scenario. They take
   * turns of a tenth of a second, so that whatever the machine does beside, it does to all of them.
   */
  async measure (scenario, seconds) {
    const names = this.names.filter((name) => this.#served[name].prepared[scenario] !== undefined)
    const sums = new Map(names.map((name) => [name, { elapsed: 0 }]))
    for (let turn = 0; turn < Math.round(seconds / slice); turn++) {
      for (const name of shuffle(names)) {
        const { before, after, elapsed } = await this.#load(name, scenario, 'usage', 'usage')
        const sum = sums.get(name)
        sum.elapsed += elapsed
        for (const counter of Object.keys(before)) sum[counter] = (sum[counter] ?? 0) + after[counter] - before[counter]
      }
    }
    return names.map((name) => {
      const { requests, elapsed, ...counters } = sums.get(name)
      const each = Object.fromEntries(Object.entries(counters).map(([counter, sum]) => [counter, sum / requests]))
      return { name, scenario, ...each, requestsPerSecond: requests / elapsed }
    })
  }

  /** Bytes that a contestant allocates for a request of a scenario. */
  async allocated (name, scenario) {
    const { before, after } = await this.#load(name, scenario, 'startSampling', 'stopSampling')
    return after.bytes / (after.requests - before.requests)
  }

  async #load (name, scenario, first, last) {
    const { port, prepared } = this.#served[name]
    const stop = startLoad(port, this.#connections, prepared[scenario].nextRequest)
    // Connecting is no part of the figures.
    await sleep(20)
    const before = { ...await this.#meter(), ...await this.#ask(first) }
    const start = performance.now()
    await sleep(slice * 1000)
    const after = { ...await this.#ask(last), ...await this.#meter() }
    const elapsed = (performance.now() - start) / 1000
    await stop()
    return { before, after, elapsed }
  }

  async #ask (question) {
    this.#child.send(question)
    const [answer] = await once(this.#child, 'message')
    return answer
  }
}

// Over HTTP, like the requests that count: Fastify's inject has requests and responses of another make, and all code that
// has seen both kinds is slower for it.
async function prepare ({ port, hasPermanent, slow }, scenarios, mostSessions, logIn) {
  const prepared = {}
  for (const [scenario, { path, sessions, permanent = false, follow = false }] of Object.entries(scenarios)) {
    if ((permanent && !hasPermanent) || (slow && Math.min(sessions.length, mostSessions) > mostSlowSessions)) continue
    const cookies = await logIn(port, sessions.slice(0, mostSessions), permanent)
    const answer = await ask(port, requestOf('GET', path, cookies[0]))
    const followed = follow ? await ask(port, requestOf('GET', path, cookieOf(answer) ?? cookies[0])) : undefined
    prepared[scenario] = {
      answer: bodyOf(answer),
      followed: followed && bodyOf(followed),
      nextRequest: follow ? followCookies(path, cookies) : takeTurns(path, cookies)
    }
  }
  return prepared
}

/** The Cookie headers of sessions, in any order. */
async function logInAll (port, sessions, permanent) {
  const cookies = []
  const left = sessions.values()
  const next = (answer) => {
    if (answer !== undefined) cookies.push(cookieOf(answer))
    const { value: data, done } = left.next()
    return done ? undefined : requestOf('POST', '/login', undefined, { data, permanent })
  }
  await Promise.all(Array.from({ length: 10 }, () => converse(port, next)))
  return cookies
}

/** The answer to one request. */
export async function ask (port, request) {
  let answer
  await converse(port, (given) => {
    answer = given
    return given === undefined ? request : undefined
  })
  return answer
}

// Goes on where it stopped: a memory of tokens sees each of them again after all others only.
function takeTurns (path, cookies) {
  const requests = (cookies.length > 0 ? cookies : [undefined]).map((cookie) => requestOf('GET', path, cookie))
  let turn = 0
  return () => () => requests[turn++ % requests.length]
}

function followCookies (path, cookies) {
  return (connection) => {
    let cookie = cookies[connection % cookies.length]
    return (answer) => {
      if (answer !== undefined) cookie = cookieOf(answer) ?? cookie
      return requestOf('GET', path, cookie)
    }
  }
}

/** Figures of a contestant that did something else than bare Fastify would be worth nothing. */
function checkAnswers ({ bare, ...others }) {
  for (const [name, { prepared }] of Object.entries(others)) {
    for (const [scenario, { answer, followed }] of Object.entries(prepared)) {
      assert.equal(answer, bare.prepared[scenario].answer, `${name}, ${scenario}`)
      // Bare Fastify has no session to follow.
      if (followed !== undefined && !name.startsWith('bare')) assert.equal(followed, '3', `${name}, ${scenario}: the second visit`)
    }
  }
}
