import t, { type Test } from 'tap'
import { Clock, makeApp, sessionOf } from '../../support/app.ts'

async function listen (t: Test, options: Parameters<typeof makeApp>[0]) {
  const app = await makeApp(options)
  app.get('/me', async (request) => sessionOf(request).userId ?? 'Not logged in')
  t.teardown(() => app.close())
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return (path: string, cookie?: string) => fetch(`${origin}${path}`, { headers: cookie === undefined ? {} : { cookie } })
}

const pairOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0]

for (const route of ['/login', '/remember']) {
  t.test(`a captured cookie of ${route}, replayed after its lifetime, is not logged in`, async (t) => {
    const clock = new Clock()
    const get = await listen(t, { now: clock.now, lifetime: 300 })
    const cookie = pairOf(await get(route))
    t.equal(await (await get('/me', cookie)).text(), '7')
    clock.pass(300)
    t.equal(await (await get('/me', cookie)).text(), '7', 'in its last second')
    clock.pass(1)
    const late = await get('/me', cookie)
    t.equal(late.status, 200)
    t.equal(await late.text(), 'Not logged in')
    t.same(late.headers.getSetCookie(), [], 'and it is not revived')
  })
}

t.test('on the wire, each Set-Cookie is a header of its own', async (t) => {
  const get = await listen(t, { before: (app) => app.addHook('onRequest', async (request, reply) => { reply.header('set-cookie', 'a=1') }) })
  t.match((await get('/login')).headers.getSetCookie(), ['a=1', /^session=/])
})

t.test('on the wire, a raw header that writeHead would replace survives', async (t) => {
  const get = await listen(t, {
    before: (app) => app.addHook('onRequest', async (request, reply) => { reply.raw.setHeader('set-cookie', 'a=1') })
  })
  t.match((await get('/login')).headers.getSetCookie(), ['a=1', /^session=/])
})
