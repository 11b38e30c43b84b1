import t from 'tap'
import { findForgery, isOrigin, isPrefetch } from '../../lib/util/fetch-metadata.ts'

const trusted = new Set(['https://admin.example.com'])
const judge = (headers: Record<string, string>, method = 'POST', host = 'example.com') => findForgery(method, headers, host, trusted)

t.test('Sec-Fetch-Site decides, whatever the origin', async (t) => {
  for (const site of ['same-origin', 'none']) {
    t.equal(judge({ 'sec-fetch-site': site }), undefined, site)
    t.equal(judge({ 'sec-fetch-site': site, origin: 'https://attacker.example' }), undefined, site)
  }
  for (const site of ['cross-site', 'same-site', 'same-origin, cross-site', 'SAME-ORIGIN', 'unknown']) {
    t.equal(judge({ 'sec-fetch-site': site }), 'Sec-Fetch-Site', site)
    t.equal(judge({ 'sec-fetch-site': site, origin: 'https://example.com' }), 'Sec-Fetch-Site', site)
  }
})

t.test('without it, the host of Origin must be that of the request', async (t) => {
  for (const headers of [{}, { origin: '' }, { 'sec-fetch-site': '' }]) t.equal(judge(headers), undefined, 'neither: no browser')
  for (const [origin, host] of [
    ['https://example.com', 'example.com'], ['http://example.com', 'example.com'], ['https://example.com', 'EXAMPLE.com:443'],
    ['http://example.com:8080', 'example.com:8080'], ['http://[::1]:3000', '[::1]:3000']
  ] as const) t.equal(judge({ origin }, 'POST', host), undefined, `${origin} ${host}`)
  for (const [origin, host] of [
    ['https://attacker.example', 'example.com'], ['https://sub.example.com', 'example.com'], ['http://example.com:8080', 'example.com'],
    ['https://example.com', 'example.com:8080'], ['null', 'example.com'], ['null', ''], ['https://', ''], ['example.com', 'example.com'],
    ['https://example.com', 'exa mple.com'], ['https://example.com.attacker.example', 'example.com']
  ] as const) t.equal(judge({ origin }, 'POST', host), 'Origin', `${origin} ${host}`)
})

t.test('only methods that change nothing are safe, and no websocket is', async (t) => {
  const headers = { 'sec-fetch-site': 'cross-site' }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) t.equal(judge(headers, method), undefined, method)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY', 'get']) {
    t.equal(judge(headers, method), 'Sec-Fetch-Site', method)
  }
  t.equal(judge({ ...headers, upgrade: 'WebSocket' }, 'GET'), 'Sec-Fetch-Site')
  t.equal(judge({ ...headers, upgrade: 'h2c' }, 'GET'), undefined)
  t.equal(judge({ upgrade: 'websocket', origin: 'https://attacker.example' }, 'GET'), 'Origin')
  t.equal(judge({ upgrade: 'websocket', origin: 'https://example.com' }, 'GET'), undefined)
})

t.test('a trusted origin may, and only that one', async (t) => {
  for (const headers of [{ 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
    t.equal(judge({ ...headers, origin: 'https://admin.example.com' }), undefined)
    t.not(judge({ ...headers, origin: 'http://admin.example.com' }), undefined, 'the scheme is part of it')
    t.not(judge({ ...headers, origin: 'https://admin.example.com:8443' }), undefined, 'and so is the port')
  }
})

t.test('an origin is what browsers send as one', async (t) => {
  for (const text of ['https://example.com', 'http://localhost:3000', 'http://[::1]', 'https://xn--bcher-kva.example', 'chrome-extension://abcdef']) {
    t.equal(isOrigin(text), true, text)
  }
  for (const text of [
    'https://example.com/', 'https://example.com/path', 'https://example.com?a', 'https://example.com:443', 'https://Example.com',
    'https://bücher.example', 'https://user@example.com', 'https://*.example.com', 'example.com', '//example.com', 'null', '*', '', 'file://', 7, undefined
  ]) t.equal(isOrigin(text), false, String(text))
})

t.test('a prefetch is what Sec-Purpose says, with its details', async (t) => {
  for (const purpose of ['prefetch', 'prefetch;prerender']) t.equal(isPrefetch({ 'sec-purpose': purpose }), true, purpose)
  for (const purpose of [undefined, '', 'prefetching', 'x;prefetch']) t.equal(isPrefetch({ 'sec-purpose': purpose }), false, String(purpose))
})
