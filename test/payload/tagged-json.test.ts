import t from 'tap'
import { markup, tuple, uuid } from '../../lib/payload/python-types.ts'
import { readTaggedJson, writeTaggedJson } from '../../lib/payload/tagged-json.ts'

const id = '12345678-1234-5678-1234-567812345678'

t.test('dates and bytes come back, dates to the millisecond', async (t) => {
  const data = { whole: new Date(1_700_000_000_000), exact: new Date(1_700_000_000_123), early: new Date(-62_000_000_000_000), bytes: Uint8Array.of(255, 0), beside: [true, 's', 0, null] }
  const json = writeTaggedJson(data)
  t.strictSame(readTaggedJson(json), data)
  t.match(json, '{"whole":{" d":"Tue, 14 Nov 2023 22:13:20 GMT"},"exact":{" d":"2023-11-14T22:13:20.123Z"},')
  t.match(json, '"bytes":{" b":"/wA="}')
})

t.test('a record that needs no tags is written as it is, and any other as a copy', async (t) => {
  const written = t.capture(JSON, 'stringify', JSON.stringify)
  const isCopied = (record: Record<string, unknown>) => {
    writeTaggedJson(record)
    return written().at(-1)?.args[0] !== record
  }
  const nested = (depth: number) => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))
  for (const record of [{}, { a: 'text', b: '', c: true, d: false, e: 0, f: -1.5, g: null }, { a: undefined, b: 1 }, { a: [], b: [1, ['x', null]] },
    { a: { b: [{ c: 1 }] } }, { constructor: 'a builder' }, nested(32)]) {
    t.equal(isCopied(record), false, JSON.stringify(record))
  }
  for (const record of [{ ' t': 1 }, { a: new Date(0) }, { a: [{ b: tuple([]) }] }]) t.equal(isCopied(record), true, JSON.stringify(record))
})

t.test('the types of Python\'s have their tags, and come back as what is natural here', async (t) => {
  const json = writeTaggedJson({ t: tuple([1]), u: uuid(id), m: markup('<b>') })
  t.equal(json, '{"t":{" t":[1]},"u":{" u":"12345678123456781234567812345678"},"m":{" m":"<b>"}}')
  t.strictSame(readTaggedJson(json), { t: [1], u: id, m: '<b>' })
  t.equal(writeTaggedJson({ t: tuple([1]) }), '{"t":{" t":[1]}}', 'a tuple among what JSON carries too')
})

t.test('an object that looks like a tag is none', async (t) => {
  for (const data of [{ ' t': [1] }, { a: { ' di': { ' d': 'x' } } }, { a: { ' t': 1, b: 2 } }, { a: { ' t__': 1 } }, { a: [{ ' b': null }] }]) {
    t.strictSame(readTaggedJson(writeTaggedJson(data)), data)
  }
  t.equal(writeTaggedJson({ ' t': 1, a: undefined }), '{" di":{" t__":1}}', 'a key without a value is not there')
})

t.test('a tag around something else is refused', async (t) => {
  for (const json of ['{" t":1}', '{" di":1}', '{" di":{"t__":1}}', '{" di":{" t":1}}', '{" di":{" t__":1," u__":2}}', '{" d":1}', '{" d":"x"}',
    '{" d":"2023-11-14"}', '{" b":"/wA"}', '{" u":"12"}', '{" t":"a"}', '{" di":"a"}', '{" m":1}', '{" di":[]}', '{" d":[]}', '{" d":{" t__":1}}']) {
    t.throws(() => readTaggedJson(json), json)
  }
})

t.test('keys that reach a prototype are neither read nor written', async (t) => {
  for (const json of ['{"__proto__":{}}', '{"a":{"constructor":{"prototype":{}}}}']) {
    t.throws(() => readTaggedJson(json), json)
    t.throws(() => writeTaggedJson(JSON.parse(json)), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /reaches a prototype/ })
  }
  t.strictSame(readTaggedJson('{"constructor":"a builder"}'), { constructor: 'a builder' })
})

t.test('32 levels are read and written, and no more', async (t) => {
  const objects = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  const lists = (depth: number) => `{"a":${'['.repeat(depth - 1)}1${']'.repeat(depth - 1)}}`
  const escaped = (depth: number) => `{"a":${'{" di":{" t__":'.repeat(depth - 1)}1${'}}'.repeat(depth - 1)}}`
  const tagged = { ' t': new Date(0) }
  for (const nested of [objects, lists, escaped]) {
    t.equal(writeTaggedJson(readTaggedJson(nested(32)) as Record<string, unknown>), nested(32))
    t.throws(() => readTaggedJson(nested(33)), RangeError)
    if (nested === escaped) continue
    for (const more of [{}, tagged]) {
      t.doesNotThrow(() => writeTaggedJson({ ...JSON.parse(nested(32)), ...more }))
      t.throws(() => writeTaggedJson({ ...JSON.parse(nested(33)), ...more }), { message: /deeper than 32 levels/ })
    }
  }
  t.throws(() => readTaggedJson('{"a":' + '['.repeat(50_000) + ']'.repeat(50_000) + '}'))
})

t.test('what JSON cannot carry is refused, with its path', async (t) => {
  const holed = [1, 2, 3]
  delete holed[1]
  const cases: Array<[Record<string, unknown>, RegExp]> = [
    [{ a: NaN }, /no NaN for a/], [{ a: [1, -Infinity] }, /-Infinity for a\[1\]/], [{ a: { b: 1n } }, /a\.b holds a bigint/],
    [{ a: new Set() }, /a holds an object of the class Set/], [{ a: new Date(NaN) }, /a is an invalid Date/], [{ a: [undefined] }, /a\[0\] holds undefined/],
    [{ a: new Array(1) }, /a\[0\] holds undefined/], [{ a: holed }, /a\[1\] holds undefined/],
    [{ a: [new (class Later extends Date {})()] }, /a\[0\] holds an object of the class Later/],
    [{ a: new (class Names extends Array { toJSON () { return 'other' } })() }, /a holds an object of the class Names/],
    [{ a: [{ [Symbol('key')]: 1 }] }, /a\[0\] holds an object with a key that is a symbol/]
  ]
  for (const [value, message] of cases) t.throws(() => writeTaggedJson(value), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message })
  t.equal(writeTaggedJson({ a: null, b: true, c: 's', d: 1.5 }), '{"a":null,"b":true,"c":"s","d":1.5}')
})

t.test('what objects inherit from a bad polyfill is no part of a session', async (t) => {
  const json = '{"when":{" d":"Thu, 01 Jan 1970 00:00:00 GMT"},"none":{},"user":{"id":5,"tags":["a"]}}'
  const expected = { when: new Date(0), none: {}, user: { id: 5, tags: ['a'] } }
  const root: object = Object.prototype
  const inherited = [['extra', () => 1], ['extra', { q: { r: 1 } }], [' t', 'text']] as const
  for (const [key, value] of inherited) {
    Object.defineProperty(root, key, { value, enumerable: true, configurable: true, writable: true })
    let read
    let written
    try {
      read = readTaggedJson(json)
      written = writeTaggedJson(expected)
    } finally {
      Reflect.deleteProperty(root, key)
    }
    t.strictSame(read, expected, key)
    t.equal(written, json, key)
  }
})
