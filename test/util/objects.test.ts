import fc from 'fast-check'
import t from 'tap'
import { tuple } from '../../lib/payload/python-types.ts'
import { clone, equal, isPlainObject, withoutUndefined } from '../../lib/util/objects.ts'

const inherited = fc.constantFrom('constructor', 'toString', 'valueOf', 'hasOwnProperty')
const value = fc.anything({
  withDate: true,
  withNullPrototype: true,
  // No payload has this key, in or out.
  key: fc.oneof(fc.string(), inherited).filter((key) => key !== '__proto__')
})

t.test('a copy shares nothing that could change with its original', async (t) => {
  const original = { list: [{ a: 1 }], date: new Date(5), bytes: Buffer.from([1, 2]), none: null, text: 'x' }
  const copy = clone(original)
  t.ok(equal(copy, original))
  t.not(copy.list, original.list)
  t.not(copy.list[0], original.list[0])
  t.not(copy.date, original.date)
  t.not(copy.bytes.buffer, original.bytes.buffer)
  original.list[0]!.a = 2
  original.date.setTime(6)
  original.bytes[0] = 9
  t.same(copy, { list: [{ a: 1 }], date: new Date(5), bytes: Uint8Array.of(1, 2), none: null, text: 'x' })
})

t.test('a value that no payload can carry stays the same', async (t) => {
  const url = new URL('http://a')
  t.equal(clone({ url }).url, url)
  const odd = new (class extends Date {})(5)
  t.equal(clone(odd), odd, 'of a class derived from one that it can')
})

t.test('a copy of a map or a set has copies of what it holds', async (t) => {
  const original = { map: new Map([['a', [1]]]), set: new Set([[1]]) }
  const copy = clone(original)
  original.map.get('a')?.push(2)
  original.set.clear()
  t.strictSame(copy, { map: new Map([['a', [1]]]), set: new Set([[1]]) })
})

t.test('a copy is equal to its original', async () => {
  fc.assert(fc.property(value, (value) => equal(clone(value), value) && equal(value, clone(value))), { numRuns: 1000 })
})

t.test('equality goes both ways', async () => {
  fc.assert(fc.property(value, value, (a, b) => equal(a, b) === equal(b, a)), { numRuns: 1000 })
})

const url = new URL('http://a')

const same: Array<[string, unknown, unknown]> = [
  ['the same text', 'a', 'a'],
  ['zero and minus zero, which JSON writes alike', 0, -0],
  ['two NaN', NaN, NaN],
  ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['a key that holds undefined and one that is not there', { a: undefined }, {}],
  ['a key of an object\'s prototype that holds undefined and one that is not there', { constructor: undefined }, {}],
  ['an object with and without a prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
  ['lists', [1, [2]], [1, [2]]],
  ['dates of one time', new Date(5), new Date(5)],
  ['two invalid dates', new Date(NaN), new Date(NaN)],
  ['bytes in a Buffer and in a Uint8Array', Buffer.from([1]), Uint8Array.of(1)],
  ['one object that no payload can carry', url, url],
  ['sets', new Set([1, [2]]), new Set([1, [2]])],
  ['maps', new Map([['a', [1]]]), new Map([['a', [1]]])]
]

for (const [what, a, b] of same) {
  t.test(`${what} are equal`, async (t) => {
    t.equal(equal(a, b), true)
    t.equal(equal(b, a), true)
  })
}

const different: Array<[string, unknown, unknown]> = [
  ['texts', 'a', 'b'],
  ['a number and a text', 1, '1'],
  ['null and an object', null, {}],
  ['null and undefined', null, undefined],
  ['objects with another value', { a: 1 }, { a: 2 }],
  ['objects of which one has a key more', { a: 1 }, { a: 1, b: 2 }],
  ['objects of which one has a key that every object inherits', {}, { constructor: 1 }],
  ['objects of which one has a method that every object inherits', {}, { toString: Object.prototype.toString }],
  ['null and a key that is not there', { a: null }, {}],
  ['a list and its members as an object', ['a'], { 0: 'a' }],
  ['lists of another length', [1], [1, 2]],
  ['a list and a tuple', [1], tuple([1])],
  ['lists in another order', [1, 2], [2, 1]],
  ['dates', new Date(5), new Date(6)],
  ['a date and an invalid one', new Date(5), new Date(NaN)],
  ['a date and an empty object', new Date(5), {}],
  ['bytes', Uint8Array.of(1), Uint8Array.of(2)],
  ['bytes and a list', Uint8Array.of(1), [1]],
  ['two objects that no payload can carry', new URL('http://a'), new URL('http://a')],
  ['sets', new Set([1]), new Set([2])],
  ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
  ['a set and a map', new Set(), new Map()],
  ['a set and a list', new Set([1]), [1]],
  ['an object of a class and a plain one', new (class { a = 1 })(), { a: 1 }]
]

for (const [what, a, b] of different) {
  t.test(`${what} are not equal`, async (t) => {
    t.equal(equal(a, b), false)
    t.equal(equal(b, a), false)
  })
}

t.test('a plain object is one of a literal or without a prototype', async (t) => {
  for (const plain of [{}, { a: 1 }, Object.create(null)]) t.equal(isPlainObject(plain), true)
  for (const other of [null, undefined, 'text', [], new Date(), Object.create({}), new Map(), () => {}]) t.equal(isPlainObject(other), false)
})

t.test('what holds undefined says nothing, and what holds null or nothing else does', async (t) => {
  t.strictSame(withoutUndefined({ a: undefined, b: null, c: 0, d: '', e: false }), { b: null, c: 0, d: '', e: false })
})
