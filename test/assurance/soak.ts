// A million requests over a real socket: `npm run test:long` runs it, with --expose-gc. It has no short form, since a
// short run says nothing about a leak.
import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { makeApp } from '../support/app.ts'
import { report } from '../support/assurance.ts'

const count = 1_000_000
const warmUp = 100_000
const inParallel = 16
const routes = ['/login', '/remember', '/read', '/untouched', '/push', '/logout', '/nowhere']
const megabyte = 1024 * 1024

t.test('memory stays flat over a million requests', { timeout: 0 }, async (t) => {
  const app = await makeApp()
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: inParallel })
  t.teardown(() => agent.destroy())

  await drive(port, agent, warmUp)
  const before = memory()
  await drive(port, agent, count)
  const after = memory()

  const grown = { rss: (after.rss - before.rss) / megabyte, heap: (after.heap - before.heap) / megabyte }
  report(t, {
    measure: `soak over a socket: ${count.toLocaleString('en')} requests`,
    figure: `RSS ${grown.rss.toFixed(1)} MB, heap ${grown.heap.toFixed(2)} MB`,
    target: 'at most +5 MB and +1 MB',
    of: 'lib',
    command: 'npm run test:long -- test/assurance/soak.ts'
  })
  t.ok(grown.rss <= 5, 'RSS')
  t.ok(grown.heap <= 1, 'heap')
})

async function drive (port: number, agent: Agent, requests: number): Promise<void> {
  await Promise.all(Array.from({ length: inParallel }, async (_, client) => {
    let cookie = ''
    for (let i = 0; i < requests / inParallel; i++) {
      const path = routes[(i + client) % routes.length] ?? '/'
      const set = await get(port, agent, path, cookie)
      if (set !== undefined) cookie = set
    }
  }))
}

function get (port: number, agent: Agent, path: string, cookie: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent, path, headers: { cookie } }, (response) => {
      response.resume().on('end', () => resolve(response.headers['set-cookie']?.[0]?.split(';')[0]))
    }).on('error', reject).end()
  })
}

function memory (): { rss: number, heap: number } {
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heap: heapUsed }
}
