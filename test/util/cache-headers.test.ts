import t from 'tap'
import { isTargetedCacheControl, listOf, privateCacheControl, varyOnCookie, type HeaderValue } from '../../lib/util/cache-headers.ts'

const vary: Array<[HeaderValue, string]> = [
  [undefined, 'Cookie'],
  ['', 'Cookie'],
  ['Accept-Encoding', 'Accept-Encoding, Cookie'],
  ['Accept-Encoding,Origin', 'Accept-Encoding, Origin, Cookie'],
  [['Accept-Encoding', 'Origin'], 'Accept-Encoding, Origin, Cookie'],
  ['Cookie', 'Cookie'],
  ['origin, cookie', 'origin, cookie'],
  ['X-Cookie', 'X-Cookie, Cookie'],
  ['*', '*']
]

for (const [value, expected] of vary) {
  t.test(`Vary: ${JSON.stringify(value)} becomes ${expected}`, async (t) => {
    t.equal(varyOnCookie(value), expected)
    t.equal(varyOnCookie(varyOnCookie(value)), expected, 'and stays so')
  })
}

const cacheControl: Array<[HeaderValue, string]> = [
  [undefined, 'private'],
  ['', 'private'],
  ['public', 'private'],
  ['public, max-age=60', 'private, max-age=60'],
  ['Public, S-MaxAge=600, max-age=60', 'private, max-age=60'],
  [['public', 'max-age=60'], 'private, max-age=60'],
  ['private', 'private'],
  ['private="Set-Cookie"', 'private'],
  ['private="Set-Cookie, X-Other", max-age=60', 'private, max-age=60'],
  ['no-cache', 'private, no-cache'],
  ['publicity=1', 'private, publicity=1'],
  ['no-store', 'no-store'],
  ['NO-STORE, public', 'NO-STORE'],
  ['x="a, \\"b\\", public", max-age=1', 'private, x="a, \\"b\\", public", max-age=1'],
  ['x="never closed, public', 'private, x="never closed, public'],
  [' , ,max-age=1, ', 'private, max-age=1']
]

for (const [value, expected] of cacheControl) {
  t.test(`Cache-Control: ${JSON.stringify(value)} becomes ${expected}`, async (t) => {
    t.equal(privateCacheControl(value), expected)
    t.equal(privateCacheControl(privateCacheControl(value)), expected, 'and stays so')
  })
}

t.test('headers that tell a CDN what to cache are known', async (t) => {
  for (const name of ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'vercel-cdn-cache-control', 'surrogate-control',
    'edge-control', 'akamai-cache-control', 'x-litespeed-cache-control']) {
    t.equal(isTargetedCacheControl(name), true, name)
  }
  for (const name of ['cache-control', 'x-surrogate-control', 'cdn-cache-control-x', 'edge-control-x', 'mycdn-cache-control']) {
    t.equal(isTargetedCacheControl(name), false, name)
  }
})

t.test('the values of a header are a list, however many there are', async (t) => {
  t.same(listOf(undefined), [])
  t.same(listOf('a'), ['a'])
  t.same(listOf(['b', 'a']), ['b', 'a'])
  t.same(listOf(1), ['1'])
})
