import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** How a handler ends a request. */
export interface Answer {
  readonly status: number
  /** Whether the response carries the session; else its changes are lost. */
  readonly saves: boolean
  /** Whether onSend hooks do not run. */
  readonly hijacks: boolean
  /** In which hook it is given. */
  readonly from: 'handler' | 'preHandler'
  readonly method: 'GET' | 'HEAD'
  readonly body?: string
  end (reply: FastifyReply): unknown
}

const answer = (status: number, end: Answer['end'], more: Partial<Answer> = {}): Answer =>
  ({ status, end, saves: true, hijacks: false, from: 'handler', method: 'GET', ...more })

const publicHeaders = { vary: 'accept', 'cache-control': 'public, max-age=600', 'set-cookie': 'other=1' }

class Refusal extends Error { statusCode = 422 }

// Some return nothing: what was sent first is what goes out.
export const answers = {
  returns: answer(200, () => 'done', { body: 'done' }),
  sends: answer(200, (reply) => { reply.send('done') }, { body: 'done' }),
  redirects: answer(302, (reply) => { reply.redirect('/elsewhere') }, { body: '' }),
  throws: answer(422, () => { throw new Refusal('no') }),
  streams: answer(200, (reply) => reply.send(Readable.from(['a', 'b'])), { body: 'ab' }),
  'streams a Response': answer(200, (reply) => reply.send(new Response('done', { headers: publicHeaders })), { body: 'done' }),
  'says 304': answer(304, (reply) => reply.code(304).send(), { body: '' }),
  'says 204': answer(204, (reply) => { reply.code(204).send() }, { body: '' }),
  'answers a HEAD': answer(200, () => 'done', { method: 'HEAD', body: '' }),
  'finds nothing': answer(404, (reply) => reply.callNotFound()),
  'sends twice': answer(200, (reply) => { reply.send('first').send('second') }, { body: 'first' }),
  'sends, then throws': answer(200, (reply) => { reply.send('first'); throw new Refusal('too late') }, { body: 'first' }),
  'is denied by a hook': answer(401, (reply) => { reply.code(401).send('denied') }, { from: 'preHandler', body: 'denied' }),
  'commits, and returns': answer(200, async (reply) => {
    await reply.commitSession()
    return 'done'
  }, { body: 'done' }),
  hijacks: answer(200, async (reply) => {
    reply.hijack()
    try {
      await reply.commitSession()
      reply.raw.end('raw')
    } catch (error) {
      reply.raw.writeHead(500).end((error as { code?: string }).code)
    }
  }, { hijacks: true, body: 'raw' }),
  'hijacks, and commits nothing': answer(200, (reply) => {
    reply.hijack()
    reply.raw.end('raw')
  }, { saves: false, hijacks: true, body: 'raw' })
} satisfies Record<string, Answer>
