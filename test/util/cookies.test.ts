import fastifyCookie from '@fastify/cookie'
import Fastify from 'fastify'
import t from 'tap'
import { attributeNames, attributesFor, checkCookie, cookieWriter, defaultAttributes, maxTokens, readCookies, type CookieAttributes } from '../../lib/util/cookies.ts'

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

t.test('reading stops at the ninth token, which is one too many', async (t) => {
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

t.test('white space is blanks and tabs: what else looks like it belongs to a name or a value', async (t) => {
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

t.test('the defaults are HttpOnly, SameSite=Lax, the whole site, and Secure where HTTPS is', async (t) => {
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

t.test('no cookie is promised for longer than the 400 days of RFC 6265bis', async (t) => {
  const days = 86_400
  t.strictSame(attributesFor({}, false, 401 * days, now), { secure: false, maxAge: 400 * days, expires: new Date((now + 400 * days) * 1000) })
})

t.test('good names and attributes pass', async (t) => {
  const good: Array<[name: string, attributes: CookieAttributes]> = [
    ['session', defaultAttributes],
    ['session', {}],
    ['!#$%&\'*+-.^_`|~9aZ', defaultAttributes],
    ['session', { path: '/app', domain: 'example.org', httpOnly: false, secure: false, sameSite: false, partitioned: false, priority: 'low' }],
    ['session', { secure: true, sameSite: 'none', partitioned: true }],
    ['session', { sameSite: 'strict', priority: 'medium' }],
    ['__Host-session', { ...defaultAttributes, secure: true }],
    ['__Secure-session', { secure: true, domain: 'example.org', path: '/app' }],
    ['__Hostess', defaultAttributes],
    ['my__Host-session', defaultAttributes]
  ]
  for (const [name, attributes] of good) t.doesNotThrow(() => checkCookie(name, attributes, serialize), `${name} ${JSON.stringify(attributes)}`)
})

const nameMessage = '`cookieName` must be a token of RFC 9110: letters, digits and !#$%&\'*+-.^_`|~'
const insecure = 'browsers drop a cookie with SameSite=None or Partitioned that is not Secure: set `cookie.secure` to true'
const hostPath = 'a cookie named __Host-session must have the path / and no domain'
const text = 'must be a string with something in it'
const notInHeader = '`cookie` has an attribute that is not allowed in a header: '

const bad: Array<[title: string, name: unknown, attributes: Record<string, unknown>, message: string]> = [
  ['a name with a space', 'my session', {}, nameMessage],
  ['a name with a semicolon', 'a;b', {}, nameMessage],
  ['a name with an equals sign', 'a=b', {}, nameMessage],
  ['a name with a line break', 'session\n', {}, nameMessage],
  ['a name with a letter beyond ASCII', 'séssion', {}, nameMessage],
  ['an empty name', '', {}, nameMessage],
  ['a name that is no text', 5, {}, nameMessage],
  ['httpOnly that is no boolean', 'session', { httpOnly: 'yes' }, '`cookie.httpOnly` must be true or false'],
  ['partitioned that is no boolean', 'session', { partitioned: 1 }, '`cookie.partitioned` must be true or false'],
  ['a path that is no text', 'session', { path: 5 }, `\`cookie.path\` ${text}`],
  ['an empty path', 'session', { path: '' }, `\`cookie.path\` ${text}`],
  ['a relative path', 'session', { path: 'app' }, '`cookie.path` must begin with /'],
  ['a path with a semicolon', 'session', { path: '/a; Domain=b' }, `${notInHeader}cookie path is invalid: /a; Domain=b`],
  ['a path with a line break', 'session', { path: '/a\r\nx: y' }, `${notInHeader}cookie path is invalid: /a\r\nx: y`],
  ['a path with a NUL', 'session', { path: '/\0' }, `${notInHeader}cookie path is invalid: /\0`],
  ['a domain that is no text', 'session', { domain: null }, `\`cookie.domain\` ${text}`],
  ['an empty domain', 'session', { domain: '' }, `\`cookie.domain\` ${text}`],
  ['a domain with a space', 'session', { domain: 'a b' }, `${notInHeader}cookie domain is invalid: a b`],
  ['secure that is neither boolean nor auto', 'session', { secure: 'yes' }, '`cookie.secure` must be true, false or \'auto\''],
  ['SameSite in capitals', 'session', { sameSite: 'Lax' }, '`cookie.sameSite` must be \'strict\', \'lax\', \'none\' or false'],
  ['SameSite true', 'session', { sameSite: true }, '`cookie.sameSite` must be \'strict\', \'lax\', \'none\' or false'],
  ['an unknown priority', 'session', { priority: 'highest' }, '`cookie.priority` must be \'low\', \'medium\' or \'high\''],
  ['an empty priority', 'session', { priority: '' }, '`cookie.priority` must be \'low\', \'medium\' or \'high\''],
  ['SameSite=None without Secure', 'session', { sameSite: 'none' }, insecure],
  ['SameSite=None with Secure by protocol only', 'session', { sameSite: 'none', secure: 'auto' }, insecure],
  ['Partitioned without Secure', 'session', { partitioned: true, secure: false }, insecure],
  ['__Host- with Secure by protocol only', '__Host-session', defaultAttributes as Record<string, unknown>,
    'a cookie named __Host-session must be Secure: set `cookie.secure` to true'],
  ['__Secure- without Secure', '__Secure-session', { secure: false }, 'a cookie named __Secure-session must be Secure: set `cookie.secure` to true'],
  ['__host- in small letters without Secure', '__host-session', {}, 'a cookie named __host-session must be Secure: set `cookie.secure` to true'],
  ['__Host- with another path', '__Host-session', { secure: true, path: '/app' }, hostPath],
  ['__Host- without a path', '__Host-session', { secure: true }, hostPath],
  ['__Host- with a domain', '__Host-session', { secure: true, path: '/', domain: 'example.org' }, hostPath]
]

for (const [title, name, attributes, message] of bad) {
  t.test(`${title} is refused`, async (t) => {
    t.throws(() => checkCookie(name as string, attributes as CookieAttributes, serialize),
      { code: 'FST_TYPED_SESSION_INVALID_COOKIE', message })
  })
}

t.test('what the serialiser found wrong is kept as the cause', async (t) => {
  t.throws(() => checkCookie('session', { path: '/\n' }, serialize), { cause: { message: /path is invalid/ } })
})

t.test('a Set-Cookie is the library\'s, which serialises the attributes anew only where they differ from the last', async (t) => {
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
