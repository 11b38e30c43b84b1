import t from 'tap'
import { z } from 'zod'
import { partsOf, schemaAt } from '../../lib/schema/parts.ts'

t.test('a pipe has the parts of what it takes, and a codec is a part', async (t) => {
  const codec = z.codec(z.string(), z.number(), { decode: Number, encode: String })
  t.strictSame(partsOf(z.string().pipe(z.string().min(1))).map(({ _zod }) => _zod.def.type), ['string'])
  t.strictSame(partsOf(codec), [codec])
})

t.test('an item of a tuple has its own schema, that of the rest, or none', async (t) => {
  const [first, rest] = [z.string(), z.number()]
  t.equal(schemaAt(z.tuple([first], rest), '0'), first)
  t.equal(schemaAt(z.tuple([first], rest), '1'), rest)
  t.equal(schemaAt(z.tuple([first]), '1'), undefined)
})
