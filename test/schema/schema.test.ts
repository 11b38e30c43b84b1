import t from 'tap'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { encodePayload } from '../../lib/payload/payload.ts'
import { SessionSchema } from '../../lib/schema/schema.ts'
import { isReserved } from '../../lib/session/session.ts'

// An ISO date in the cookie, a Date in the session.
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString()
})

const invalidSchema = 'FST_TYPED_SESSION_INVALID_SCHEMA'
const invalidData = 'FST_TYPED_SESSION_INVALID_DATA'
const asynchronous = '`schema` has an asynchronous check. A session is read and written at once: check such things in the handler'

function make (schema: unknown): SessionSchema {
  return new SessionSchema(schema, isReserved)
}

function invalid (where: string) {
  return { code: invalidData, message: `The session's data do not fit the schema: ${where}` }
}

const kinds = {
  'zod classic': z.object({ userId: z.optional(z.int()), tags: z._default(z.array(z.string()), []) }),
  'zod mini': mini.object({ userId: mini.optional(mini.int()), tags: mini._default(mini.array(mini.string()), []) })
}

for (const [kind, object] of Object.entries(kinds)) {
  t.test(`a schema of ${kind}`, async (t) => {
    const schema = make(object)
    t.strictSame(schema.defaults(), { tags: [] }, 'gives its defaults to a new session')
    t.strictSame(schema.decode({ userId: 5 }), { ok: true, data: { userId: 5, tags: [] } }, 'validates what comes in')
    t.match(schema.decode({ userId: '5' }), { ok: false, issues: [{ path: ['userId'], code: 'invalid_type' }] }, 'and refuses it')
    t.strictSame(schema.encode({ userId: 5, tags: ['a'] }), { userId: 5, tags: ['a'] }, 'validates what goes out')
    t.throws(() => schema.encode({ userId: '5', tags: [7] }), invalid('userId (invalid_type), tags.0 (invalid_type)'), 'and refuses it')
    t.doesNotThrow(() => schema.check('userId', 5), 'checks a single value')
    t.throws(() => schema.check('userId', 1.5), invalid('userId (invalid_type)'), 'and refuses it')
  })
}

t.test('what is not a zod object is refused, and named if it is of zod', async (t) => {
  const message = '`schema` must be a zod object, as z.object({ … }) of zod 4.1 or later makes it.'
  for (const other of [undefined, null, {}, { shape: {} }, 'schema']) t.throws(() => make(other), { code: invalidSchema, message })
  const [object, text] = [z.object({ a: z.string().optional() }), z.string()]
  const kinds = {
    string: text,
    record: z.record(text, text),
    optional: object.optional(),
    union: object.or(object),
    intersection: object.and(object),
    readonly: object.readonly(),
    default: object.default({}),
    lazy: z.lazy(() => object),
    pipe: object.pipe(object)
  }
  for (const [kind, schema] of Object.entries(kinds)) {
    t.throws(() => make(schema), { code: invalidSchema, message: `${message} It is a z.${kind}(): move that into a key of the object` })
  }
})

t.test('a schema that accepts no empty session is refused, with the keys that it needs', async (t) => {
  t.throws(() => make(z.object({ a: z.string(), b: z.number().optional(), c: z.date() })), {
    code: invalidSchema,
    message: '`schema` must accept an empty session: make each key optional or give it a default. Refused: a (invalid_type), c (invalid_type)'
  })
  t.throws(() => make(z.object({ a: z.string().optional() }).refine(({ a }) => a !== undefined)), {
    code: invalidSchema,
    message: '`schema` must accept an empty session: make each key optional or give it a default. Refused: the session as a whole (custom)'
  })
})

t.test('a schema that throws at an empty session is refused, with the cause', async (t) => {
  const cause = new Error('no user')
  t.throws(() => make(z.object({ a: z.string().optional() }).refine(() => { throw cause })),
    { code: invalidSchema, message: '`schema` must accept an empty session, and throws at one', cause })
})

t.test('keys that are names of the session\'s own are refused, all at once', async (t) => {
  t.throws(() => make(z.object({ lifetime: z.number().optional(), userId: z.number().optional(), _permanent: z.boolean().optional() })), {
    code: invalidSchema,
    message: '`schema` uses names that the session needs itself: lifetime, _permanent. Rename these keys'
  })
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '_typed', 'get', 'data']) {
    t.throws(() => make(z.object({ [key]: z.string().optional() })), { code: invalidSchema, message: new RegExp(` ${key}\\. Rename`) })
  }
})

const text = z.string().transform(Number)

const oneWay: Array<[what: string, schema: z.ZodObject, path: string]> = [
  ['a transform', z.object({ a: text.optional() }), 'schema.a.innerType.out'],
  ['a preprocess', z.object({ a: z.preprocess(String, z.string()).optional() }), 'schema.a.innerType.in'],
  ['a transform in an object', z.object({ a: z.object({ b: text }).optional() }), 'schema.a.innerType.b.out'],
  ['a transform in a list', z.object({ a: z.array(text).default([]) }), 'schema.a.innerType.element.out'],
  ['a transform in a tuple', z.object({ a: z.tuple([z.string(), text]).optional() }), 'schema.a.innerType.items.1.out'],
  ['a transform in a union', z.object({ a: z.union([z.number(), text]).optional() }), 'schema.a.innerType.options.1.out'],
  ['a transform in a record', z.object({ a: z.record(z.string(), text).optional() }), 'schema.a.innerType.valueType.out'],
  ['a transform behind lazy', z.object({ a: z.lazy(() => text).optional() }), 'schema.a.innerType.out'],
  ['a transform of foreign keys', z.object({}).catchall(text), 'schema.catchall.out']
]

for (const [what, schema, path] of oneWay) {
  t.test(`${what} is refused with its path, though no session has reached it yet`, async (t) => {
    t.throws(() => make(schema), {
      code: invalidSchema,
      message: `\`schema\` has a transform or preprocess at ${path}, which cannot be undone when the session is written. ` +
        'Use z.codec(), which works both ways'
    })
  })
}

const asyncSchemas: Array<[what: string, schema: z.ZodObject]> = [
  ['an async refinement', z.object({ a: z.string().refine(async () => true).optional() })],
  ['an async refinement of the whole', z.object({ a: z.string().optional() }).refine(async () => true)],
  ['a refinement of the whole that gives a promise', z.object({ a: z.string().optional() }).refine(() => Promise.resolve(true))],
  ['an async codec', z.object({ a: z.codec(z.string(), z.date(), { decode: async (text) => new Date(text), encode: String }).optional() })],
  ['a promise', z.object({ a: z.promise(z.string()).optional() })]
]

for (const [what, schema] of asyncSchemas) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => make(schema), { code: invalidSchema, message: asynchronous })
  })
}

t.test('a promise that only some data cause is an error of the schema, not of the data', async (t) => {
  const promising = z.string().refine(() => Promise.resolve(true)).optional()
  for (const schema of [make(z.object({ a: promising })), make(z.object({ a: promising, at: isoDate.optional() }))]) {
    t.throws(() => schema.decode({ a: 'x' }), { code: invalidSchema, message: asynchronous })
    t.throws(() => schema.encode({ a: 'x' }), { code: invalidSchema, message: asynchronous })
    t.throws(() => schema.check('a', 'x'), { code: invalidSchema, message: asynchronous })
  }
})

t.test('codecs work both ways', async (t) => {
  const schema = make(z.object({ at: isoDate.optional(), list: z.array(isoDate).default([]) }))
  const text = '2026-09-24T12:00:00.123Z'
  t.strictSame(schema.decode({ at: text, list: [text] }), { ok: true, data: { at: new Date(text), list: [new Date(text)] } })
  t.strictSame(schema.encode({ at: new Date(text), list: [new Date(text)] }), { at: text, list: [text] })
  t.doesNotThrow(() => schema.check('at', new Date()))
  t.throws(() => schema.check('at', text), invalid('at (invalid_type)'))
  t.match(schema.decode({ at: 'yesterday' }), { ok: false, issues: [{ path: ['at'] }] })
})

t.test('a codec whose default is given decoded', async (t) => {
  const schema = make(z.object({ at: isoDate.default(new Date(5)) }))
  t.strictSame(schema.defaults(), { at: new Date(5) })
  t.strictSame(schema.encode({}), { at: new Date(5).toISOString() })
})

t.test('a codec of zod mini', async (t) => {
  const schema = make(mini.object({
    at: mini.optional(mini.codec(mini.string(), mini.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }))
  }))
  t.strictSame(schema.encode({ at: new Date(5) }), { at: new Date(5).toISOString() })
  t.strictSame(schema.decode({ at: new Date(5).toISOString() }), { ok: true, data: { at: new Date(5) } })
})

t.test('a codec that throws at data from outside refuses them', async (t) => {
  const failing = z.codec(z.string(), z.url(), { decode: (text) => new URL(text).href, encode: (text) => text })
  const schema = make(z.object({ a: failing.optional() }))
  t.strictSame(schema.decode({ a: 'no URL' }), { ok: false, issues: [] })
})

t.test('a codec that throws at the app\'s data is an error without its message', async (t) => {
  const cause = new Error('not now')
  const schema = make(z.object({ a: z.codec(z.string(), z.string(), { decode: String, encode: () => { throw cause } }).optional() }))
  t.throws(() => schema.encode({ a: 'x' }), { ...invalid('the session as a whole (a codec, a refinement or a getter threw)'), cause: undefined })
  t.throws(() => schema.check('a', 'x'), { ...invalid('a (a codec, a refinement or a getter threw)'), cause: undefined })
  t.strictSame(schema.normalize({ a: 'x' }), { a: 'x' }, 'where nothing is written, the data stay as they are')
})

t.test('an error names paths, and no value', async (t) => {
  const schema = make(z.object({ cards: z.array(z.object({ number: z.literal('hidden-literal').or(z.number()) })).optional() }))
  t.throws(() => schema.encode({ cards: [{ number: 'hidden-value' }] }), invalid('cards.0.number (invalid_union)'))
})

t.test('a key that is deleted has its default again', async (t) => {
  const schema = make(z.object({ tags: z.array(z.string()).default(['new']), userId: z.number().optional() }))
  t.strictSame(schema.encode({ userId: 5 }), { tags: ['new'], userId: 5 })
  t.strictSame(schema.encode({ tags: undefined, userId: undefined }), { tags: ['new'] })
  t.strictSame(schema.normalize({ userId: 5 }), { tags: ['new'], userId: 5 })
})

t.test('a default is made up for before a codec encodes it, as zod\'s encoding does not', async (t) => {
  const schema = make(z.object({ tags: z.array(z.string()).default(['new']), at: isoDate.optional() }))
  t.strictSame(schema.encode({ tags: undefined }), { tags: ['new'] })
  t.strictSame(schema.normalize({ tags: undefined }), { tags: ['new'] })
})

t.test('incomplete data get no more than their defaults, valid or not', async (t) => {
  const schema = make(z.object({ tags: z.array(z.string()).default(['new']), userId: z.number().optional() }))
  t.strictSame(schema.normalize({ userId: 'text', foreign: 1 }), { tags: ['new'], userId: 'text', foreign: 1 })
})

t.test('a schema that has no defaults is not asked for them', async (t) => {
  let asked = 0
  const schema = make(z.object({ userId: z.number().optional() }).refine(() => ++asked))
  const before = asked
  t.strictSame(schema.defaults(), {})
  t.equal(asked, before)
})

t.test('a default that is a function is made for each session', async (t) => {
  const schema = make(z.object({ list: z.array(z.string()).default(() => []) }))
  const [first, second] = [schema.defaults(), schema.defaults()]
  t.strictSame(first, { list: [] })
  t.not(first.list, second.list)
})

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

t.test('a recursive schema, by lazy and by a getter', async (t) => {
  const tree: z.ZodType = z.lazy(() => z.union([isoDate, z.array(tree)]))
  const category = z.object({ name: z.string(), get children () { return z.array(category).optional() } })
  const schema = make(z.object({ tree: tree.optional(), category: category.optional() }))
  const at = new Date(5)
  const data = { tree: [at, [at]], category: { name: 'a', children: [{ name: 'b' }] } }
  const encoded = { tree: [at.toISOString(), [at.toISOString()]], category: data.category }
  t.strictSame(schema.encode(data), encoded, 'the codec behind it is found')
  t.strictSame(schema.decode(encoded), { ok: true, data })
  t.throws(() => schema.encode({ category: { name: 'a', children: [{}] } }), invalid('category.children.0.name (invalid_type)'))
})

t.test('a whole schema with a refinement is checked when the session is written', async (t) => {
  const schema = make(z.object({ from: z.number().default(0), to: z.number().default(0) }).refine(({ from, to }) => from <= to))
  t.doesNotThrow(() => schema.check('from', 5))
  t.throws(() => schema.encode({ from: 5 }), invalid('the session as a whole (custom)'))
})

t.test('__proto__ is never a key of the data', async (t) => {
  for (const schema of [make(z.object({})), make(z.looseObject({})), make(z.object({ at: isoDate.optional() }))]) {
    t.throws(() => schema.check('__proto__', {}), invalid('__proto__'))
    t.throws(() => schema.encode(JSON.parse('{"__proto__":{"a":1}}')), invalid('__proto__'))
  }
})

t.test('data that cannot be encoded are as they are, and those beside them are encoded', async (t) => {
  const schema = make(z.object({ at: isoDate.optional(), until: isoDate.optional(), n: z.number().optional() }))
  t.strictSame(schema.normalize({ at: 'yesterday', until: new Date(5), n: 'text' }), { at: 'yesterday', until: new Date(5).toISOString(), n: 'text' })
})

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
  t.throws(() => schema.encode(changed), invalid('the session as a whole (a codec, a refinement or a getter threw)'))
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

t.test('a default that the schema itself refuses to write is refused, with the cause', async (t) => {
  const schemas = {
    'a (too_small)': z.object({ a: z.string().min(1).default('') }),
    'at (invalid_type)': z.object({ at: isoDate.default('today' as never) }),
    'lies deeper': z.object({ a: z.unknown().default(JSON.parse('['.repeat(40) + ']'.repeat(40))) }),
    'a holds a symbol': z.object({ a: z.unknown().default(Symbol('x')) })
  }
  for (const [cause, schema] of Object.entries(schemas)) {
    t.throws(() => make(schema), {
      code: invalidSchema, message: '`schema` has a default that a session cannot be saved with', cause: { message: new RegExp(cause.replace(/[().]/g, '\\$&')) }
    })
  }
})

t.test('what it is given stays as it is', async (t) => {
  const data = Object.freeze({ list: Object.freeze(['a']), foreign: 1 })
  for (const schema of [
    make(z.object({ list: z.array(z.string()).default([]), more: z.string().default('x') })),
    make(z.object({ list: z.array(z.string()).default([]), more: isoDate.default(new Date(5)) }))
  ]) {
    schema.decode(data)
    schema.encode(data)
    schema.normalize(data)
  }
  t.strictSame(data, { list: ['a'], foreign: 1 })
})

t.test('data without an end are no endless work: they are refused when they are written', async (t) => {
  const schema = make(z.object({ a: z.unknown().optional() }))
  const endless: Record<string, unknown> = {}
  endless.a = endless
  t.throws(() => encodePayload(schema.encode({ a: endless })), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /deeper than 32 levels/ })
})

t.test('data that never change are decoded once, where that always comes to the same', async (t) => {
  const schema = make(z.object({ userId: z.int().optional(), visits: z.int().default(0) }))
  const data = { userId: 5, visits: 1 }
  t.strictSame(schema.decodeCached(data), data)
  t.equal(schema.decodeCached(data), schema.decodeCached(data))
  t.not(schema.decodeCached({ ...data }), schema.decodeCached({ ...data }), 'other data are other data')
  t.strictSame(schema.decodeCached({ userId: 5 }), { userId: 5, visits: 0 }, 'with what zod fills in')
  t.equal(schema.decodeCached({ visits: '1' }), undefined, 'refused')
  t.equal(make(z.object({ a: z.string().refine(() => true) }).partial()).decodeCached({ a: 'x' }), undefined, 'a function of the app has a say')
})

t.test('what a default holds is no two sessions\'', async (t) => {
  const list: string[] = []
  const schema = make(z.object({ prefs: z.object({ list: z.array(z.string()) }).default({ list }) }))
  const { prefs } = schema.defaults() as { prefs: { list: string[] } }
  prefs.list.push('mine')
  t.strictSame(schema.defaults(), { prefs: { list: [] } })
})

t.test('a key named __proto__ that the schema does not know is left behind', async (t) => {
  const decoded = make(z.object({})).decode(JSON.parse('{"a":1,"__proto__":{"b":2}}') as Record<string, unknown>)
  t.strictSame(decoded, { ok: true, data: { a: 1 } })
})
