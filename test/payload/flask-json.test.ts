import t from 'tap'
import { readFlaskJson } from '../../lib/payload/flask-reader.ts'
import { writeFlaskJson } from '../../lib/payload/flask-writer.ts'
import { markup, tuple, uuid } from '../../lib/payload/python-types.ts'
import { clone } from '../../lib/util/objects.ts'

/** What Flask gets back after a change to what it wrote. */
function change (json: string, edit: (data: never) => unknown, untouched?: unknown): string {
  const node = readFlaskJson(json)
  const data = clone(node.value)
  const result = edit(data as never)
  return writeFlaskJson(result ?? data, { node, value: untouched ?? node.value })
}

t.test('what Python writes is read, its own numbers and all of its integers too', async (t) => {
  const json = ' {"nan":NaN, "inf":Infinity,"minus":-Infinity,"float":1.0,"e":1e-07,"zero":-0,"big":12345678901234567890,' +
    '"safe":-9007199254740991,"none":null,"yes":true,"no":false,"text":"\\u00eb\\n\\"","list":[1,[],{}] }\n'
  t.strictSame(readFlaskJson(json).value, {
    nan: NaN,
    inf: Infinity,
    minus: -Infinity,
    float: 1,
    e: 1e-7,
    zero: -0,
    big: 12345678901234567890n,
    safe: -9007199254740991,
    none: null,
    yes: true,
    no: false,
    text: 'ë\n"',
    list: [1, [], {}]
  })
})

t.test('Python\'s types are read under their tags', async (t) => {
  t.strictSame(readFlaskJson('{"t":{" t":[1,{" t":[]}]},"b":{" b":"/wA="},"u":{" u":"12345678123456781234567812345678"},' +
    '"m":{" m":"<b>"},"d":{" d":"Tue, 14 Nov 2023 22:13:20 GMT"},"x":{" di":{" t__":{" m":"a"}}},"y":{" t":1,"z":2},' +
    '"own":{" od":[1]}}').value, {
    t: [1, []],
    b: Uint8Array.of(255, 0),
    u: '12345678-1234-5678-1234-567812345678',
    m: '<b>',
    d: new Date('2023-11-14T22:13:20Z'),
    x: { ' t': 'a' },
    y: { ' t': 1, z: 2 },
    own: { ' od': [1] }
  })
})

t.test('a date that Flask reads as None is null, and returns as it came', async (t) => {
  for (const text of ['yesterday', '2023-11-14T22:13:20Z', 'Mon, 14 Nov 2023 22:13:20 GMT']) {
    const json = `{"d":{" d":"${text}"}}`
    t.strictSame(readFlaskJson(json).value, { d: null })
    t.equal(change(json, () => {}), json)
  }
})

t.test('more values than a session may have are refused, however few bytes they take', async (t) => {
  const lists = (count: number) => `[${Array(count).fill('0').join(',')}]`
  const objects = (count: number) => `{${Array(count).fill('"":{}').join(',')}}`
  for (const many of [lists, objects]) {
    t.doesNotThrow(() => readFlaskJson(many(2_047)))
    for (const count of [2_048, 30_000]) t.throws(() => readFlaskJson(many(count)), { name: 'RangeError', message: /^more values/ })
  }
})

t.test('an integer that Python does not read is refused', async (t) => {
  for (const sign of ['', '-']) {
    t.doesNotThrow(() => readFlaskJson(sign + '9'.repeat(4_300)))
    t.throws(() => readFlaskJson(sign + '9'.repeat(4_301)), { name: 'SyntaxError' })
  }
})

t.test('no JSON that inflates from a cookie takes more than 5 ms to read', async (t) => {
  const full = (item: string) => `[${Array(2_047).fill(item).join(',')}]`.slice(0, 65_536)
  const shapes = [
    full('0'), full('{}'), full('[]'), full('{"a":0}'), full('{" t":[0]}'), full('{" d":"Tue, 14 Nov 2023 22:13:20 GMT"}'), full('{" d":"x"}'), full('{" b":"AAAA"}'),
    full('{" u":"12345678123456781234567812345678"}'), full('12345678901234567890'), full('1.5e300'), full('"\\n"'), full('9'.repeat(4_300)),
    '0,'.repeat(32_768), '['.repeat(65_536), '"'.repeat(65_536), ' '.repeat(65_536), `"${'\\u0000'.repeat(10_000)}"`, `"${'\\'.repeat(65_000)}`, '9'.repeat(65_536),
    `0.${'1'.repeat(65_000)}`, `{${'"a":0,'.repeat(2_000)}"a":0}`, `-${' '.repeat(65_000)}`
  ]
  for (const json of shapes) {
    const reads = Array.from({ length: 20 }, () => cpuTime(() => {
      try {
        readFlaskJson(json)
      } catch {}
    }))
    t.ok(Math.min(...reads) < 5, `${json.slice(0, 12)}: ${Math.min(...reads)} ms`)
  }
})

t.test('what is no JSON of Flask\'s is refused', async (t) => {
  const wrong = ['', '{', '-', '01', '[01]', '.5', '1.', '"a', '"a\\', '"\t"', 'nul', '[1}', '{"a":1]', '{,}', '{"a"}', '{"a":}', '{"a":1,}', '{"a":1 "b":2}', '{a:1}', '{1:2}', '[1', '[1,]', '[1 2]', '[1 2 3]', ']', '{"a":1}}', '01x',
    '"\n"', '"\\x"', 'undefined', '{"a":+1}', '{" t":1}', '{" t":{" t":[]}}', '{" di":[]}', '{" di":{}}', '{" di":{" t":[1]}}',
    '{" di":{"t":1}}', '{" di":{" t__":1," u__":2}}', '{" b":1}', '{" b":"/wA"}', '{" b":{" m":"a"}}', '{" u":"1234"}', '{" d":null}',
    '{" t":"a"}', '{" di":"a"}', '{"__proto__":{}}', '{" di":{"__proto____":{}}}', '{"constructor":{"prototype":1}}']
  for (const json of wrong) t.throws(() => readFlaskJson(json), { name: 'SyntaxError' }, json)
})

t.test('32 levels are read and written, and no more', async (t) => {
  const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const tuples = (depth: number) => '{" t":['.repeat(depth) + '1' + ']}'.repeat(depth)
  const objects = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  for (const nested of [lists, tuples, objects]) {
    t.equal(change(nested(32), () => {}), nested(32))
    for (const depth of [33, 65, 10_000]) t.throws(() => readFlaskJson(nested(depth)), { name: 'RangeError', message: /^deeper than/ }, `${depth} levels`)
  }
  t.equal(writeFlaskJson(JSON.parse(lists(32))), lists(32))
  t.throws(() => writeFlaskJson({ a: JSON.parse(lists(32)) }), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /deeper than 32 levels/ })
})

t.test('new values are written as Python writes them', async (t) => {
  const cases: Array<[unknown, string]> = [
    ['Zoë \u{1f600}\x7f\n"', '"Zo\\u00eb \\ud83d\\ude00\\u007f\\n\\""'],
    [1, '1'], [-0.5, '-0.5'], [1e-7, '1e-07'], [0.00001, '1e-05'], [-1.5e-10, '-1.5e-10'], [1e21, '1e+21'], [0.0001, '0.0001'],
    [2 ** 53 - 1, '9007199254740991'], [2 ** 53, '9007199254740992.0'], [-(2 ** 53), '-9007199254740992.0'], [1e16, '1e+16'], [1.5e20, '1.5e+20'],
    [NaN, 'NaN'], [Infinity, 'Infinity'], [-Infinity, '-Infinity'], [12345678901234567890n, '12345678901234567890'],
    [true, 'true'], [null, 'null'], [[], '[]'], [{}, '{}'], [{ a: undefined, b: 1 }, '{"b":1}'],
    [new Date(1_700_000_000_999), '{" d":"Tue, 14 Nov 2023 22:13:20 GMT"}'],
    [Uint8Array.of(255, 0), '{" b":"/wA="}'],
    [tuple([1, tuple([])]), '{" t":[1,{" t":[]}]}'],
    [new Date(Date.UTC(1000, 0)), '{" d":"Wed, 01 Jan 1000 00:00:00 GMT"}'],
    [uuid('12345678-1234-5678-1234-567812345678'), '{" u":"12345678123456781234567812345678"}'],
    [markup('<b>'), '{" m":"<b>"}'],
    [{ ' t': 'x' }, '{" di":{" t__":"x"}}'], [{ ' t': 'x', a: 1 }, '{" t":"x","a":1}'], [{ ' t__': 'x' }, '{" t__":"x"}']
  ]
  for (const [value, json] of cases) {
    t.equal(writeFlaskJson(value), json)
    t.equal(change(json, () => {}), json, 'and so it returns')
  }
})

t.test('what Python\'s JSON cannot carry is refused, with its path', async (t) => {
  const holed = [1, 2, 3]
  delete holed[1]
  const cases: Array<[unknown, RegExp]> = [
    [{ a: [() => 1] }, /a\[0\] holds a function/], [{ a: { b: new Map() } }, /a\.b holds an object of the class Map/], [{ a: Symbol('a') }, /a holds a symbol/],
    [{ a: holed }, /a\[1\] holds undefined/], [{ a: [undefined] }, /a\[0\] holds undefined/], [{ a: { b: 10n ** 4301n } }, /a\.b holds a bigint of more than 4300 digits/],
    [{ a: new Date(NaN) }, /a is an invalid Date/], [{ a: new Date(-62_000_000_000_000) }, /years 1000 to 9999/],
    [{ a: new Date(Date.UTC(10_000, 0)) }, /years 1000 to 9999/], [{ a: JSON.parse('{"__proto__":1}') }, /a\.__proto__ is a key/]
  ]
  for (const [value, message] of cases) t.throws(() => writeFlaskJson(value), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message })
})

t.test('what nobody changed returns as it came', async (t) => {
  const json = '{"2":1.0,"1":{" t":[1e2,12345678901234567890]},"b":{" u":"12345678123456781234567812345678"},"a":"Zo\xeb","c":[ 1.0 ]}'
  t.equal(change(json, () => {}), json)
  t.equal(change(json, (data: { new: number }) => { data.new = 1 }), `${json.slice(0, -1)},"new":1}`, 'new keys come last')
  t.equal(change(json, (data: { b?: string }) => { delete data.b }), json.replace(/"b":.*?},/, ''), 'what is deleted is gone')
  t.equal(change(json, (data: { c: number[] }) => { data.c.push(2) }), json.replace('[ 1.0 ]', '[1.0,2]'))
})

t.test('what was changed has the type that is natural in Python', async (t) => {
  const json = '{"float":1.0,"tuple":{" t":[1,2]},"uuid":{" u":"12345678123456781234567812345678"},"markup":{" m":"<b>"}}'
  t.equal(change(json, (data: Record<string, unknown>) => {
    Object.assign(data, { float: 2, tuple: [1, 3], uuid: '00000000-0000-0000-0000-000000000000', markup: '<i>' })
  }), '{"float":2,"tuple":[1,3],"uuid":"00000000-0000-0000-0000-000000000000","markup":"<i>"}')
})

t.test('a scalar and a list can take each other\'s place', async (t) => {
  t.equal(change('{"a":1.0,"b":[2.0]}', () => ({ a: [1, 2], b: 2 })), '{"a":[1,2],"b":2}')
})

t.test('a tuple stays one while only the inside of its items is changed', async (t) => {
  const json = '{"t":{" t":[{"a":1.0,"b":2},[3.0]]}}'
  t.equal(change(json, ({ t }: { t: [{ b: number }, number[]] }) => { t[0].b = 5; t[1].push(4) }), '{"t":{" t":[{"a":1.0,"b":5},[3.0,4]]}}')
  t.equal(change(json, ({ t }: { t: unknown[] }) => { t.push(1) }), '{"t":[{"a":1.0,"b":2},[3.0],1]}')
  t.equal(change(json, ({ t }: { t: unknown[] }) => { t[1] = 1 }), '{"t":[{"a":1.0,"b":2},1]}')
  t.equal(change('{" t":[1.0,2]}', (t: unknown[]) => { t[1] = [2] }), '[1.0,[2]]')
})

t.test('an item that moved keeps its type', async (t) => {
  const json = '{"_flashes":[{" t":["message","a"]},{" t":["error","b"]},{" t":["message","c"]},{" t":["error","b"]}]}'
  t.equal(change(json, (data: { _flashes: unknown[] }) => { data._flashes.shift() }),
    '{"_flashes":[{" t":["error","b"]},{" t":["message","c"]},{" t":["error","b"]}]}')
  t.equal(change(json, (data: { _flashes: unknown[] }) => { data._flashes.reverse() }),
    '{"_flashes":[{" t":["error","b"]},{" t":["message","c"]},{" t":["error","b"]},{" t":["message","a"]}]}')
  t.equal(change('[1.0,2]', (list: number[]) => { list.push(1) }), '[1.0,2,1]', 'once')
  t.equal(change('[1.0,2]', (list: number[]) => { list.unshift(0) }), '[0,1.0,2]')
})

t.test('of items that are alike, the first goes with the first', async (t) => {
  t.equal(change('{"a":[0,1.0,1e0]}', () => ({ a: [1] })), '{"a":[1.0]}')
  t.equal(change('{"a":[0,0,1.0,1e0]}', () => ({ a: [1, 1] })), '{"a":[1.0,1e0]}')
})

t.test('two thousand equal items are removed in far less time than their square', async (t) => {
  const json = `{"a":[${'0,'.repeat(2_000)}0]}`
  t.ok(cpuTime(() => {
    for (let run = 0; run < 50; run++) {
      t.equal(change(json, () => ({ a: [] })), '{"a":[]}')
      t.equal(change(json, () => ({ a: [1] })), '{"a":[1]}')
    }
  }) < 5_000)
})

t.test('an explicit type goes before the one that was', async (t) => {
  const json = '{"a":[1.0,2],"b":"<b>"}'
  t.equal(change(json, (data: Record<string, unknown>) => Object.assign(data, { a: tuple([1, 2]), b: markup('<b>') })),
    '{"a":{" t":[1.0,2]},"b":{" m":"<b>"}}')
})

t.test('what a schema put in another form counts as untouched in that form', async (t) => {
  const json = '{"n":"1.50","inner":{"seen":1.0,"hidden":2.0},"list":[1.0,2]}'
  const untouched = { n: '1.5', inner: { seen: 1 }, list: [3] }
  t.equal(change(json, () => ({ ...untouched, more: 1 }), untouched), `${json.slice(0, -1)},"more":1}`)
  t.equal(change(json, () => ({ n: '1.5', inner: { seen: 2 }, list: [1, 3] }), untouched), '{"n":"1.50","inner":{"seen":2},"list":[1.0,3]}')
  t.equal(change(json, () => ({ list: [3], inner: {} }), { ...untouched, inner: 1 }), '{"inner":{},"list":[1.0,2]}')
  t.equal(change('["1.50",2.0]', () => ['1.5', 3], ['1.5', 2]), '["1.50",3]', 'an item of a list too')
})

/** Milliseconds of this process alone: what others take of the machine does not count. */
function cpuTime (run: () => void): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
