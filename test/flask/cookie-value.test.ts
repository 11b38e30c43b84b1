import fc from 'fast-check'
import t from 'tap'
import { quoteCookieValue, unquoteCookieValue } from '../../lib/flask/cookie-value.ts'

t.test('a text is quoted only if it must be', async (t) => {
  for (const [text, value] of [['7|a0', '7|a0'], ['', ''], ['a b', '"a\\040b"'], ['é', '"\\303\\251"'], [',;"\\', '"\\054\\073\\042\\134"'], ['(a)', '"(a)"']] as const) {
    t.equal(quoteCookieValue(text), value)
  }
})

t.test('every text comes back, and its value is allowed in a cookie', async () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
    const value = quoteCookieValue(text)
    return unquoteCookieValue(value) === text && /^("[!#-+\--:<-~]*"|[!#-+\--:<-[\]-~]*)$/.test(value)
  }))
})

t.test('what Werkzeug writes otherwise is read, and what it would not write is no error', async (t) => {
  const values = [['"a b"', 'a b'], ['"\\"\\\\"', '"\\'], ['"\\x"', 'x'], ['"', '"'], ['"a', '"a'], ['\\054', '\\054'], ['"\\999"', '999'], ['caf\xc3\xa9', 'café'], ['\xff', '\ufffd']]
  for (const [value = '', text] of values) t.equal(unquoteCookieValue(value), text, value)
})
