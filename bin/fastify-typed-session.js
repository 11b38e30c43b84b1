#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { Writable } from 'node:stream'
import { run } from '../dist/cli/cli.js'

// A full disk must not look like a new secret. A reader that has gone needs no message.
process.stdout.on('error', ({ code, message }) => {
  if (code !== 'EPIPE') process.stderr.write(`${message}\n`)
  process.exitCode = 74
})
process.stderr.on('error', () => {})

const exitCode = await run(process.argv.slice(2), {
  env: process.env,
  version: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  colours: Boolean(process.stdout.isTTY),
  now: Date.now,
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  read: () => text(process.stdin),
  ask
})
process.exitCode ??= exitCode

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
