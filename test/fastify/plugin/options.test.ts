import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import * as api from '../../../lib/index.ts'
import { Browser, makeApp, otherSecret, schema, secret, setCookies } from '../../support/app.ts'

const { default: fastifyTypedSession } = api

t.test('the plugin is the default export and a named one', async (t) => {
  t.equal(api.fastifyTypedSession, fastifyTypedSession)
})

t.test('wrong options fail when the plugin registers, each with a code and what to do', async (t) => {
  for (const [option, value, code, message] of [
    ['schema', undefined, 'SCHEMA', /must be a zod object/],
    ['schema', z.string(), 'SCHEMA', /must be a zod object/],
    ['schema', z.object({ userId: z.number() }), 'SCHEMA', /make each key optional or give it a default.*userId/],
    ['schema', z.object({ permanent: z.boolean().optional() }), 'SCHEMA', /permanent\. Rename/],
    ['schema', z.object({ _typed: z.string().optional(), delete: z.string().optional() }), 'SCHEMA', /_typed, delete\. Rename/],
    ['secret', undefined, 'SECRET', /missing.*randomBytes/],
    ['secret', '', 'SECRET', /0 bytes and needs at least 32.*randomBytes/],
    ['secret', [], 'SECRET', /empty list/],
    ['secret', [secret, 'short'], 'SECRET', /`secret\[1\]` has 5 bytes/],
    ['secret', Buffer.alloc(31), 'SECRET', /31 bytes/],
    ['secret', 5, 'SECRET', /string, a Uint8Array or/],
    ['name', '', 'OPTION', /`name`/], ['name', 5, 'OPTION', /`name`/],
    ['cookieName', 'a b', 'COOKIE', /`cookieName`/], ['cookieName', '', 'OPTION', /`cookieName`/],
    ['lifetime', 0, 'OPTION', /`lifetime`/], ['lifetime', '1h', 'OPTION', /`lifetime`/], ['lifetime', Infinity, 'OPTION', /`lifetime`/],
    ['refresh', true, 'OPTION', /`refresh` must be one of: permanent, all, none/],
    ['refreshAfter', -1, 'OPTION', /`refreshAfter`/], ['clockTolerance', 0.5, 'OPTION', /`clockTolerance`/],
    ['digest', 'md5', 'OPTION', /`digest` must be one of: sha256, sha1, sha384, sha512/],
    ['keyDerivation', 'none', 'OPTION', /`keyDerivation` must be one of: hmac, concat, django-concat/],
    ['salt', '', 'OPTION', /`salt`/], ['now', 5, 'OPTION', /`now`/], ['cookie', 'secure', 'OPTION', /`cookie`/],
    ['cookie', { path: 'app' }, 'COOKIE', /`cookie\.path`/], ['cookie', { path: '/\r\nx' }, 'COOKIE', /cookie/],
    ['cookie', { sameSite: 'none' }, 'COOKIE', /Secure/], ['cookie', { partitioned: true }, 'COOKIE', /Secure/],
    ['cookie', { secure: 'yes' }, 'COOKIE', /`cookie\.secure`/]
  ] as const) {
    const app = Fastify()
    const options = { schema, secret, [option]: value } as never
    await t.rejects(async () => app.register(fastifyTypedSession, options), { code: `FST_TYPED_SESSION_INVALID_${code}`, message },
      `${option}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  }
})

t.test('a name that the request has already is refused when the plugin registers', async (t) => {
  for (const name of ['body', 'id', 'cookies']) {
    await t.rejects(makeApp({ name }), { code: 'FST_TYPED_SESSION_INVALID_OPTION' }, name)
  }
  const app = await makeApp()
  await t.rejects(async () => app.register(fastifyTypedSession, { schema, secret }), /session/)
})

t.test('undefined options are their defaults', async (t) => {
  const names = ['name', 'cookieName', 'lifetime', 'refresh', 'refreshAfter', 'cookie', 'digest', 'salt',
    'keyDerivation', 'clockTolerance', 'now']
  const app = await makeApp({ ...Object.fromEntries(names.map((name) => [name, undefined])), prefix: '/x' } as object)
  const [header = ''] = setCookies(await app.inject('/login'))
  t.match(header, /^session=.*; Path=\/; HttpOnly; SameSite=Lax$/)
})

t.test('unknown options are one warning, also in an app without a logger', async (t) => {
  const { args } = t.capture(process, 'emitWarning')
  await makeApp({ prefix: '/x', refreshAfterwards: 5, dir: 'plugins' } as object)
  t.match(args(), [['fastify-typed-session: unknown options: refreshAfterwards, dir', String, 'FST_TYPED_SESSION_UNKNOWN_OPTION']])
})

t.test('nothing that the user passed in is changed', async (t) => {
  const freeze = <T extends object> (value: T): T => {
    for (const each of Object.values(value)) if (typeof each === 'object' && each !== null && !ArrayBuffer.isView(each)) freeze(each)
    return Object.freeze(value)
  }
  const bytes = Uint8Array.from(Buffer.from(otherSecret))
  const options = freeze({ secret: [secret, bytes], cookie: { path: '/app', domain: undefined }, lifetime: 60 })
  const browser = new Browser(await makeApp(options as object))
  const prefs = freeze({ theme: 'dark' })
  await browser.visit((session) => {
    session.prefs = prefs
    session.options(freeze({ sameSite: 'strict' } as const))
  })
  await browser.visit((session) => t.same(session.prefs, { theme: 'dark' }))
  t.same(bytes, Uint8Array.from(Buffer.from(otherSecret)))
})

t.test('each digest and key derivation signs what it takes', async (t) => {
  for (const digest of ['sha256', 'sha1', 'sha384', 'sha512'] as const) {
    for (const keyDerivation of ['hmac', 'concat', 'django-concat'] as const) {
      const browser = new Browser(await makeApp({ digest, keyDerivation }))
      await browser.get('/login')
      t.equal((await browser.get('/read')).json().userId, 7, `${digest}, ${keyDerivation}`)
    }
  }
})
