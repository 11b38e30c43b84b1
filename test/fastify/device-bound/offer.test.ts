import t from 'tap'
import { sessionOf } from '../../support/app.ts'
import { makeBoundApp } from '../../support/device.ts'

const ours = /^\(ES256 RS256\);path="\/device-bound\/session";challenge="[\w.-]+"$/

t.test('an answer that is made again offers what its session is then', async (t) => {
  const { app } = await makeBoundApp()
  let theirs = ''
  app.get('/fails', async (request, reply) => {
    if (theirs !== '') reply.header('secure-session-registration', theirs)
    await sessionOf(request).regenerate()
    sessionOf(request).userId = 7
    return 'ok'
  })
  let failures = 0
  app.addHook('onSend', async () => { if (failures-- > 0) throw new Error('too late') })
  let deletes = false
  app.setErrorHandler(async (_error, request) => {
    if (deletes) sessionOf(request).delete()
    return 'failed'
  })
  const offers = async () => {
    failures = 1
    return (await app.inject('/fails')).headers['secure-session-registration']
  }
  t.match(await offers(), ours)
  deletes = true
  t.equal(await offers(), undefined)
  theirs = '(ES256);path="/theirs";challenge="c"'
  t.equal(await offers(), theirs)
  deletes = false
  t.match(await offers(), [theirs, ours])
})

t.test('a reply that Fastify does not send offers it too', async (t) => {
  const { app } = await makeBoundApp()
  app.get('/raw', async (request, reply) => {
    await sessionOf(request).regenerate()
    sessionOf(request).userId = 7
    reply.hijack()
    await reply.commitSession()
    reply.raw.end('raw')
  })
  t.match((await app.inject('/raw')).headers['secure-session-registration'], ours)
})

t.test('a session that cannot be saved offers nothing', async (t) => {
  const { app } = await makeBoundApp()
  app.get('/large', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).name = 'x'.repeat(5000)
  })
  const { statusCode, headers } = await app.inject('/large')
  t.equal(statusCode, 500)
  t.equal(headers['secure-session-registration'], undefined)
})
