import { createHmac } from 'node:crypto'
import { sameText } from '../token/signer.ts'
import { secretBytes, type Secret } from '../token/keys.ts'
import { InvalidSecretError } from '../util/errors.ts'

/** Makes and checks the values of Flask-Login's remember cookie. */
export interface RememberTokens {
  /** `flask_login.utils.encode_cookie`. */
  readonly encode: (userId: string) => string
  /** `flask_login.utils.decode_cookie`: the id of the user, or undefined if none of the secrets signed it. */
  readonly decode: (token: string) => string | undefined
}

/** Of a list of secrets, the first signs and all verify. Throws FST_TYPED_SESSION_INVALID_SECRET. */
export function rememberTokens (secrets: readonly [Secret, ...Secret[]]): RememberTokens {
  const [first, ...others] = secrets
  const signer = macWith(first)
  const verifiers = [signer, ...others.map(macWith)]
  return {
    encode: signer,
    decode (token) {
      const userId = token.slice(0, Math.max(token.lastIndexOf('|'), 0))
      return verifiers.some((mac) => sameText(token, mac(userId))) ? userId : undefined
    }
  }
}

function macWith (secret: Secret): (userId: string) => string {
  const key = rememberKey(secret)
  return (userId) => `${userId}|${createHmac('sha512', key).update(userId).digest('hex')}`
}

// Flask signs sessions with the UTF-8 of a secret that is a text, and Flask-Login its cookie with the Latin-1.
function rememberKey (secret: Secret): Uint8Array {
  if (typeof secret !== 'string') return secretBytes(secret)
  const key = Buffer.from(secret, 'latin1')
  if (key.toString('latin1') === secret) return key
  throw new InvalidSecretError('`secret` has a character outside Latin-1, which Flask-Login refuses: choose another secret, or give its bytes on both sides')
}
