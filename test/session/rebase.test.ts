import t from 'tap'
import { z } from 'zod'
import type { Decoding } from '../../lib/session/decode.ts'
import { rebase, type Update } from '../../lib/session/rebase.ts'
import { SessionSchema } from '../../lib/schema/schema.ts'

const decoding: Decoding = {
  schema: new SessionSchema(z.object({ cart: z.array(z.string()).default([]), name: z.string().optional() }), () => false),
  migrate: undefined
}
const add: Update = (data) => { (data.cart as string[]).push('mine') }

t.test('updates are made again to newer data', async (t) => {
  t.strictSame(rebase({ cart: ['a'] }, { cart: ['a', 'b'] }, { cart: ['a', 'mine'] }, [add], decoding), { cart: ['a', 'b', 'mine'] })
})

t.test('a change beside the updates is not lost, for nothing is rebased', async (t) => {
  t.equal(rebase({ cart: ['a'] }, { cart: ['a', 'b'] }, { cart: ['a', 'mine'], name: 'Ada' }, [add], decoding), undefined)
})

t.test('nor is anything where the schema reads the older data or the newer ones no more', async (t) => {
  t.equal(rebase({ cart: 'a' }, { cart: ['b'] }, { cart: ['a', 'mine'] }, [add], decoding), undefined)
  t.equal(rebase({ cart: ['a'] }, { cart: 'b' }, { cart: ['a', 'mine'] }, [add], decoding), undefined)
})

t.test('the data that were read stay as they were', async (t) => {
  const [from, onto] = [{ cart: ['a'] }, { cart: ['b'] }]
  rebase(from, onto, { cart: ['a', 'mine'] }, [add], decoding)
  t.strictSame([from, onto], [{ cart: ['a'] }, { cart: ['b'] }])
})
