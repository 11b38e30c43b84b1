import t from 'tap'
import { routePolicy as policyOf } from '../../lib/fastify/route.ts'

const routePolicy = (config: object | undefined, name: string) => policyOf(config, name, '/a')
const normal = { off: false, refresh: true, readOnly: false, crossOriginProtection: true }

t.test('a route that says nothing of the session reads, writes and refreshes it', async (t) => {
  for (const config of [undefined, {}, { other: false }, { session: undefined }, { session: {} }]) {
    t.strictSame(routePolicy(config, 'session'), normal)
  }
  t.equal(routePolicy({}, 'session'), routePolicy({ other: false }, 'session'), 'by one policy, made once')
})

t.test('a setting is the session\'s of that name, and the rest stays as it was', async (t) => {
  t.strictSame(routePolicy({ session: { refresh: false } }, 'session'), { ...normal, refresh: false })
  t.strictSame(routePolicy({ session: { readOnly: true } }, 'session'), { ...normal, readOnly: true })
  t.strictSame(routePolicy({ admin: { readOnly: true }, session: {} }, 'session'), normal)
  const config = { session: { readOnly: true } }
  t.equal(routePolicy(config, 'session'), routePolicy(config, 'session'), 'by one policy, made once')
})

t.test('a session that is off can be neither refreshed nor changed', async (t) => {
  t.strictSame(routePolicy({ session: false }, 'session'), { off: true, refresh: false, readOnly: true, crossOriginProtection: false })
})

t.test('a setting is false, or an object of what is known, each of it true or false', async (t) => {
  for (const config of [undefined, {}, { session: undefined }, { session: false }, { session: {} }, { session: { refresh: false, readOnly: true } }]) {
    t.doesNotThrow(() => routePolicy(config, 'session'))
  }
  for (const session of [true, null, 'off', [], { readonly: true }, { refresh: 'no' }, { refresh: true, readOnly: 1 }, { refresh: true, more: true }, { crossOriginProtection: true }]) {
    t.throws(() => routePolicy({ session }, 'session'), { code: 'FST_TYPED_SESSION_INVALID_OPTION', message: /^`config\.session` of \/a / })
  }
})
