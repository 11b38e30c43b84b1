import t from 'tap'
import { checkLifetime, isLifetime, isReservedKey, attachMetadata, reservedKeys, emptyMetadata, refuseReservedKey, extractMetadata } from '../../lib/token/metadata.ts'

t.test('metadata come back from the payload that they were joined to', async (t) => {
  const data = { userId: 5, name: 'Zoë' }
  for (const metadata of [
    emptyMetadata,
    { ...emptyMetadata, permanent: true },
    { ...emptyMetadata, lifetime: 60 },
    { ...emptyMetadata, authenticatedAt: 0 },
    { permanent: true, lifetime: 60, authenticatedAt: 1_790_000_000 },
    { ...emptyMetadata, authenticatedAt: 5, absoluteLifetime: 60, methods: ['pwd', 'otp'] },
    { ...emptyMetadata, id: 'an-id-of-16-char', key: 'a-key-of-16-char' },
    { ...emptyMetadata, device: 'a-device-of-22-letters' },
    { ...emptyMetadata, device: 'a-device-of-22-letters', bound: true as const },
    { ...emptyMetadata, scope: { path: '/app', domain: 'example.org', partitioned: true as const } }
  ]) {
    const payload = attachMetadata(metadata, data)
    t.strictSame(extractMetadata(payload), { metadata, data })
    t.strictSame(data, { userId: 5, name: 'Zoë' }, 'the data are as before')
  }
})

t.test('a mark that says nothing is not written', async (t) => {
  t.strictSame(attachMetadata(emptyMetadata, { userId: 5 }), { userId: 5 })
})

t.test('without metadata the payload and the data are one, and nothing is copied', async (t) => {
  const data = { userId: 5 }
  t.equal(attachMetadata(emptyMetadata, data), data)
  t.equal(extractMetadata(data)?.data, data)
})

t.test('a permanent session is marked as Flask does, its key first', async (t) => {
  t.equal(JSON.stringify(attachMetadata({ ...emptyMetadata, permanent: true }, { userId: 5 })), '{"_permanent":true,"userId":5}')
})

t.test('a mark of Flask\'s that is not true is not permanent', async (t) => {
  t.match(extractMetadata({ _permanent: false, userId: 5 }), { metadata: { permanent: false }, data: { userId: 5 } })
})

t.test('no payload of the data\'s own has metadata', async (t) => {
  for (const key of reservedKeys) t.notOk(Object.hasOwn(extractMetadata({ [key]: {} })?.data ?? {}, key))
})

t.test('data under the name of a mark are refused, so that they change no lifetime', async (t) => {
  for (const key of reservedKeys) {
    const error = { code: 'FST_TYPED_SESSION_INVALID_DATA', message: new RegExp(`: ${key} \\(a name that the session needs itself\\)$`) }
    t.throws(() => attachMetadata(emptyMetadata, { userId: 5, [key]: {} }), error)
    t.throws(() => refuseReservedKey(key), error)
    t.equal(isReservedKey(key), true)
  }
  t.doesNotThrow(() => refuseReservedKey('userId'))
})

t.test('metadata that the plugin never writes are refused', async (t) => {
  for (const own of [null, 'text', 5, [], { lifetime: 0 }, { lifetime: -1 }, { lifetime: 1.5 }, { lifetime: '60' }, { lifetime: null },
    { lifetime: NaN }, { lifetime: Infinity }, { absolute: 60 }, { amr: ['pwd'] }, { login: 5, absolute: 0 }, { login: 5, absolute: '60' },
    { login: 5, amr: 'pwd' }, { login: 5, amr: [''] }, { login: 5, amr: [5] }, { login: 5, amr: Array(9).fill('a') }, { login: 5, amr: ['x'.repeat(65)] },
    { login: -1 }, { login: '0' }, { login: 0.5 }, { login: null }, { lifetime: 60, login: NaN }, { id: 'short' }, { id: 5 }, { id: 12_345_678 },
    { id: ' an-id-of-16-char' }, { id: 'an-id-of-16-char ' }, { id: 'x'.repeat(44) }, { key: '' }, { key: 'a key of a cookie' },
    { device: 5 }, { device: '' }, { bound: false }, { bound: 1 }, { bound: 'true' },
    { scope: null }, { scope: { path: 'app' } }, { scope: { domain: 'a;b' } }]) {
    t.equal(extractMetadata({ _typed: own }), undefined, JSON.stringify(own))
  }
})

t.test('a lifetime is a whole number of seconds from 1', async (t) => {
  for (const lifetime of [1, 60, Number.MAX_SAFE_INTEGER]) t.equal(isLifetime(lifetime), true)
  for (const other of [0, -1, 1.5, NaN, Infinity, 2 ** 53, '60', null, undefined, 60n]) t.equal(isLifetime(other), false)
})

t.test('a session\'s lifetime is one up to the option, or undefined for the longest', async (t) => {
  for (const lifetime of [undefined, 1, 59, 60]) t.doesNotThrow(() => checkLifetime('lifetime', lifetime, 60))
  for (const other of [0, -1, 1.5, NaN, 61, Infinity]) {
    t.throws(() => checkLifetime('lifetime', other, 60), { code: 'FST_TYPED_SESSION_INVALID_LIFETIME', message: / 60,/ }, String(other))
  }
})
