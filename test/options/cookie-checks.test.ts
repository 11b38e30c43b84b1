import fastifyCookie from '@fastify/cookie'
import Fastify from 'fastify'
import t from 'tap'
import { checkCookie } from '../../lib/options/cookie-checks.ts'
import { defaultAttributes, type CookieAttributes } from '../../lib/util/cookies.ts'

const app = Fastify()
await app.register(fastifyCookie)
const { serializeCookie: serialize } = app

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
    ['__Http-session', { secure: true, httpOnly: true, domain: 'example.org', path: '/app' }],
    ['__Host-Http-session', { ...defaultAttributes, secure: true }],
    ['__Secure-Http-session', { secure: true, httpOnly: false }],
    ['my__Host-session', defaultAttributes],
    ...['/my%20app', '/a%3fb', '/%', '//a', '/a/..b/.c', '/[a]', '/~a!$&\'()*+,:=@', `/${'a'.repeat(1023)}`].map((path): typeof good[0] => ['session', { path }]),
    ...['.example.org', 'EXAMPLE.org', 'localhost', '127.0.0.1', 'xn--bcher-kva.example'].map((domain): typeof good[0] => ['session', { domain }])
  ]
  for (const [name, attributes] of good) t.doesNotThrow(() => checkCookie(name, attributes, serialize), `${name} ${JSON.stringify(attributes)}`)
})

const nameMessage = '`cookieName` must be a token of RFC 9110: letters, digits and !#$%&\'*+-.^_`|~'
const insecure = 'browsers drop a cookie with SameSite=None or Partitioned that is not Secure: set `cookie.secure` to true'
const hostPath = 'a cookie named __Host-session must have the path / and no domain'
const text = 'must be a non-empty string'
const pathMessage = '`cookie.path` must be percent-encoded and without dot segments, as browsers send it: /my%20app for /my app'
const notInHeader = '`cookie` has an attribute that is not allowed in a header: '

const bad: Array<[title: string, name: unknown, attributes: Record<string, unknown>, message: string]> = [
  ['a name with a space', 'my session', {}, nameMessage],
  ['a name with a semicolon', 'a;b', {}, nameMessage],
  ['a name with an equals sign', 'a=b', {}, nameMessage],
  ['a name with a line break', 'session\n', {}, nameMessage],
  ['a name with a letter beyond ASCII', 'séssion', {}, nameMessage],
  ['an empty name', '', {}, nameMessage],
  ['httpOnly that is no boolean', 'session', { httpOnly: 'yes' }, '`cookie.httpOnly` must be true or false'],
  ['partitioned that is no boolean', 'session', { partitioned: 1 }, '`cookie.partitioned` must be true or false'],
  ['a path that is no text', 'session', { path: 5 }, `\`cookie.path\` ${text}`],
  ['an empty path', 'session', { path: '' }, `\`cookie.path\` ${text}`],
  ['a relative path', 'session', { path: 'app' }, '`cookie.path` must begin with /'],
  ['a path with a semicolon', 'session', { path: '/a;Domain=b' }, `${notInHeader}cookie path is invalid: /a;Domain=b`],
  ...['/a b', '/a?b', '/a"b', '/a#b', '/a<b', '/a>b', '/a`b', '/a{b', '/a}b', '/a|b', '/a^b', '/a\\b', '/é', '/a/../b', '/./a', '/a/%2e%2E/b', '/a\r\nx:y', '/\0']
    .map((path): typeof bad[0] => [`the path ${JSON.stringify(path)}, which no browser sends`, 'session', { path }, pathMessage]),
  ['a path that browsers ignore since it is too long', 'session', { path: `/${'a'.repeat(1024)}` }, '`cookie.path` must have at most 1024 bytes'],
  ['a domain that is no text', 'session', { domain: null }, `\`cookie.domain\` ${text}`],
  ['an empty domain', 'session', { domain: '' }, `\`cookie.domain\` ${text}`],
  ['a domain with a space', 'session', { domain: 'a b' }, `${notInHeader}cookie domain is invalid: a b`],
  ...['example.org:80', 'https://example.org', 'example.org/a', '*.example.org', 'example..org', 'example.org.', '.', 'bücher.example']
    .map((domain): typeof bad[0] => [`the domain ${domain}`, 'session', { domain }, `${notInHeader}cookie domain is invalid: ${domain}`]),
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
  ['__Http- without Secure', '__Http-session', { httpOnly: true }, 'a cookie named __Http-session must be Secure: set `cookie.secure` to true'],
  ['__Http- without HttpOnly', '__http-session', { secure: true, httpOnly: false }, 'a cookie named __http-session must be HttpOnly: set `cookie.httpOnly` to true'],
  ['__Host-Http- without HttpOnly', '__Host-Http-a', { secure: true, path: '/' }, 'a cookie named __Host-Http-a must be HttpOnly: set `cookie.httpOnly` to true'],
  ['__Host-Http- with another path', '__Host-HTTP-a', { secure: true, httpOnly: true, path: '/app' }, 'a cookie named __Host-HTTP-a must have the path / and no domain'],
  ['__Host- with a domain', '__Host-session', { secure: true, path: '/', domain: 'example.org' }, hostPath]
]

for (const [title, name, attributes, message] of bad) {
  t.test(`${title} is refused`, async (t) => {
    t.throws(() => checkCookie(name as string, attributes as CookieAttributes, serialize),
      { code: 'FST_TYPED_SESSION_INVALID_COOKIE', message })
  })
}

t.test('what the serialiser found wrong is kept as the cause', async (t) => {
  t.throws(() => checkCookie('session', { path: '/;' }, serialize), { cause: { message: /path is invalid/ } })
})
