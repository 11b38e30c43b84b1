import t from 'tap'
import { inScope, isSameScope, isScope, olderScopes, otherScopes, scopeOf } from '../../lib/util/cookie-scope.ts'
import { defaultAttributes } from '../../lib/util/cookies.ts'

const all = { path: '/app', domain: 'example.org', partitioned: true } as const

t.test('a scope is what differs from the defaults, as browsers compare it', async (t) => {
  t.equal(scopeOf(defaultAttributes), undefined)
  t.equal(scopeOf({ path: '/', partitioned: false, secure: true }), undefined)
  t.strictSame(scopeOf({ path: '/app' }), { path: '/app' })
  t.strictSame(scopeOf({ path: '/', domain: '.Example.ORG' }), { domain: 'example.org' })
  t.strictSame(scopeOf({ ...defaultAttributes, partitioned: true }), { partitioned: true })
  t.strictSame(scopeOf({ ...all, httpOnly: true }), all)
})

t.test('two scopes are the same if nothing in them differs', async (t) => {
  for (const scope of [undefined, all, { path: '/app' }]) t.equal(isSameScope(scope, scope && { ...scope }), true)
  for (const key of ['path', 'domain', 'partitioned'] as const) {
    const { [key]: _, ...less } = all
    t.equal(isSameScope(all, less), false, key)
  }
  t.equal(isSameScope(undefined, all), false)
})

t.test('older scopes have no domain, no partition, or neither', async (t) => {
  t.strictSame(olderScopes(), [])
  t.strictSame(olderScopes({ path: '/app' }), [])
  t.strictSame(olderScopes({ domain: 'example.org' }), [undefined])
  t.strictSame(olderScopes({ path: '/app', partitioned: true }), [{ path: '/app' }])
  t.strictSame(olderScopes(all), [
    { path: '/app', partitioned: true }, { path: '/app', domain: 'example.org' }, { path: '/app' }
  ])
})

t.test('other scopes are those that differ from one, each once', async (t) => {
  t.strictSame(otherScopes([undefined, all, { path: '/app' }, undefined, { ...all }], { path: '/app' }), [undefined, all])
  t.strictSame(otherScopes([undefined, { path: '/app' }], undefined), [{ path: '/app' }])
})

t.test('attributes in another scope are all of it, and Secure if it is a partition', async (t) => {
  const attributes = { ...defaultAttributes, ...all, secure: 'auto', sameSite: 'none' } as const
  t.strictSame(inScope(attributes, undefined), { ...attributes, path: '/', domain: undefined, partitioned: undefined })
  t.strictSame(inScope(defaultAttributes, all), { ...defaultAttributes, ...all, secure: true })
})

t.test('what was read is a scope only if a Set-Cookie can carry it', async (t) => {
  for (const scope of [undefined, {}, all, { path: '/a%20b' }, { domain: 'a.b-c.example' }]) t.equal(isScope(scope), true)
  for (const other of [
    null, 'x', [], { path: 5 }, { path: '' }, { path: 'a' }, { path: '/a;b' }, { path: '/\r\n' }, { path: '/é' },
    { domain: 5 }, { domain: '' }, { domain: 'a;b' }, { domain: 'Example.org' }, { domain: 'a..b' }, { domain: '-a' },
    { partitioned: false }, { partitioned: 1 }
  ]) t.equal(isScope(other), false, JSON.stringify(other))
})
