import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { cookieOf, makeApp } from '../support/app.ts'
import { report, runs } from '../support/assurance.ts'
import { Random } from '../support/random.ts'
import { tamper } from '../support/tamper.ts'

const inParallel = 16

/** What of a text a client can put into a header, byte by byte. */
function sendable (text: string): string {
  return [...Buffer.from(text)].filter((byte) => byte >= 0x20 && byte !== 0x7f).map((byte) => String.fromCharCode(byte)).join('')
}

/** One request over a real socket; what the session holds, or the status where it is no 200. */
function read (port: number, agent: Agent, cookie: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent, path: '/read', headers: { cookie } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk }).on('end', () => {
        resolve(response.statusCode === 200 ? body : String(response.statusCode))
      })
    }).on('error', reject).end()
  })
}

for (const encrypt of [false, true]) {
  const mode = encrypt ? 'encrypted' : 'signed'
  t.test(`a tampered cookie gives an empty session, and never an answer of 5xx (${mode})`, async (t) => {
    const app = await makeApp({ encrypt })
    t.teardown(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const agent = new Agent({ keepAlive: true, maxSockets: inParallel })
    t.teardown(() => agent.destroy())

    const genuine = await Promise.all(['/login', '/remember', '/push'].map(async (url) => cookieOf(await app.inject(url))))
    t.match(await read(port, agent, `session=${genuine[0]}`), '"userId":7', 'the cookie itself is good')

    const random = new Random(42)
    const count = runs(20_000) / 2
    const found = { accepted: 0, failed: 0 }
    const attack = async () => {
      for (let i = 0; i < count / inParallel; i++) {
        const changed = tamper(random.pick(['', ...genuine]) || 'x', random.pick(['x', ...genuine]), random)
        const sent = sendable(changed)
        // The cookie itself, with white space around it or a second cookie behind it, is no forgery.
        if (genuine.includes(sent.split(';')[0]?.trim() ?? '')) continue
        const body = await read(port, agent, `session=${sent}`)
        if (body.startsWith('5')) found.failed++
        else if (/userId|apple/.test(body)) found.accepted++
      }
    }
    await Promise.all(Array.from({ length: inParallel }, attack))
    report(t, {
      measure: `random tampering over HTTP, ${mode}: ${count.toLocaleString('en')}`,
      figure: `${found.accepted} sessions, ${found.failed} answers of 5xx`,
      target: '0 and 0',
      of: 'lib',
      command: 'npm run test:long -- test/assurance/http.test.ts'
    })
    t.same(found, { accepted: 0, failed: 0 })
  })
}
