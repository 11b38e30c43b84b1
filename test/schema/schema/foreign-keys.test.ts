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

t.test('keys outside the schema pass through, in and out, without being validated', async (t) => {
  for (const schema of [make(z.object({ userId: z.number().optional() })), make(z.object({ userId: z.number().optional(), at: isoDate.optional() }))]) {
    const data = { userId: 5, passport: { user: 7 }, constructor: 'of Flask', toString: 'too' }
    t.strictSame(schema.decode(data), { ok: true, data })
    t.strictSame(schema.encode(data), data)
    t.strictSame(schema.normalize(data), data)
    t.doesNotThrow(() => schema.check('passport', Symbol('anything')))
  }
})

t.test('a loose schema has foreign keys too', async (t) => {
  const schema = make(z.looseObject({ userId: z.number().optional() }))
  t.strictSame(schema.decode({ passport: 1 }), { ok: true, data: { passport: 1 } })
  t.strictSame(schema.encode({ passport: 1 }), { passport: 1 })
  t.doesNotThrow(() => schema.check('passport', 1))
})

t.test('a schema with a catchall validates and encodes foreign keys', async (t) => {
  const schema = make(z.object({ userId: z.number().optional() }).catchall(isoDate))
  const text = '2026-09-24T12:00:00.000Z'
  t.strictSame(schema.decode({ seen: text }), { ok: true, data: { seen: new Date(text) } })
  t.strictSame(schema.encode({ seen: new Date(text) }), { seen: text })
  t.throws(() => schema.check('seen', 5), invalid('seen (invalid_type)'))
})

t.test('a strict schema refuses foreign keys, in and out', async (t) => {
  const schema = make(z.strictObject({ userId: z.number().optional() }))
  t.match(schema.decode({ passport: 1 }), { ok: false, issues: [{ code: 'unrecognized_keys' }] })
  t.throws(() => schema.encode({ passport: 1 }), invalid('passport (unrecognized_keys)'))
  t.throws(() => schema.check('passport', 1), invalid('passport (invalid_type)'))
})
