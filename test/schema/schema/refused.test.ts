import t from 'tap'
import { z } from 'zod'
import { SessionSchema } from '../../../lib/schema/schema.ts'
import { isReserved } from '../../../lib/session/session.ts'

// An ISO date in the cookie, a Date in the session.
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString()
})

const invalidSchema = 'FST_TYPED_SESSION_INVALID_SCHEMA'
const asynchronous = '`schema` has an asynchronous check. A session is read and written at once: check such things in the handler'

function make (schema: unknown): SessionSchema {
  return new SessionSchema(schema, isReserved)
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

t.test('a catch that differs each time is refused, though it asks what it replaces', async (t) => {
  let count = 0
  t.throws(() => make(z.object({ a: z.string().optional(), id: z.string().catch(({ issues }) => `${issues.length}${++count}`) })), {
    code: invalidSchema,
    message: /^`schema` has a default at schema\.id that differs each time/
  })
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
