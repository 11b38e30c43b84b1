import t from 'tap'
import { z } from 'zod'
import type { Decoding } from '../../lib/session/decode.ts'
import { keepOnly, rebase, type Update } from '../../lib/session/rebase.ts'
import { SessionSchema } from '../../lib/schema/schema.ts'

const decoding: Decoding = {
  schema: new SessionSchema(z.object({ cart: z.array(z.string()).default([]), name: z.string().optional() }), () => false),
  migrate: undefined
}
const add: Update = (data) => { (data.cart as string[]).push('mine') }
const changes = { updates: [add], keptKeys: undefined }

t.test('updates are made again to newer data', async (t) => {
  t.strictSame(rebase({ cart: ['a'] }, { cart: ['a', 'b'] }, { cart: ['a', 'mine'] }, changes, decoding), { cart: ['a', 'b', 'mine'] })
})

t.test('a change beside the updates is not lost, for nothing is rebased', async (t) => {
  t.equal(rebase({ cart: ['a'] }, { cart: ['a', 'b'] }, { cart: ['a', 'mine'], name: 'Ada' }, changes, decoding), undefined)
})

t.test('nor is anything where the schema reads the older data or the newer ones no more', async (t) => {
  t.equal(rebase({ cart: 'a' }, { cart: ['b'] }, { cart: ['a', 'mine'] }, changes, decoding), undefined)
  t.equal(rebase({ cart: ['a'] }, { cart: 'b' }, { cart: ['a', 'mine'] }, changes, decoding), undefined)
})

t.test('the data that were read stay as they were', async (t) => {
  const [from, onto] = [{ cart: ['a'] }, { cart: ['b'] }]
  rebase(from, onto, { cart: ['a', 'mine'] }, changes, decoding)
  t.strictSame([from, onto], [{ cart: ['a'] }, { cart: ['b'] }])
})

t.test('kept data are the newer, new assignments stand, and the rest is gone', async (t) => {
  const regenerate: Update = (data) => { keepOnly(data, ['cart'], { cart: [] }) }
  const regenerated = { updates: [regenerate], keptKeys: ['cart'] }
  const [from, onto] = [{ cart: ['a'], name: 'old' }, { cart: ['a', 'b'], name: 'newer' }]
  t.strictSame(rebase(from, onto, { cart: ['a'] }, regenerated, decoding), { cart: ['a', 'b'] })
  t.strictSame(rebase(from, onto, { cart: ['a'], name: 'mine' }, regenerated, decoding), { cart: ['a', 'b'], name: 'mine' })
  t.equal(rebase(from, onto, { cart: ['a', 'mine'] }, regenerated, decoding), undefined, 'but not over what is newer')
  t.strictSame(rebase(from, { ...from, name: 'newer' }, { cart: ['a', 'mine'] }, regenerated, decoding), { cart: ['a', 'mine'] })
  const both = { updates: [regenerate, add], keptKeys: ['cart'] }
  t.strictSame(rebase(from, onto, { cart: ['a', 'mine'] }, both, decoding), { cart: ['a', 'b', 'mine'] })
})

t.test('what regenerate() does not keep has its default again', async (t) => {
  const data = { cart: ['a'], name: 'Ada' }
  keepOnly(data, ['name'], { cart: [] })
  t.strictSame(data, { name: 'Ada', cart: [] })
})
