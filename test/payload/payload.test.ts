import t from 'tap'
import { deflateSync } from 'node:zlib'
import { openToken, encodeBody, sealToken, type TokenSettings, type OpenedToken } from '../../lib/token/token.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { readFlaskJson } from '../../lib/payload/flask-reader.ts'
import { attachMetadata, emptyMetadata } from '../../lib/token/metadata.ts'
import {
  decodeFlaskPayload, decodePayload, encodeFlaskPayload, encodePayload, payloadText, type Payload
} from '../../lib/payload/payload.ts'
import { asRead, asWritten, settingsOf, valueOf, vectors } from '../support/flask-vectors.ts'

for (const vector of vectors) {
  const settings = settingsOf(vector)

  t.test(`Flask's cookie opens to its payload and value: ${vector.name}`, async (t) => {
    const opened = openToken(vector.cookie, settings, vector.signedAt)
    if (!opened.ok) return t.fail(opened.reason)
    t.same(attachMetadata(opened.metadata, opened.data), valueOf(vector.value, asRead))
    t.equal(payloadText(opened.flaskBody ?? ''), vector.payload)
    t.equal(opened.signedAt, vector.signedAt)
    t.equal(opened.keyIndex, 0)
  })

  t.test(`the same payload sealed in the same second is Flask's cookie: ${vector.name}`, async (t) => {
    const token = sealToken(encodeFlaskPayload(valueOf(vector.value, asWritten) as Payload), settings, vector.signedAt)
    if (!vector.compressed) t.equal(token, vector.cookie)
    t.equal(uncompressed(token, settings), uncompressed(vector.cookie, settings))

    const opened = openToken(vector.cookie, settings, vector.signedAt)
    if (!opened.ok) return t.fail(opened.reason)
    const again = sealToken(encodeBody(opened.metadata, opened.data, 'flask', opened), settings, vector.signedAt)
    t.equal(again, vector.cookie, 'to the byte where it came from Flask')
  })
}

// Node.js compresses less well than Python, and may find it not worth it: the payload and the time must be the same.
function uncompressed (token: string, settings: TokenSettings): string {
  const { flaskBody, signedAt } = openToken(token, settings, vectors[0]?.signedAt ?? 0) as OpenedToken
  return sealToken(encodeBase64url(payloadText(flaskBody ?? '') ?? ''), settings, signedAt)
}

t.test('Flask\'s format is compressed when that makes it shorter, by itsdangerous\' rule', async (t) => {
  for (let length = 0; length < 40; length++) {
    const json = Buffer.from(JSON.stringify({ a: 'x'.repeat(length) }))
    const body = encodeFlaskPayload({ a: 'x'.repeat(length) })
    t.equal(body.startsWith('.'), deflateSync(json).length < json.length - 1, `${length} letters`)
    t.same(decodeFlaskPayload(body)?.payload, { a: 'x'.repeat(length) })
  }
})

t.test('a payload returns in the body in which it came, where that still says the same', async (t) => {
  const node = readFlaskJson('{"a":1.0}')
  const before = { node, value: node.value }
  const body = `.${encodeBase64url(deflateSync(node.text))}`
  t.equal(encodeFlaskPayload({ a: 1 }, before, body), body)
  t.equal(encodeFlaskPayload({ a: 1 }, before), encodeBase64url(node.text), 'where the body is not known, in a new one')
  t.equal(encodeFlaskPayload({ a: 2 }, before, body), encodeBase64url('{"a":2}'))
  t.equal(encodeFlaskPayload({ a: 1 }, undefined, body), encodeBase64url('{"a":1}'))
})

t.test('a body is packed in the default format, or in Flask\'s as it came', async (t) => {
  const data = { n: '1.5', name: 'Zoë' }
  t.equal(encodeBody(emptyMetadata, data), encodePayload(data))
  const fresh = encodeFlaskPayload(data)
  t.equal(encodeBody(emptyMetadata, data, 'flask'), fresh)
  t.equal(encodeBody(emptyMetadata, data, 'flask', { flaskBody: undefined }), fresh)

  const flaskBody = encodeBase64url('{"n":"1.50","seen":1.0}')
  const unchanged = { n: '1.5' }
  t.equal(payloadText(encodeBody(emptyMetadata, { n: '1.5', seen: 1 }, 'flask', { flaskBody, unchanged })), '{"n":"1.50","seen":1.0}')
  t.equal(payloadText(encodeBody(emptyMetadata, { n: '1.5', seen: 2 }, 'flask', { flaskBody, unchanged })), '{"n":"1.50","seen":2}')
})

t.test('a session that is permanent no more says so where Flask had said that it was', async (t) => {
  const came = (json: string) => ({ flaskBody: encodeBase64url(json) })
  t.equal(payloadText(encodeBody(emptyMetadata, { a: 1 }, 'flask', came('{"_permanent":true,"a":1.0}'))), '{"_permanent":false,"a":1.0}')
  t.equal(payloadText(encodeBody(emptyMetadata, { a: 1 }, 'flask', came('{"a":1.0}'))), '{"a":1.0}')
})

t.test('the text of a body is read if it can be, else there is none', async (t) => {
  for (const text of ['{"a":1}', '[]', 'no JSON', 'Zoë']) {
    t.equal(payloadText(encodeBase64url(text)), text)
    t.equal(payloadText(`.${encodeBase64url(deflateSync(text))}`), text, 'deflated')
  }
  for (const body of ['e30=', '.e30', encodeBase64url(Uint8Array.of(0xff))]) t.equal(payloadText(body), undefined, body)
})

t.test('the default format is never compressed, and reads what is', async (t) => {
  const payload = { text: 'lorem ipsum '.repeat(50) }
  t.equal(encodePayload(payload), encodeBase64url(JSON.stringify(payload)))
  t.same(decodePayload(`.${encodeBase64url(deflateSync(JSON.stringify(payload)))}`), payload)
})

t.test('at most 64 KiB are inflated', async (t) => {
  const bomb = (bytes: number) => `.${encodeBase64url(deflateSync(`{"a":"${'x'.repeat(bytes - 8)}"}`))}`
  for (const decode of [decodePayload, decodeFlaskPayload]) {
    t.ok(decode(bomb(65_536)))
    t.equal(decode(bomb(65_537)), undefined)
    t.equal(decode(bomb(10_000_000)), undefined)
  }
})

t.test('at most 2,048 values are inflated, and more where nothing is', async (t) => {
  const payload = (count: number) => ({ a: Array(count - 2).fill(0) })
  const deflated = (count: number) => `.${encodeBase64url(deflateSync(JSON.stringify(payload(count))))}`
  for (const decode of [decodePayload, decodeFlaskPayload]) {
    t.ok(decode(deflated(2_048)))
    t.equal(decode(deflated(2_049)), undefined)
  }
  t.strictSame(decodePayload(encodePayload(payload(9_999))), payload(9_999), 'a record in a store can be larger than a cookie')
})

t.test('what would not be inflated again is not written either', async (t) => {
  const longest = { a: 'x'.repeat(65_528) }
  t.same(decodeFlaskPayload(encodeFlaskPayload(longest))?.payload, longest)
  t.throws(() => encodeFlaskPayload({ a: `${longest.a}x` }), {
    code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /65537 bytes, and no more than 65536/
  })
  const most = { a: Array(2_046).fill(0) }
  t.same(decodeFlaskPayload(encodeFlaskPayload(most))?.payload, most)
  t.throws(() => encodeFlaskPayload({ a: [...most.a, 0] }), {
    code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /more than 2048 values/
  })
})

t.test('what is no payload is none, and throws nothing', async (t) => {
  const bodies = ['', '.', 'e30=', 'e3', '.e30', ...['', '[]', '"a"', '1', 'null', '{', '{"a":1}}', '\u{feff}{}', '{"a":undefined}']
    .map((json) => encodeBase64url(json)), encodeBase64url(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))]
  for (const body of bodies) {
    t.equal(decodePayload(body), undefined, `"${body}"`)
    t.equal(decodeFlaskPayload(body), undefined, `"${body}" of Flask's`)
  }
})
