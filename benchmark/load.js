import { connect } from 'node:net'

/**
 * Keeps connections busy, each with one request at a time, and never sleeps. A server's write costs half as much again
 * where it has to wake its client, and a client sleeps the more, the slower the server is: with one that sleeps, what a
 * contestant adds to a request would seem half as much again. Returns a function that stops it.
 */
export function startLoad ({ port, path, cookies, connections }) {
  const requests = (cookies.length > 0 ? cookies : [undefined]).map((cookie) => Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${cookie ? `Cookie: ${cookie}\r\n` : ''}\r\n`
  ))
  let next = 0
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const ask = () => socket.write(requests[next++ % requests.length])
    let answer = ''
    socket.on('connect', ask)
    socket.on('data', (chunk) => {
      answer += chunk.latin1Slice()
      if (!isWhole(answer)) return
      answer = ''
      ask()
    })
    return socket
  })
  let running = true
  stayAwake()
  return function stop () {
    running = false
    for (const socket of sockets) socket.destroy()
  }

  function stayAwake () {
    if (running) setImmediate(stayAwake)
  }
}

function isWhole (answer) {
  const end = answer.indexOf('\r\n\r\n')
  if (end === -1) return false
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer.slice(0, answer.indexOf('\r\n')))
  const [, length] = /^content-length: (\d+)/im.exec(answer)
  return answer.length === end + 4 + Number(length)
}
