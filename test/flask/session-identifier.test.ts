import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { defaultRemoteAddress, sessionIdentifier } from '../../lib/flask/session-identifier.ts'

// Of Python, `f"{address}|{user_agent}"` with both as bytes.
const cases: Array<[string | undefined, Record<string, string>, string]> = [
  ['127.0.0.1', { 'user-agent': 'Firefox' }, 'b\'127.0.0.1\'|b\'Firefox\''],
  ['127.0.0.1', {}, 'b\'127.0.0.1\'|None'],
  [undefined, { 'user-agent': '' }, 'None|b\'\''],
  ['::ffff:127.0.0.1', { 'user-agent': 'it\'s' }, 'b\'127.0.0.1\'|b"it\'s"'],
  ['::1', { 'user-agent': 'it\'s "both"' }, 'b\'::1\'|b\'it\\\'s "both"\''],
  ['::ffff:1', { 'user-agent': 'a\\b\t\r\n\x00\x7fé' }, 'b\'::ffff:1\'|b\'a\\\\b\\t\\r\\n\\x00\\x7f\\xc3\\xa9\''],
  ['127.0.0.1', { 'x-forwarded-for': ' 203.0.113.9 , 10.0.0.1', 'user-agent': 'x' }, 'b\'203.0.113.9\'|b\'x\''],
  ['127.0.0.1', { 'x-forwarded-for': '', 'user-agent': 'x' }, 'b\'\'|b\'x\'']
]

t.test('the identifier of a browser is that of Flask-Login', async (t) => {
  for (const [remoteAddress, headers, text] of cases) {
    const request = { headers, socket: { remoteAddress } } as unknown as FastifyRequest
    t.equal(sessionIdentifier(request, defaultRemoteAddress), createHash('sha512').update(text).digest('hex'), text)
  }
})
