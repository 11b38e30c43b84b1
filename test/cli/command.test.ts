import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { childEnv } from '../support/child.ts'
import { vectors } from '../support/flask-vectors.ts'
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const flask = vectors.find(({ name }) => name === 'every tag')?.cookie ?? ''
const flaskSecret = { SECRET_KEY: '0123456789abcdef0123456789abcdef' }

t.test('the installed command runs, and its exit code is the tool\'s', async (t) => {
  const command = async (args: string[], stdin: string, env = {}) => {
    const child = spawn(process.execPath, ['bin/fastify-typed-session.js', ...args], { env: { ...childEnv, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(stdin)
    const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code: child.exitCode, out, complaints }
  }
  t.match(await command(['secret'], ''), { code: 0, out: /^[\w-]{43}\n$/ })
  t.match(await command(['inspect', '-', '--lifetime', '1'], `session=${flask}`, flaskSecret), { out: /^verdict/m })
  t.match(await command(['inspect', flask, '--ask', '--lifetime', '999999999999'], `${flaskSecret.SECRET_KEY}\n`), { out: /^secret {3}the secret that was typed/m })
  t.match(await command([], ''), { code: 64, complaints: /Usage/ })
  t.match(await command(['inspect', 'x'], ''), { code: 3 })
  t.match(await command(['--version'], ''), { code: 0, out: `${version}\n`, complaints: '' })
})

t.test('output that could not be written is a failure, and a closed pipe is no crash', { skip: !existsSync('/dev/full') && 'there is no /dev/full' }, async (t) => {
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, ['bin/fastify-typed-session.js', 'secret'], { stdio: ['ignore', full, 'pipe'] })
  const [complaints] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')])
  closeSync(full)
  t.equal(child.exitCode, 74)
  t.match(complaints, /^ENOSPC[^\n]*\n$/)

  const piped = spawn('/bin/sh', ['-c', '{ "$0" bin/fastify-typed-session.js --help; echo $? >&2; } | true', process.execPath], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.match(await text(piped.stderr), /^(0|74)\n$/)
})
