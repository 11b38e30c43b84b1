import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** A Python that has Flask. */
export const python = ['/usr/bin/python3', 'python3'].find((program) => {
  try {
    execFileSync(program, ['-c', 'import flask'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

/** Starts the Flask app beside this file; its address. It ends with the test. */
export async function startFlask (t: Test): Promise<string> {
  const child = spawn(python ?? '', [fileURLToPath(new URL('app.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(async () => {
    child.stdin.end()
    await once(child, 'exit')
  })
  const [port] = await once(child.stdout, 'data')
  return `http://127.0.0.1:${String(port).trim()}`
}

/** One cookie jar for both apps. */
export class Jar {
  cookie: string | undefined

  async send (url: string, body?: unknown): Promise<{ json: unknown, setCookie: string[] }> {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...(this.cookie !== undefined && { cookie: `session=${this.cookie}` }) },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    const setCookie = response.headers.getSetCookie()
    for (const header of setCookie) {
      const [, value = ''] = /^session="?([^;"]*)"?/.exec(header) ?? []
      this.cookie = value === '' ? undefined : value
    }
    return { json: await response.json(), setCookie }
  }
}
