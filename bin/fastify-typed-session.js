#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { Writable } from 'node:stream'
import { run } from '../dist/cli/cli.js'

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  colours: Boolean(process.stdout.isTTY),
  now: Date.now,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
  read: () => text(process.stdin),
  ask
})

// What is typed is not shown.
async function ask (question) {
  process.stderr.write(question)
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: hidden, terminal: process.stdin.isTTY })
  const [answer] = await Promise.race([reader.question('').then((line) => [line]), new Promise((resolve) => reader.once('close', () => resolve([''])))])
  reader.close()
  process.stderr.write('\n')
  return answer
}
