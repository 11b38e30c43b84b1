import t from 'tap'
import { noMarks } from '../lib/marks.ts'
import type { Opened } from '../lib/codec.ts'
import { VerifiedTokens } from '../lib/verified.ts'

const opened: Opened = {
  ok: true, body: undefined, signedAt: 0, keyIndex: 0, outdated: false, marks: noMarks, data: {}, origin: undefined
}

function tokenOf (index: number): string {
  return `eyJ9.arE7gA.${String(index).padStart(43, '_')}`
}

function filled (tokens: VerifiedTokens, from: number, to: number): VerifiedTokens {
  for (let index = from; index < to; index++) tokens.add(tokenOf(index), opened)
  return tokens
}

t.test('what was verified is found again, by the whole of it', async (t) => {
  const tokens = filled(new VerifiedTokens(), 0, 1)
  t.equal(tokens.get(tokenOf(0)), opened)
  t.equal(tokens.get(tokenOf(1)), undefined)
  t.equal(tokens.get(tokenOf(0).replace('eyJ9', 'eyJ8')), undefined, 'the same signature under another payload')
  t.equal(tokens.get(''), undefined)
})

t.test('of two tokens that end alike the later one is kept', async (t) => {
  const tokens = filled(new VerifiedTokens(), 0, 1)
  const other = { ...opened, signedAt: 1 }
  const alike = tokenOf(0).replace('eyJ9', 'eyJ8')
  tokens.add(alike, other)
  t.equal(tokens.get(alike), other)
  t.equal(tokens.get(tokenOf(0)), undefined)
})

t.test('a thousand tokens are found again, whatever else came, and twice as many at the most', async (t) => {
  const found = (index: number) => filled(new VerifiedTokens(), 0, 3000).get(tokenOf(index))
  t.equal(found(999), undefined, 'before the last two thousand')
  for (const kept of [1000, 1999, 2000, 2999]) t.equal(found(kept), opened, `${kept}`)
})

t.test('a token that is asked for stays, and one that is not goes', async (t) => {
  const tokens = filled(new VerifiedTokens(), 0, 1500)
  t.equal(tokens.get(tokenOf(0)), opened)
  filled(tokens, 1500, 2700)
  t.equal(tokens.get(tokenOf(0)), opened)
  t.equal(tokens.get(tokenOf(1)), undefined)
})
