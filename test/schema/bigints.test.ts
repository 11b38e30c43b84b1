import t from 'tap'
import { z } from 'zod'
import { toBigInts } from '../../lib/schema/bigints.ts'

t.test('integers become bigints where the schema asks for them, and other keys stay', async (t) => {
  const schema = z.object({ count: z.bigint(), list: z.array(z.bigint()).optional() })
  t.strictSame(toBigInts(schema, { count: 1, list: [2, 3], other: 4 }), { count: 1n, list: [2n, 3n], other: 4 })
  const data = { other: 4 }
  t.equal(toBigInts(schema, data), data, 'the data themselves if there are none')
})
