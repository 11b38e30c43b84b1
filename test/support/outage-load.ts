import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { childEnv, loader } from './child.ts'
import { Client, type Reply } from './client.ts'

const script = fileURLToPath(new URL('outage-process.ts', import.meta.url))

/** Three processes on one store, and users who log in and out while it fails. Counts what went wrong. */
export class OutageLoad {
  readonly counts = { logins: 0, steps: 0, logouts: 0, revocations: 0, stolen: 0, unavailable: 0, restarts: 0 }
  /** A session that was ended and let in, or a login that was answered and is not there. */
  readonly wrong: string[] = []
  readonly #url: string
  readonly #mode: string
  readonly #end = new AbortController()
  #processes: { child: ChildProcess, origin: string }[] = []
  #users: Promise<void>[] = []
  /** Odd while everyone is being logged out: a login from before or then is not missed. */
  #losses = 0
  #rounds: number[] = []
  /** The cookies of sessions that are good, as far as their users know, and whose they are. */
  readonly #good = new Map<string, string>()

  constructor (url: string, mode: 'store' | 'revocation') {
    this.#url = url
    this.#mode = mode
  }

  async start (users: number): Promise<void> {
    this.#processes = await Promise.all([this.#launch(), this.#launch(), this.#launch()])
    this.#rounds = Array.from({ length: users }, () => 0)
    this.#users = this.#rounds.map((_, user) => this.#live(user))
  }

  /** Resolves once each user has gone through a whole round that began after now. */
  async recovers (): Promise<void> {
    const before = [...this.#rounds]
    while (this.#rounds.some((rounds, user) => rounds < (before[user] ?? 0) + 2) && this.wrong.length === 0) await sleep(20)
  }

  async stop (): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#users)
    this.kill()
  }

  kill (): void {
    for (const { child } of this.#processes) child.kill('SIGKILL')
  }

  async restartProcess (): Promise<void> {
    const [first] = this.#processes
    first?.child.kill('SIGKILL')
    const started = await this.#launch()
    this.#processes = [...this.#processes.slice(1), started]
    this.counts.restarts += 1
  }

  /** What loses sessions, such as a store without persistence: logins from before are not missed, and may not come back. */
  async losing (action: () => Promise<unknown>): Promise<void> {
    this.#losses += 1
    await action()
    this.#losses += 1
  }

  /** Ends all sessions, and tries the cookies of before. */
  async revokeAll (): Promise<void> {
    const before = [...this.#good.keys()]
    await this.losing(async () => await this.#answered(() => this.#client('').post('/revoke-all')))
    this.counts.revocations += 1
    await this.#tryStolen(before, 'revokeAll')
  }

  async #launch () {
    const child = spawn(process.execPath, ['--import', loader, script, this.#url, this.#mode],
      { env: childEnv, stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    if (!Buffer.isBuffer(line)) throw new Error('the process ended before it listened')
    return { child, origin: `http://127.0.0.1:${Number(line)}` }
  }

  /** A browser with a cookie, which asks any of the processes. */
  #client (cookie: string): Client {
    const { origin } = this.#processes[Math.floor(Math.random() * this.#processes.length)] as { origin: string }
    const client = new Client(origin)
    if (cookie !== '') client.cookies.set('session', cookie)
    return client
  }

  /** The answer of a process that is there, from a store that is there. */
  async #answered (send: () => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const reply = await send().catch(() => undefined)
      if (reply !== undefined && reply.status !== 503) return reply
      this.counts.unavailable += 1
      await sleep(30)
    }
  }

  /** Sends a request until it is answered. Resolves to the status and to the cookie of then. */
  async #post (path: string, cookie: string): Promise<{ status: number, cookie: string }> {
    let client = this.#client(cookie)
    const { status } = await this.#answered(() => {
      client = this.#client(cookie)
      return client.post(path)
    })
    return { status, cookie: client.cookies.get('session') ?? '' }
  }

  async #userOf (cookie: string): Promise<string | undefined> {
    const reply = await this.#answered(() => this.#client(cookie).get('/read'))
    return (reply.json as { userId?: string }).userId
  }

  async #tryStolen (cookies: string[], endedBy: string): Promise<void> {
    for (const cookie of cookies) {
      this.counts.stolen += 1
      const user = await this.#userOf(cookie)
      if (user !== undefined) this.wrong.push(`a session of ${user} that ${endedBy} had ended was let in`)
    }
  }

  /** One user with three browsers: logs in on each, works on one, and ends sessions in turn in each way that there is. */
  async #live (user: number): Promise<void> {
    const userId = `user-${user}`
    const ways = ['logout', 'except', 'revokeSubject', 'login'] as const
    const ended: string[] = []
    for (let round = 0; !this.#end.signal.aborted; round++) {
      const losses = this.#losses
      const cookies: string[] = []
      for (let browser = 0; browser < 3; browser++) {
        const { cookie } = await this.#post(`/login/${userId}`, '')
        this.#good.set(cookie, userId)
        cookies.push(cookie)
        this.counts.logins += 1
      }
      const [first = '', second = '', third = ''] = cookies
      const isThere = async (cookie: string, what: string) => {
        const found = await this.#userOf(cookie)
        if (found !== userId && losses === this.#losses && losses % 2 === 0) this.wrong.push(`${userId} ${what} and is logged out`)
      }
      const { cookie: working } = await this.#post('/step/1', first)
      this.counts.steps += 1
      await isThere(working, 'made a step')
      await isThere(second, 'logged in')

      const way = ways[(user + round) % ways.length] ?? 'logout'
      let over: string[] = []
      // Requests that are under way when their sessions end.
      const underWay = cookies.map((cookie) => this.#post('/step/2', cookie))
      if (way === 'logout') {
        await this.#post('/logout', second)
        over = [second]
        this.counts.logouts += 1
      } else if (way === 'except') {
        const { status } = await this.#post(`/logout-others/${userId}`, first)
        if (status === 200) over = [second, third]
        await isThere(first, 'was spared by except')
        this.counts.revocations += 1
      } else if (way === 'revokeSubject') {
        await this.#post(`/revoke/${userId}`, '')
        over = [...cookies, working]
        this.counts.revocations += 1
      } else {
        const { status, cookie } = await this.#post(`/login/${userId}`, first)
        if (status !== 200) this.wrong.push(`a login was answered ${status}`)
        over = [first, working]
        await isThere(cookie, 'logged in again')
        this.counts.logins += 1
      }
      const late = await Promise.all(underWay)
      over.push(...late.flatMap(({ cookie }, index) => over.includes(cookies[index] ?? '') && cookie !== '' ? [cookie] : []))
      ended.unshift(...over)
      for (const cookie of over) this.#good.delete(cookie)
      await this.#tryStolen(ended.slice(0, 12), way)
      for (const cookie of cookies.filter((each) => !over.includes(each))) await this.#post('/logout', cookie)
      for (const cookie of cookies) this.#good.delete(cookie)
      this.#rounds[user] = round + 1
      await sleep(20)
    }
  }
}
