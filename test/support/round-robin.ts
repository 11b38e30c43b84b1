import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { childEnv, loader } from './child.ts'

const script = fileURLToPath(new URL('store-process.ts', import.meta.url))

/** A server in a process of its own, which shares a Redis with others. */
export class StoreProcess {
  answered = 0
  readonly port: number
  readonly #child: ChildProcess

  constructor (child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start (redisUrl: string): Promise<StoreProcess> {
    const child = spawn(process.execPath, ['--import', loader, script, redisUrl], { env: childEnv, stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    if (!Buffer.isBuffer(line)) throw new Error('the process ended before it listened')
    return new StoreProcess(child, Number(line))
  }

  get killed (): boolean {
    return this.#child.killed
  }

  kill (): void {
    this.#child.kill('SIGKILL')
  }

  async ended (): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}

/** When a process is killed: as a request comes to it, or when it has done all for it and the answer is on its way. */
export type Moment = 'socket' | 'response'

/** Gives each request to the next process, and to the one after where that refuses it. */
export class RoundRobin {
  readonly processes: StoreProcess[]
  readonly #server: Server
  #turn = 0
  #kill: { moment: Moment, done: (index: number) => void } | undefined
  /** Requests that a killed process took with it: each is answered 502, with the header `lost`. */
  lost = 0

  constructor (processes: StoreProcess[]) {
    this.processes = processes
    this.#server = createServer((incoming, reply) => this.#take(incoming, reply))
  }

  async listen (): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close (): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Kills the process that gets the next request, and resolves to its index. */
  killAt (moment: Moment): Promise<number> {
    return new Promise((resolve) => { this.#kill = { moment, done: resolve } })
  }

  async #take (incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray())
    this.#pass(incoming, body, reply, this.processes.length)
  }

  #pass (incoming: IncomingMessage, body: Buffer, reply: ServerResponse, tries: number): void {
    const index = this.#turn++ % this.processes.length
    const to = this.processes[index]!
    const { method, url: path, headers } = incoming
    const outgoing = request({ host: '127.0.0.1', port: to.port, method, path, headers, agent: false })
    const kill = to.killed ? undefined : this.#kill
    if (kill !== undefined) this.#kill = undefined
    const strike = () => {
      to.kill()
      kill?.done(index)
    }
    const lose = () => {
      if (reply.headersSent) return
      if (to.killed) this.lost++
      reply.writeHead(502, to.killed ? { lost: 'in a killed process' } : {}).end()
    }
    if (kill?.moment === 'socket') outgoing.once('socket', (socket) => socket.once('connect', strike))
    outgoing.once('response', async (answer) => {
      if (kill?.moment === 'response') {
        strike()
        lose()
      }
      try {
        const content = Buffer.concat(await answer.toArray())
        if (reply.headersSent) return
        to.answered++
        reply.writeHead(answer.statusCode ?? 500, answer.headers).end(content)
      } catch {
        lose()
      }
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' && tries > 1) this.#pass(incoming, body, reply, tries - 1)
      else lose()
    })
    outgoing.end(body)
  }
}
