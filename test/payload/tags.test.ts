import t from 'tap'
import {
  checkDate, checkDepth, checkKey, isBytes, isDate, isList, isRecord, keyToEscape, reachesPrototype, readBytes, readEscapedKey, readUuid, unserializable
} from '../../lib/payload/tags.ts'

const code = 'FST_TYPED_SESSION_UNSERIALIZABLE'

t.test('__proto__, or a constructor with a prototype in it, reaches a prototype', async (t) => {
  for (const value of [undefined, 'text', {}]) t.equal(reachesPrototype('__proto__', value), true)
  t.equal(reachesPrototype('constructor', { prototype: {} }), true)
  for (const value of [undefined, null, 'a builder', {}, { proto: 1 }]) t.equal(reachesPrototype('constructor', value), false)
  for (const key of ['', 'prototype', 'proto', 'Constructor']) t.equal(reachesPrototype(key, { prototype: {} }), false)
  t.throws(() => checkKey('__proto__', {}, 'a.__proto__'), { code, message: /a\.__proto__ is a key/ })
  t.doesNotThrow(() => checkKey('constructor', 'a builder', 'a.constructor'))
})

t.test('bytes are standard base64 with its padding, in one spelling', async (t) => {
  t.strictSame(readBytes('/wA='), Uint8Array.of(255, 0))
  t.strictSame(readBytes(''), new Uint8Array())
  for (const text of ['/wA', '_wA=', ' /wA=', '/wB=', '/wA=\n']) t.throws(() => readBytes(text), SyntaxError)
})

t.test('a UUID is 32 small hexadecimal digits, and gets its hyphens', async (t) => {
  const hex = 'abcdef0123456789abcdef0123456789'
  t.equal(readUuid(hex), 'abcdef01-2345-6789-abcd-ef0123456789')
  for (const text of ['', hex.slice(1), `${hex}0`, `0${hex}`, `${hex}\n`, hex.toUpperCase(), hex.replace('a', 'g')]) {
    t.throws(() => readUuid(text), SyntaxError, text)
  }
})

t.test('an escaped key is alone, and ends with what escapes it', async (t) => {
  t.equal(readEscapedKey([' t__']), ' t')
  t.equal(readEscapedKey(['__']), '')
  for (const keys of [[], [' t'], ['__t'], [' t_'], [' t__', ' u__'], [' t__', 'a']]) t.throws(() => readEscapedKey(keys), SyntaxError)
})

t.test('a key has to be escaped that is a tag and alone', async (t) => {
  for (const tag of [' di', ' t', ' b', ' m', ' u', ' d']) t.equal(keyToEscape([tag]), tag)
  for (const keys of [[], [''], ['t'], [' od'], [' t__'], [' t', ' d'], [' t', 'a']]) t.equal(keyToEscape(keys), undefined)
})

t.test('an invalid date and a thirty-third level are refused with their path', async (t) => {
  t.doesNotThrow(() => checkDate(new Date(0), 'a'))
  t.throws(() => checkDate(new Date(NaN), 'a.b'), { code, message: /a\.b is an invalid Date/ })
  t.doesNotThrow(() => checkDepth(32, 'a'))
  t.throws(() => checkDepth(33, 'a.b'), { code, message: /a\.b lies deeper than 32 levels/ })
})

class Money {
  readonly amount = 'hidden'
}

t.test('what JSON cannot carry is named by its kind or class, and never by its value', async (t) => {
  const cases: Array<[unknown, string]> = [
    [new Map([['a', 'hidden']]), 'an object of the class Map'], [/hidden/, 'an object of the class RegExp'], [5n, 'a bigint'], [undefined, 'undefined'],
    [() => 'hidden', 'a function'], [Object.assign(new Money(), { constructor: 'hidden' }), 'an object of the class Money'], [new (class extends Date {})(), 'an object of a class without a name'],
    [new (class Later extends Date {})(), 'an object of the class Later'], [Object.create(Object.create(null)), 'an object of a class without a name'],
    [{ [Symbol('hidden')]: 1 }, 'an object with a key that is a symbol']
  ]
  for (const [value, what] of cases) {
    const error = unserializable(value, 'a.b')
    t.match(error, { code, message: `a.b holds ${what}, which a session cannot carry.` })
    t.notMatch(error.message, /hidden/)
  }
})

t.test('what comes back as an object of another class is none that JSON carries', async (t) => {
  t.same([isList([]), isList(new (class extends Array {})()), isList({})], [true, false, false])
  t.same([isRecord({}), isRecord(Object.create(null)), isRecord({ [Symbol('a')]: 1 }), isRecord(new Money())], [true, true, false, false])
  t.same([isBytes(new Uint8Array()), isBytes(Buffer.alloc(0)), isBytes(new (class extends Uint8Array {})()), isBytes(new Uint16Array())], [true, true, false, false])
  t.same([isDate(new Date()), isDate(new (class extends Date {})()), isDate({})], [true, false, false])
})
