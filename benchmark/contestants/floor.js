import { hash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { secret } from '../data.js'
import { schema } from '../schema.js'

// The least that a signed, timed, validated cookie session costs: one plugin by hand, for one schema and one cookie.
const lifetime = 31 * 24 * 60 * 60
const attributes = `; Max-Age=${lifetime}; Path=/; HttpOnly; SameSite=Lax`
const inner = Buffer.alloc(64 + 3 * 4096)
const outer = Buffer.alloc(64 + 32)
for (let at = 0; at < 64; at++) {
  const byte = Buffer.from(secret)[at] ?? 0
  inner[at] = byte ^ 0x36
  outer[at] = byte ^ 0x5c
}
const verified = new Map()

export default {
  register (app) {
    app.decorateRequest('held', null)
    app.decorateRequest('session', { getter () { return (this.held ??= load(this.headers.cookie)).session } })
    app.addHook('onSend', (request, reply, payload, done) => {
      if (request.held !== null) save(request.held, reply)
      done()
    })
  },
  login: ({ session }, reply, data) => { Object.assign(session, data) },
  read: ({ session }) => session.name,
  write: ({ session }) => ++session.visits
}

function load (header = '') {
  const start = header.indexOf('session=')
  const end = header.indexOf(';', start)
  const before = start === -1 ? undefined : open(header.slice(start + 8, end === -1 ? undefined : end))
  return { before, session: before === undefined ? schema.parse({}) : copy(before) }
}

function save ({ before, session }, reply) {
  reply.header('vary', 'Cookie')
  if (before !== undefined && equal(before, session)) return
  const encoded = z.safeEncode(schema, session)
  if (!encoded.success) throw new Error('the session is invalid')
  reply.header('set-cookie', `session=${seal(encoded.data)}${attributes}`)
  reply.header('cache-control', 'private')
}

function seal (data) {
  const signed = `${Buffer.from(JSON.stringify(data)).toString('base64url')}.${Math.floor(Date.now() / 1000).toString(36)}`
  return `${signed}.${mac(signed)}`
}

function open (token) {
  const signature = token.slice(-43)
  let known = verified.get(signature)
  if (known?.token !== token) {
    if (token.length > 4096) return undefined
    const [given, expected] = [Buffer.from(signature), Buffer.from(mac(token.slice(0, -44)))]
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const [body, time] = token.split('.', 2)
    const { success, data } = schema.safeParse(JSON.parse(Buffer.from(body, 'base64url')))
    if (!success) return undefined
    known = { token, data, signedAt: parseInt(time, 36) }
    if (verified.size === 3000) verified.clear()
    verified.set(signature, known)
  }
  return Date.now() / 1000 - known.signedAt <= lifetime ? known.data : undefined
}

function mac (text) {
  const end = 64 + inner.write(text, 64)
  outer.write(hash('sha256', inner.subarray(0, end), 'binary'), 64, 'binary')
  return hash('sha256', outer, 'base64url')
}

function copy (value) {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy)
  const copied = { ...value }
  for (const key in copied) if (typeof copied[key] === 'object') copied[key] = copy(copied[key])
  return copied
}

function equal (a, b) {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]))
}
