import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/** Has an app listen on loopback until the test ends, and gives a client with a cookie jar. */
export async function serve (t: Test, app: FastifyInstance): Promise<Client> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => await app.close())
  return new Client(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
}

/** Keeps cookies by their names, as a browser does for one host, and follows no redirect. */
export class Client {
  readonly origin: string
  readonly cookies = new Map<string, string>()

  constructor (origin: string) {
    this.origin = origin
  }

  get cookieHeader (): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async get (path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return await this.send(path, { headers })
  }

  /** Posts a body as JSON. */
  async post (path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Reply> {
    return await this.send(path, {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers }
    })
  }

  async send (path: string, init: RequestInit): Promise<Reply> {
    const headers = new Headers(init.headers)
    if (this.cookies.size > 0) headers.set('cookie', this.cookieHeader)
    const response = await fetch(this.origin + path, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return new Reply(response, await response.text())
  }
}

export class Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: string

  constructor ({ status, headers }: Response, body: string) {
    this.status = status
    this.headers = headers
    this.body = body
  }

  get json (): unknown {
    return JSON.parse(this.body)
  }
}
