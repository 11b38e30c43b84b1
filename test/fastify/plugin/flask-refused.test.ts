import t from 'tap'
import { z } from 'zod'
import { createSessionManager } from '../../../lib/index.ts'
import { Browser, cookieOf, makeApp, secret, sessionOf, setCookies, type TestSession } from '../../support/app.ts'

type Loose = TestSession & Record<string, unknown>
const format = 'flask'
const schema = z.object({ name: z.string().optional(), visits: z.int().default(0), role: z.enum(['user', 'admin']).optional().catch(undefined) })
const flask = createSessionManager({ schema: z.object({}), secret, format })
const flaskData = { _user_id: '7', name: null, role: 'editor', visits: 3 }

async function visit (data: object, handler: (session: Loose) => unknown) {
  const browser = new Browser(await makeApp({ schema, format }))
  browser.cookies.set('session', flask.seal(data, { permanent: true }))
  const reply = await browser.visit((session) => handler(session as Loose))
  return { reply, opened: flask.open(browser.cookies.get('session')) }
}

t.test('a session of Flask\'s that the schema refuses is empty here, and stays as it is', async (t) => {
  const { reply, opened } = await visit(flaskData, (session) => ({ ...session, reason: session.reason, new: session.new }))
  t.same(reply.json(), { visits: 0, reason: 'schema', new: true })
  t.same(setCookies(reply), [])
  t.match(opened, { data: flaskData, permanent: true })
})

t.test('a write keeps the refused value, and keys outside the schema', async (t) => {
  const { opened } = await visit(flaskData, (session) => { session.set('cart', ['apple']) })
  t.strictSame(opened.ok && { ...opened.data }, { ...flaskData, cart: ['apple'] })
  t.match(opened, { permanent: true })
})

t.test('a write of the refused key replaces its value', async (t) => {
  const { opened } = await visit(flaskData, (session) => { session.name = 'Ada' })
  t.strictSame(opened.ok && { ...opened.data }, { ...flaskData, name: 'Ada' })
})

t.test('delete() deletes the whole, and regenerate() begins anew', async (t) => {
  const { reply } = await visit(flaskData, (session) => { session.delete() })
  t.match(reply.cookies, [{ value: '', maxAge: 0 }])
  const { opened } = await visit(flaskData, async (session) => {
    await session.regenerate()
    session.name = 'Ada'
  })
  t.strictSame(opened.ok && { ...opened.data }, { name: 'Ada', visits: 0 })
})

t.test('a value that a catch replaced stays while nobody changes it', async (t) => {
  const { opened } = await visit({ ...flaskData, name: 'Ada' }, (session) => { session.visits = 4 })
  t.strictSame(opened.ok && { ...opened.data }, { ...flaskData, name: 'Ada', visits: 4 })
})

t.test('nothing that a nested object does not name survives regenerate() or delete()', async (t) => {
  const prefs = { tags: z.array(z.string()) }
  const options = (shape: z.ZodRawShape) => ({ format: 'flask' as const, schema: z.object({ userId: z.number().optional(), prefs: z.object(shape).default({ tags: [] } as never) }) })
  const newer = await makeApp(options({ ...prefs, lang: z.string().optional() }))
  newer.get('/plant', async (request) => { Object.assign(sessionOf(request).prefs as object, { lang: 'planted' }) })
  const older = await makeApp(options(prefs))
  older.get('/regenerate', async (request) => {
    await sessionOf(request).regenerate()
    sessionOf(request).userId = 7
  })
  older.get('/delete', async (request) => {
    sessionOf(request).delete()
    sessionOf(request).userId = 7
  })
  const planted = cookieOf(await newer.inject('/plant'))
  for (const url of ['/regenerate', '/delete']) {
    const session = cookieOf(await older.inject({ url, cookies: { session: planted } }))
    t.same((await newer.inject({ url: '/read', cookies: { session } })).json(), { userId: 7, prefs: { tags: [] } }, url)
  }
})
