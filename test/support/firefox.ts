import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import { findProgram, needs } from './peer.ts'

const program = findProgram(process.env.FIREFOX_PATH, 'firefox-esr', 'firefox')
export const needsFirefox = needs('Firefox', program)

/** A person's Firefox, driven by Marionette: https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html */
export class Firefox {
  readonly #socket: Socket
  readonly #answers = new Map<number, (answer: { error: { message: string } | null, value: unknown }) => void>()
  #received = Buffer.alloc(0)
  #last = 0

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.on('data', (data) => { this.#receive(data) })
  }

  /** Starts one with a profile of its own. */
  static async start (t: Test): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), 'firefox-'))
    writeFileSync(join(profile, 'user.js'), 'user_pref("marionette.port", 0);')
    const browser = spawn(program ?? '', ['--headless', '--marionette', '--no-remote', '--profile', profile], { stdio: 'ignore' })
    t.teardown(async () => {
      await stop(browser)
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    })
    const socket = connect(await portOf(profile), '127.0.0.1')
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    const firefox = new Firefox(socket)
    await firefox.#do('WebDriver:NewSession', {})
    return firefox
  }

  async goto (url: string): Promise<void> {
    await this.#do('WebDriver:Navigate', { url })
  }

  async goBack (): Promise<void> {
    await this.#do('WebDriver:Back', {})
  }

  async title (): Promise<string> {
    return String(await this.#do('WebDriver:GetTitle', {}))
  }

  /** What the server answers to a request of the page's script. */
  async fetch (path: string): Promise<string> {
    const script = 'const [path, done] = arguments; fetch(path).then((response) => response.text()).then(done, (error) => done(String(error)))'
    return String(await this.#do('WebDriver:ExecuteAsyncScript', { script, args: [path] }))
  }

  /** The cookies that it would send for the page. */
  async cookies (): Promise<string[]> {
    const cookies = await this.#do('WebDriver:GetCookies', {}) as Array<{ name: string, value: string, expiry?: number }>
    // It lists some that have just expired, and would not send them.
    const now = Date.now() / 1000
    return cookies.filter(({ expiry = Infinity }) => expiry > now + 1).map(({ name, value }) => `${name}=${value}`)
  }

  async #do (name: string, parameters: object): Promise<unknown> {
    const id = ++this.#last
    const answer = new Promise<{ error: { message: string } | null, value: unknown }>((resolve) => this.#answers.set(id, resolve))
    const command = JSON.stringify([0, id, name, parameters])
    this.#socket.write(`${Buffer.byteLength(command)}:${command}`)
    const { error, value } = await answer
    if (error !== null) throw new Error(`${name}: ${error.message}`)
    return value
  }

  // Each message comes after its length and a colon. The first one is a greeting.
  #receive (data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    for (;;) {
      const start = this.#received.indexOf(':') + 1
      const end = start + Number(this.#received.subarray(0, Math.max(0, start - 1)))
      if (start === 0 || this.#received.length < end) return
      const message: unknown = JSON.parse(this.#received.toString('utf8', start, end))
      this.#received = this.#received.subarray(end)
      if (!Array.isArray(message)) continue
      const [, id, error, result] = message
      this.#answers.get(id)?.({ error, value: Array.isArray(result) ? result : result?.value })
    }
  }
}

async function portOf (profile: string): Promise<number> {
  const file = join(profile, 'MarionetteActivePort')
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await setTimeout(50)
  return Number(readFileSync(file, 'utf8'))
}

async function stop (browser: ChildProcess): Promise<void> {
  if (browser.exitCode !== null || browser.signalCode !== null) return
  browser.kill()
  await once(browser, 'exit')
}
