import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { measure } from 'mitata'
import { encodeBody, openToken, sealToken } from '../lib/token/token.ts'
import { resolveOptions } from '../lib/options/options.ts'
import { huge, large, secret, small } from './data.js'
import { schema } from './schema.js'

const signedAt = 1_800_000_000
const now = signedAt + 60
const key = Buffer.alloc(32, 1)
const metadata = { permanent: false, lifetime: undefined }
const settings = resolveOptions({ schema, secret }, () => '')

/** What no signed cookie can do without: JSON, base64 and an HMAC. It promises nothing else. */
const floor = {
  seal (data) {
    const body = Buffer.from(JSON.stringify(data)).toString('base64url')
    return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
  },
  open (token) {
    const dot = token.lastIndexOf('.')
    const expected = createHmac('sha256', key).update(token.slice(0, dot)).digest()
    if (!timingSafeEqual(expected, Buffer.from(token.slice(dot + 1), 'base64url'))) return undefined
    return JSON.parse(Buffer.from(token.slice(0, dot), 'base64url').toString())
  }
}

/** The codec with zod's validation. */
const codec = {
  seal: (data) => sealToken(encodeBody(metadata, settings.schema.encode(data)), settings, signedAt),
  open (token) {
    const opened = openToken(token, settings, now)
    const decoded = opened.ok ? settings.schema.decode(opened.data) : opened
    return decoded.ok ? decoded.data : undefined
  }
}

/** Nanoseconds an operation in a tight loop, each the best of several turns, since everything else only adds to it. */
export async function runCodec ({ turns }) {
  const figures = {}
  for (const [size, data] of Object.entries({ small, large, huge })) {
    const json = JSON.stringify(data)
    const ours = codec.seal(data)
    const bare = floor.seal(data)
    assert.deepEqual(codec.open(ours), data)
    assert.deepEqual(floor.open(bare), data)
    figures[size] = await best(turns, {
      open: () => codec.open(ours),
      'open, floor': () => floor.open(bare),
      seal: () => codec.seal(data),
      'seal, floor': () => floor.seal(data),
      'JSON.parse': () => JSON.parse(json)
    })
    figures[size].bytes = json.length
  }
  return figures
}

async function best (turns, functions) {
  const times = {}
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, run] of Object.entries(functions)) {
      const { p25 } = await measure(run, { min_cpu_time: 20e6, min_samples: 20, batch_samples: 256 })
      times[name] = Math.min(times[name] ?? Infinity, Math.round(p25))
    }
  }
  return times
}
