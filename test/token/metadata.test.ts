import t from 'tap'
import { checkLifetime, isLifetime, isMark, joinMarks, markKeys, noMarks, refuseMark, splitMarks } from '../../lib/token/metadata.ts'

t.test('marks come back from the payload that they were joined to', async (t) => {
  const data = { userId: 5, name: 'Zoë' }
  for (const marks of [
    noMarks,
    { ...noMarks, permanent: true },
    { ...noMarks, lifetime: 60 },
    { ...noMarks, login: 0 },
    { permanent: true, lifetime: 60, login: 1_790_000_000 },
    { ...noMarks, id: 'an-id-of-16-char', era: 'an-era-0', epoch: 'an-epoch' }
  ]) {
    const payload = joinMarks(marks, data)
    t.strictSame(splitMarks(payload), { marks, data })
    t.strictSame(data, { userId: 5, name: 'Zoë' }, 'the data are as before')
  }
})

t.test('a mark that says nothing is not written', async (t) => {
  t.strictSame(joinMarks(noMarks, { userId: 5 }), { userId: 5 })
})

t.test('where there are no marks, the payload and the data are one, and nothing is copied', async (t) => {
  const data = { userId: 5 }
  t.equal(joinMarks(noMarks, data), data)
  t.equal(splitMarks(data)?.data, data)
})

t.test('a permanent session is marked as Flask does, its key first', async (t) => {
  t.equal(JSON.stringify(joinMarks({ ...noMarks, permanent: true }, { userId: 5 })), '{"_permanent":true,"userId":5}')
})

t.test('a mark of Flask\'s that is not true is not permanent', async (t) => {
  t.match(splitMarks({ _permanent: false, userId: 5 }), { marks: { permanent: false }, data: { userId: 5 } })
})

t.test('no payload of the data\'s own has marks', async (t) => {
  for (const key of markKeys) t.notOk(Object.hasOwn(splitMarks({ [key]: {} })?.data ?? {}, key))
})

t.test('data under the name of a mark are refused, so that they change no lifetime', async (t) => {
  for (const key of markKeys) {
    const error = { code: 'FST_TYPED_SESSION_INVALID_DATA', message: new RegExp(`: ${key} \\(a name that the session needs itself\\)$`) }
    t.throws(() => joinMarks(noMarks, { userId: 5, [key]: {} }), error)
    t.throws(() => refuseMark(key), error)
    t.equal(isMark(key), true)
  }
  t.doesNotThrow(() => refuseMark('userId'))
})

t.test('marks that the plugin never writes are refused', async (t) => {
  for (const own of [null, 'text', 5, [], { lifetime: 0 }, { lifetime: -1 }, { lifetime: 1.5 }, { lifetime: '60' }, { lifetime: null },
    { lifetime: NaN }, { lifetime: Infinity },
    { login: -1 }, { login: '0' }, { login: 0.5 }, { login: null }, { lifetime: 60, login: NaN }, { id: 'short' }, { id: 5 }, { id: 12_345_678 },
    { id: ' an-id-of-16-char' }, { id: 'an-id-of-16-char ' }, { id: 'x'.repeat(44) }, { era: '' }, { epoch: 'an epoch' }]) {
    t.equal(splitMarks({ _typed: own }), undefined, JSON.stringify(own))
  }
})

t.test('a lifetime is a whole number of seconds from 1', async (t) => {
  for (const lifetime of [1, 60, Number.MAX_SAFE_INTEGER]) t.equal(isLifetime(lifetime), true)
  for (const other of [0, -1, 1.5, NaN, Infinity, 2 ** 53, '60', null, undefined, 60n]) t.equal(isLifetime(other), false)
})

t.test('a session\'s lifetime is one up to the option, or undefined for the longest', async (t) => {
  for (const lifetime of [undefined, 1, 59, 60]) t.doesNotThrow(() => checkLifetime(lifetime, 60))
  for (const other of [0, -1, 1.5, NaN, 61, Infinity]) {
    t.throws(() => checkLifetime(other, 60), { code: 'FST_TYPED_SESSION_INVALID_LIFETIME', message: / 60,/ }, String(other))
  }
})
