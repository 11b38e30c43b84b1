import t from 'tap'
import { emptyMetadata } from '../../lib/token/metadata.ts'
import type { OpenedToken } from '../../lib/token/token.ts'
import { TokenCache } from '../../lib/token/token-cache.ts'

const opened: OpenedToken = {
  ok: true, body: undefined, signedAt: 0, keyIndex: 0, needsReseal: false, metadata: emptyMetadata, data: {}, flaskBody: undefined, jsonLength: 87
}

function tokenOf (index: number): string {
  return `eyJ9.arE7gA.${String(index).padStart(43, '_')}`
}

function filled (tokens: TokenCache, from: number, to: number): TokenCache {
  for (let index = from; index < to; index++) tokens.add(tokenOf(index), opened)
  return tokens
}

t.test('what was verified is found again, by the whole of it', async (t) => {
  const tokens = filled(new TokenCache(), 0, 1)
  t.equal(tokens.get(tokenOf(0)), opened)
  t.equal(tokens.get(tokenOf(1)), undefined)
  t.equal(tokens.get(tokenOf(0).replace('eyJ9', 'eyJ8')), undefined, 'the same signature under another payload')
  t.equal(tokens.get(''), undefined)
})

t.test('of two tokens that end alike the later one is kept', async (t) => {
  const tokens = filled(new TokenCache(), 0, 1)
  const other = { ...opened, signedAt: 1 }
  const alike = tokenOf(0).replace('eyJ9', 'eyJ8')
  tokens.add(alike, other)
  t.equal(tokens.get(alike), other)
  t.equal(tokens.get(tokenOf(0)), undefined)
})

t.test('the tokens that came last are found again, and those long before them are not', async (t) => {
  const found = (index: number) => filled(new TokenCache(), 0, 600).get(tokenOf(index))
  for (const gone of [0, 150]) t.equal(found(gone), undefined, `${gone}`)
  for (const kept of [450, 550, 599]) t.equal(found(kept), opened, `${kept}`)
})

t.test('a token that is asked for stays, and one that is not goes', async (t) => {
  const tokens = filled(new TokenCache(), 0, 250)
  t.equal(tokens.get(tokenOf(0)), opened)
  filled(tokens, 250, 475)
  t.equal(tokens.get(tokenOf(0)), opened)
  t.equal(tokens.get(tokenOf(1)), undefined)
})

t.test('fewer tokens are kept if their payloads are long, as long as they are inflated', async (t) => {
  const tokens = new TokenCache()
  const long = { ...opened, jsonLength: 3_000 }
  for (let index = 0; index < 20; index++) tokens.add(`.${tokenOf(index)}`, long)
  t.equal(tokens.get(`.${tokenOf(19)}`), long)
  t.equal(tokens.get(`.${tokenOf(5)}`), undefined)
  tokens.add(`.${tokenOf(20)}`, { ...opened, jsonLength: 60_000 })
  t.equal(tokens.get(`.${tokenOf(20)}`), undefined, 'none that is heavier than all of them')
})

t.test('a token of which it is not known how much it says is not kept', async (t) => {
  const tokens = new TokenCache()
  tokens.add(`.${tokenOf(0)}`, { ...opened, jsonLength: Infinity })
  t.equal(tokens.get(`.${tokenOf(0)}`), undefined)
})
