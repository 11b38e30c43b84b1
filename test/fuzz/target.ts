import { openToken, sealToken, type TokenSettings } from '../../lib/token/token.ts'
import { readCookies } from '../../lib/util/cookies.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { deriveEncryptionKeys, deriveSigningKeys } from '../../lib/token/keys.ts'
import { decodeFlaskPayload, decodePayload, encodeFlaskPayload } from '../../lib/payload/payload.ts'

const now = 1_790_000_000
const secret = 'a secret of the fuzzer\'s, and no one else\'s'
const signing: TokenSettings = {
  cookieName: 'session',
  format: 'default',
  signingKeys: deriveSigningKeys([secret], 'salt', 'hmac', 'sha256'),
  encryptionKeys: undefined,
  acceptSigned: false,
  lifetime: 60,
  absoluteLifetime: 90,
  clockTolerance: 5
}
const encrypting: TokenSettings = {
  ...signing, encryptionKeys: { cookieName: 'session', keys: deriveEncryptionKeys([secret], 'salt') }
}

/**
 * Feeds bytes to everything that reads what a browser sent: as a token, as a payload that the secret's holder signed,
 * and as a Cookie header. Throws where one of them throws, or lets through what nobody sealed.
 */
export function fuzz (bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('latin1')

  for (const settings of [signing, encrypting]) {
    if (openToken(text, settings, now).ok) throw new Error('a token that nobody sealed was accepted')
  }

  for (const body of [text, encodeBase64url(bytes), `.${encodeBase64url(bytes)}`]) {
    const payload = decodePayload(body)
    checkFlask(body)
    if (!/^\.?[\w-]+$/.test(body)) continue
    const opened = openToken(sealToken(body, signing, now), signing, now)
    if (opened.ok && payload === undefined) throw new Error('a payload was accepted that cannot be read')
  }

  for (const value of readCookies(text, 'session')) {
    if (!text.includes(value)) throw new Error('a cookie was read that was not sent')
  }
}

// What Flask wrote and nobody changed goes back as it came.
function checkFlask (body: string): void {
  const flask = decodeFlaskPayload(body)
  if (flask === undefined) return
  const before = { node: flask.flaskNode, value: flask.flaskNode.value }
  if (encodeFlaskPayload(flask.payload, before, body) !== body) throw new Error('Flask would get something else back')
}
