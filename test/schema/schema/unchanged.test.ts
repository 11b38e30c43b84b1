import t from 'tap'
import { z } from 'zod'
import { SessionSchema } from '../../../lib/schema/schema.ts'
import { isReserved } from '../../../lib/session/session.ts'

// An ISO date in the cookie, a Date in the session.
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString()
})

const invalidData = 'FST_TYPED_SESSION_INVALID_DATA'

function make (schema: unknown): SessionSchema {
  return new SessionSchema(schema, isReserved)
}

function invalid (where: string) {
  return { code: invalidData, message: `The session's data do not fit the schema: ${where}` }
}

t.test('a change of data that cannot be encoded is noticed, as is one beside them', async (t) => {
  // It reads what it cannot write.
  const odd = z.codec(z.string(), z.object({ set: z.set(z.string()) }), {
    decode: (text) => ({ set: new Set([text]) }), encode: () => { throw new Error('not this way') }
  })
  const schema = make(z.object({ odd: odd.optional(), name: z.string().optional() }))
  const read = () => {
    const decoded = schema.decode({ odd: 'x', name: 'Ada' })
    if (!decoded.ok) throw new Error('refused')
    return decoded.data as { odd: { set: Set<string> }, name: string }
  }
  const snapshot = schema.snapshot(read())
  t.equal(schema.isUnchanged(snapshot, read()), true)
  t.equal(schema.isUnchanged(snapshot, { ...read(), name: 'Zoë' }), false)
  const changed = read()
  changed.odd.set.add('y')
  t.equal(schema.isUnchanged(snapshot, changed), false)
  t.throws(() => schema.encode(changed), invalid('odd (a codec, a refinement or a getter threw)'))
})

const user = z.object({ id: z.int(), name: z.string().trim().optional() })
const shaped: Record<string, [schema: z.ZodType, before: unknown, after: unknown]> = {
  'an object with more keys than the schema names': [user, { id: 1 }, { id: 1, passwordHash: 'x' }],
  'an object of a class': [user, { id: 1 }, Object.assign(Object.create({ save () {} }), { id: 1 })],
  'an object in a list': [z.array(user), [{ id: 1 }], [{ id: 1, passwordHash: 'x' }]],
  'an object in a union': [z.union([z.null(), user]), { id: 1 }, { id: 1, passwordHash: 'x' }],
  'a string that is trimmed': [z.string().trim(), 'Ada', ' Ada '],
  'a string that is trimmed in an object': [user, { id: 1, name: 'Ada' }, { id: 1, name: ' Ada ' }],
  'a string in capitals': [z.email().toLowerCase(), 'ada@example.com', 'Ada@example.com'],
  'a number as a text': [z.coerce.number(), 5, '5']
}

for (const [what, [child, before, after]] of Object.entries(shaped)) {
  t.test(`${what} is the same as it was, once it is written`, async (t) => {
    for (const shape of [{}, { at: isoDate.optional() }]) {
      const schema = make(z.object({ a: child.optional(), ...shape }))
      const snapshot = schema.snapshot({ a: before, b: 1 })
      t.equal(schema.isUnchanged(snapshot, { a: after, b: 1 }), true)
      t.strictSame(schema.encode({ a: after }), { a: before })
      t.equal(schema.isUnchanged(snapshot, { a: after, b: 2 }), false)
      t.equal(schema.isUnchanged(schema.snapshot({ b: 1 }), { a: after, b: 1 }), false)
    }
  })
}

t.test('a catch is for what is read: what is written must fit', async (t) => {
  const role = z.enum(['user', 'admin'])
  for (const shape of [{}, { at: isoDate.optional() }]) {
    const schema = make(z.object({ role: role.catch('admin'), more: z.object({ role: role.catch('admin') }).optional(), roles: z.array(role.catch('admin')).optional(), ...shape }))
    t.match(schema.decode({ role: 'usr' }), { ok: true, data: { role: 'admin' } })
    t.throws(() => schema.check('role', 'usr'), invalid('role (invalid_value)'))
    t.throws(() => schema.encode({ role: 'usr' }), invalid('role (invalid_value)'))
    t.throws(() => schema.encode({ more: { role: 'usr' } }), invalid('more.role (invalid_value)'))
    t.throws(() => schema.encode({ roles: ['user', 'usr'] }), invalid('roles.1 (invalid_value)'))
    t.strictSame(schema.encode({}), { role: 'admin' })
    t.equal(schema.isUnchanged(schema.snapshot({ role: 'admin' }), { role: 'usr' }), false)
  }
})
