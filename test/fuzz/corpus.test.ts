import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { fuzz } from './target.ts'

t.test('whatever the fuzzer found worth keeping is refused without an exception', async (t) => {
  const corpus = new URL('corpus/', import.meta.url)
  for (const name of readdirSync(corpus)) {
    t.doesNotThrow(() => fuzz(readFileSync(new URL(name, corpus))), name)
  }
})
