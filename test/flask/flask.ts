import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** A Python that has Flask. */
export const python = pythonWith('flask')

/** A Python that has Flask-Login and Flask-WTF as well. */
export const pythonWithLogin = pythonWith('flask, flask_login, flask_wtf')

function pythonWith (modules: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((program) => {
    try {
      execFileSync(program, ['-c', `import ${modules}`], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

/** Starts the Flask app beside this file; its address. It ends with the test. */
export async function startFlask (t: Test): Promise<string> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(python ?? '', [fileURLToPath(new URL('app.py', import.meta.url))], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(async () => {
    child.stdin.end()
    await once(child, 'exit')
  })
  const [port] = await once(child.stdout, 'data')
  return `http://127.0.0.1:${String(port).trim()}`
}

/** One cookie jar for both apps, and the headers of its browser. */
export class Jar {
  readonly cookies = new Map<string, string>()
  headers: Record<string, string> = {}

  get cookie (): string | undefined {
    return this.cookies.get('session')
  }

  set cookie (value: string | undefined) {
    if (value === undefined) this.cookies.delete('session')
    else this.cookies.set('session', value)
  }

  async send (url: string, body?: unknown): Promise<{ json: unknown, setCookie: string[] }> {
    const response = await this.fetch(url, body)
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    return { json: await response.json(), setCookie: response.headers.getSetCookie() }
  }

  async status (url: string, body?: unknown): Promise<number> {
    return (await this.fetch(url, body)).status
  }

  async fetch (url: string, body?: unknown): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...this.headers, ...(cookie !== '' && { cookie }) },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    for (const header of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (value === '' || value === '""') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }
}
