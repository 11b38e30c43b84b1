import { createHash } from 'node:crypto'
import type { AnyRequest } from './any-server.ts'

/** The address of a request's client, if it is known. */
export type RemoteAddress = (request: AnyRequest) => string | undefined

/** The address that Flask-Login sees: the first of X-Forwarded-For, whoever sent it, or that of the connection. */
export function defaultRemoteAddress ({ headers, socket }: AnyRequest): string | undefined {
  const forwarded = headers['x-forwarded-for']
  if (forwarded !== undefined) return String(forwarded).split(',')[0]?.trim()
  // Node.js listens for IPv6 and takes IPv4 as well; Python's servers take IPv4 by its own name.
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '')
}

/** `flask_login.utils._create_identifier`: of the browser that a login belongs to. */
export function sessionIdentifier (request: AnyRequest, remoteAddress: RemoteAddress): string {
  const text = `${bytesRepr(remoteAddress(request))}|${bytesRepr(request.headers['user-agent'])}`
  return createHash('sha512').update(text).digest('hex')
}

const escapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' }

// Flask-Login formats bytes into a text, so that what is hashed is what Python's `repr` shows of them: b'…'.
function bytesRepr (text: string | undefined): string {
  if (text === undefined) return 'None'
  const quote = text.includes('\'') && !text.includes('"') ? '"' : '\''
  const shown = Buffer.from(text).toString('latin1').replace(/[^]/g, (char) => {
    if (char === quote) return `\\${char}`
    return escapes[char] ?? (/[ -~]/.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  })
  return `b${quote}${shown}${quote}`
}
