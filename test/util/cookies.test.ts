import fastifyCookie from '@fastify/cookie'
import Fastify from 'fastify'
import t from 'tap'
import { attributeNames, attributesFor, cookieWriter, defaultAttributes, maxTokens, readCookies, readFirstCookie, type CookieAttributes } from '../../lib/util/cookies.ts'

const app = Fastify()
await app.register(fastifyCookie)
const { serializeCookie: serialize } = app
const now = 1_790_000_000

t.test('the values of a name are found among other cookies', async (t) => {
  t.strictSame(readCookies('a=1; session=x.y; b=2', 'session'), ['x.y'])
  t.strictSame(readCookies('session=x', 'session'), ['x'])
  t.strictSame(readCookies(';;session=x;', 'session'), ['x'])
  t.strictSame(readCookies('session=', 'session'), [''])
})

t.test('no cookie of the name is no value', async (t) => {
  for (const header of [undefined, '', 'a=1', 'session', 'mysession=x', 'sessions=x', 'a=session=x', 'SESSION=x', '=x']) {
    t.strictSame(readCookies(header, 'session'), [], String(header))
  }
})

t.test('the first cookie of a name is given whatever it looks like', async (t) => {
  const cases: Array<[string | undefined, string | undefined]> = [
    [undefined, undefined], ['', undefined], ['name', undefined], ['=x', undefined], ['myname=x', undefined], ['a=name=x', undefined], ['\xa0name=x', undefined],
    ['name=', ''], ['name=x', 'x'], ['a=1;\tname = "7|é" ; name=y', '"7|é"'], ['name=a=b', 'a=b'], ['name; name=x', 'x']
  ]
  for (const [header, value] of cases) t.equal(readFirstCookie(header, 'name'), value, String(header))
})

t.test('all tokens of a name are given, in order, and each once', async (t) => {
  t.strictSame(readCookies('session=a.a; session=b.b; x=session; session=a.a', 'session'), ['a.a', 'b.b'])
})

t.test('what does not look like a token is given only if it comes alone', async (t) => {
  const token = 'eyJhIjoxfQ.arE7gA.sig-_'
  const others = ['', 'a', '.', '..', 'a b', '"a.b.c"', 's%3Aa.b', 'a.b.c.d', '..a.b', '.a', 'a=.b', 'é.a']
  for (const other of others) {
    t.strictSame(readCookies(`session=${other}; session=${token}; session=${other}`, 'session'), [token], other)
    t.strictSame(readCookies(`session=${other}; session=x`, 'session'), [other], other)
  }
  for (const shape of [token, `.${token}`, 'a.b', 'a..b', 'a.', 'a..']) t.strictSame(readCookies(`session=x; session=${shape}`, 'session'), [shape])
  t.strictSame(readCookies(`${others.map((other) => `session=${other};`).join('')}session=${token}`, 'session'), [token], 'however many there are')
})

t.test('of many tokens, one too many is given', async (t) => {
  const header = (count: number) => Array.from({ length: count }, (_, index) => `session=${index}.a`).join('; ')
  t.equal(readCookies(header(8), 'session').length, maxTokens)
  t.equal(readCookies(header(5000), 'session').length, maxTokens + 1)
})

t.test('a value is given as it was sent: neither decoded nor freed of quotes', async (t) => {
  for (const value of ['%61bc', 'a%62', '%zz', '"a"', 'a=b', 'a b']) {
    t.strictSame(readCookies(`session=${value}`, 'session'), [value])
  }
  t.strictSame(readCookies(' session=\t x ; b', 'session'), ['x'], 'white space around it is not of the value')
})

t.test('only blanks and tabs are white space around a name or value', async (t) => {
  for (const byte of ['\xa0', '\x85', '\x0b', '\x0c', '\ufeff']) {
    t.strictSame(readCookies(`a=b; ${byte}__Host-session=x`, '__Host-session'), [], 'a browser sees no prefix __Host- there')
    t.strictSame(readCookies(`session=x${byte}`, 'session'), [`x${byte}`])
  }
  t.strictSame(readCookies('a=b;\t session= \t', 'session'), [''])
})

t.test('names with every character that a name may have are found', async (t) => {
  for (const name of ['__Host-session', 'a.b', '!#$%&\'*+-.^_`|~', '__proto__', 'toString']) {
    t.strictSame(readCookies(`${name}=x`, name), ['x'], name)
    t.strictSame(readCookies('other=x', name), [], name)
  }
})

t.test('the defaults are HttpOnly, SameSite=Lax, the whole site, and Secure over HTTPS', async (t) => {
  t.strictSame(attributesFor(defaultAttributes, false, undefined, now), { secure: false, path: '/', httpOnly: true, sameSite: 'lax' })
  t.strictSame(attributesFor(defaultAttributes, true, undefined, now), { secure: true, path: '/', httpOnly: true, sameSite: 'lax' })
})

t.test('a choice about Secure outweighs the protocol', async (t) => {
  t.equal(attributesFor({ secure: true }, false, undefined, now).secure, true)
  t.equal(attributesFor({ secure: false }, true, undefined, now).secure, false)
  t.equal(attributesFor({}, true, undefined, now).secure, false)
})

t.test('every attribute that is given is sent, and no other', async (t) => {
  const attributes: CookieAttributes = {
    path: '/app', domain: 'example.org', httpOnly: true, secure: true, sameSite: 'none', partitioned: true, priority: 'high'
  }
  t.strictSame(attributesFor(attributes, false, undefined, now), attributes)
  t.strictSame([...attributeNames].sort(), Object.keys(attributes).sort(), 'and all have their names')
  t.strictSame(attributesFor({ httpOnly: false, sameSite: false, partitioned: false }, false, undefined, now), { secure: false })
})

t.test('an expiry is Max-Age and Expires', async (t) => {
  t.strictSame(attributesFor({}, false, 60, now), { secure: false, maxAge: 60, expires: new Date((now + 60) * 1000) })
})

t.test('a cookie that is deleted has Max-Age=0 and expired in 1970', async (t) => {
  t.strictSame(attributesFor({}, false, 0, now), { secure: false, maxAge: 0, expires: new Date(0) })
})

t.test('a session that ended during its response expires now, and not before 1970', async (t) => {
  t.strictSame(attributesFor({}, false, -5, now), { secure: false, maxAge: 0, expires: new Date(0) })
})

t.test('no cookie is promised for longer than the 400 days of RFC 6265bis', async (t) => {
  const days = 86_400
  t.strictSame(attributesFor({}, false, 401 * days, now), { secure: false, maxAge: 400 * days, expires: new Date((now + 400 * days) * 1000) })
})

t.test('the library\'s Set-Cookie is reused while the attributes are equal', async (t) => {
  const serialised: unknown[] = []
  const write = cookieWriter('sid', (name, value, attributes) => {
    serialised.push(attributes)
    return serialize(name, value, attributes)
  })
  const other = { path: '/admin' }
  const calls: Array<[Parameters<typeof write>, expected: string, times: number]> = [
    [['e30.a.b', defaultAttributes, false, undefined, now], 'sid=e30.a.b; Path=/; HttpOnly; SameSite=Lax', 1],
    [['e31.a.b', defaultAttributes, false, undefined, now + 9], 'sid=e31.a.b; Path=/; HttpOnly; SameSite=Lax', 1],
    [['e31.a.b', defaultAttributes, true, undefined, now], 'sid=e31.a.b; Path=/; HttpOnly; Secure; SameSite=Lax', 2],
    [['e31.a.b', other, true, undefined, now], 'sid=e31.a.b; Path=/admin', 3],
    [['e31.a.b', other, true, 60, now], 'sid=e31.a.b; Max-Age=60; Path=/admin; Expires=Mon, 21 Sep 2026 14:14:20 GMT', 4],
    [['e32.a.b', other, true, 60, now], 'sid=e32.a.b; Max-Age=60; Path=/admin; Expires=Mon, 21 Sep 2026 14:14:20 GMT', 4],
    [['e32.a.b', other, true, 60, now + 1], 'sid=e32.a.b; Max-Age=60; Path=/admin; Expires=Mon, 21 Sep 2026 14:14:21 GMT', 5],
    [['', other, true, 0, now], 'sid=; Max-Age=0; Path=/admin; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 6]
  ]
  for (const [given, expected, times] of calls) {
    t.equal(write(...given), expected)
    t.equal(serialised.length, times)
  }
})
