import t from 'tap'
import type { TypedSessionOptions } from '../../lib/index.ts'
import { resolveOptions } from '../../lib/options/options.ts'
import { schema, secret } from '../support/app.ts'

const cookie = { secure: true } as const
const resolve = (options: Partial<TypedSessionOptions>) => resolveOptions({ schema, secret, cookie, ...options }, () => '')

t.test('without the option, nothing is bound', async (t) => {
  for (const deviceBound of [undefined, false]) t.equal(resolve({ deviceBound }).deviceBound, undefined)
})

t.test('the defaults are those of the manual', async (t) => {
  const expected = { path: '/device-bound/session', algorithms: ['ES256', 'RS256'], refreshInitiators: ['*'], proofLifetime: 600, tokens: { proof: { lifetime: 600 } } }
  for (const deviceBound of [true, {}, { path: undefined, proofLifetime: undefined }]) t.match(resolve({ deviceBound }).deviceBound, expected)
  t.match(resolve({ deviceBound: true, cookieName: '__Host-id' }).deviceBound, { path: '/device-bound/__Host-id' })
})

t.test('each setting can be changed', async (t) => {
  const given = { path: '/a/b-c.d~e', proofLifetime: 86_400, algorithms: ['RS256'] as const, refreshInitiators: ['login.example.com'] }
  const { proofLifetime, ...others } = given
  t.match(resolve({ deviceBound: given }).deviceBound, { ...others, tokens: { proof: { lifetime: proofLifetime } } })
})

t.test('what cannot work is refused at registration', async (t) => {
  const cases: ReadonlyArray<readonly [options: Partial<TypedSessionOptions>, message: RegExp]> = [
    [{ cookie: {} }, /secure: true/],
    [{ cookie: { secure: 'auto' } }, /secure: true/],
    [{ cookie: () => cookie }, /not a function/],
    [{ cookie: { secure: true, partitioned: true } }, /partitioned/],
    [{ cookie: { secure: true, domain: 'example.com' } }, /one host/],
    [{ format: 'flask' }, /flask/],
    ...[0, -1, 1.5, '600', 86_401, 600_000].map((proofLifetime) => [{ deviceBound: { proofLifetime } as object }, /proofLifetime/] as const),
    ...['', 'device', '/', '/a/', '/a b', '/:id', '/a/../b', '/..', '/./a', '/a?b', '/a"', 5].map((path) => [{ deviceBound: { path } as object }, /deviceBound\.path/] as const),
    ...[[], ['none'], 'ES256', [5]].map((algorithms) => [{ deviceBound: { algorithms } as object }, /algorithms.*'ES256', 'RS256'/] as const),
    ...[[], [''], '*', [5]].map((refreshInitiators) => [{ deviceBound: { refreshInitiators } as object }, /refreshInitiators/] as const),
    ...[null, 'yes', 1, []].map((deviceBound) => [{ deviceBound } as object, /must be true, false, or an object/] as const),
    [{ deviceBound: { lifetime: 5 } as object }, /takes path.*and not lifetime/],
    [{ cookieName: 'a|b' }, /deviceBound\.path/]
  ]
  for (const [options, message] of cases) {
    t.throws(() => resolve({ deviceBound: true, ...options }), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message }, JSON.stringify(options))
  }
})
