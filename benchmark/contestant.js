import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLoad } from './load.js'

const connections = 10

/** One contestant in a process of its own, see server.js. */
export class Contestant {
  static async start (name) {
    const child = fork(new URL('server.js', import.meta.url), [name], { env: { ...process.env, NODE_ENV: 'production' } })
    const [ready] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (typeof ready !== 'object') throw new Error(`${name} did not start`)
    return new Contestant(name, child, ready)
  }

  constructor (name, child, { port, prepared }) {
    this.name = name
    this.child = child
    this.port = port
    this.prepared = prepared
  }

  stop () {
    this.child.disconnect()
  }

  /** CPU time in microseconds and allocated bytes a request, and requests a second, of one scenario under load. */
  async measure ({ scenario, path, seconds, sampleHeap = false }) {
    const { cookies } = this.prepared[scenario]
    const stop = startLoad({ port: this.port, path, cookies, connections })
    // Connecting and warming up are no part of the figures.
    await sleep(seconds * 300)
    const before = await this.#ask(sampleHeap ? 'startSampling' : 'usage')
    const start = performance.now()
    await sleep(seconds * 1000)
    const after = await this.#ask(sampleHeap ? 'stopSampling' : 'usage')
    const elapsed = performance.now() - start
    stop()

    const requests = after.requests - before.requests
    return {
      cpu: (after.cpu - before.cpu) / requests,
      requestsPerSecond: requests / elapsed * 1000,
      bytes: after.bytes === undefined ? undefined : after.bytes / requests
    }
  }

  async #ask (question) {
    this.child.send(question)
    const [answer] = await once(this.child, 'message')
    return answer
  }
}
