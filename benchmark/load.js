import { connect } from 'node:net'

/**
 * Opens a keep-alive connection that has one request under way at a time. `next` gets each answer, at first undefined,
 * and returns the next request, or undefined to end. Resolves when the connection is closed.
 */
export function converse (port, next) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const ask = (answer) => {
    const request = next(answer)
    if (request === undefined) socket.destroy()
    else socket.write(request)
  }
  let answer = ''
  socket.on('connect', () => ask(undefined))
  socket.on('data', (chunk) => {
    answer += chunk.latin1Slice()
    if (!isWhole(answer)) return
    const whole = answer
    answer = ''
    ask(whole)
  })
  return new Promise((resolve, reject) => { socket.on('error', reject).on('close', resolve) })
}

/**
 * Keeps connections busy and never sleeps. A server's write costs half as much again where it has to wake its client, and
 * a client sleeps the more, the slower the server is: with one that sleeps, what a contestant adds to a request would
 * seem half as much again. Returns a function that stops it, when the last answers have come.
 */
export function startLoad (port, connections, nextRequest) {
  let running = true
  const conversations = Array.from({ length: connections }, (_, connection) => {
    const next = nextRequest(connection)
    return converse(port, (answer) => running ? next(answer) : undefined)
  })
  stayAwake()
  return async function stop () {
    running = false
    await Promise.all(conversations)
  }

  function stayAwake () {
    if (running) setImmediate(stayAwake)
  }
}

/** The bytes of a request, with a Cookie header, a JSON body and more header lines where there are any. */
export function requestOf (method, path, cookie, body, lines = []) {
  const json = body === undefined ? '' : JSON.stringify(body)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${cookie ? `Cookie: ${cookie}\r\n` : ''}` +
    `${lines.map((line) => `${line}\r\n`).join('')}` +
    `${json ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n` : ''}\r\n${json}`)
}

/** What an answer sets as the cookie, as the Cookie header of the next request; undefined where it sets none. */
export function cookieOf (answer) {
  return /^set-cookie: ([^;\r]+)/im.exec(answer)?.[1]
}

export function bodyOf (answer) {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}

function isWhole (answer) {
  const end = answer.indexOf('\r\n\r\n')
  if (end === -1) return false
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer.slice(0, answer.indexOf('\r\n')))
  const [, length] = /^content-length: (\d+)/im.exec(answer)
  return answer.length === end + 4 + Number(length)
}
