import { InvalidOptionError } from '../util/errors.ts'
import type { Algorithm } from './headers.ts'

/** A browser's public key: the members that make it one (RFC 7638 section 3.2), and its algorithm. */
export type PublicKey =
  { readonly alg: 'ES256', readonly kty: 'EC', readonly crv: 'P-256', readonly x: string, readonly y: string } |
  { readonly alg: 'RS256', readonly kty: 'RSA', readonly n: string, readonly e: string }

/** The key that signed an assertion, or what is wrong with the assertion. */
export type Assertion = { readonly ok: true, readonly key: PublicKey } | RefusedAssertion

export interface RefusedAssertion {
  readonly ok: false
  readonly reason: 'malformed' | 'algorithm' | 'signature'
}

/** Reads and verifies assertions: the JWTs with which a browser proves that it has a private key. */
export interface AssertionVerifier {
  /** The challenge that an assertion answers. Nothing is verified. */
  readChallenge (assertion: string): string | undefined
  /** Verifies an assertion with the key that it brings. */
  verifyNew (assertion: string, allowed: readonly Algorithm[]): Promise<Assertion>
  /** Verifies an assertion with a key that was registered. Whatever key it brings is ignored. */
  verify (assertion: string, key: PublicKey): Promise<Assertion>
}

/** Loads jose. Rejects with FST_TYPED_SESSION_INVALID_OPTION if it is not installed. */
export async function loadVerifier (load: () => Promise<unknown> = () => import('jose')): Promise<AssertionVerifier> {
  const jose = await load().catch((cause: unknown) => {
    throw new InvalidOptionError('`deviceBound` needs the package jose: npm install jose', { cause })
  }) as typeof import('jose')

  async function verify (assertion: string, key: PublicKey | undefined, allowed: readonly Algorithm[]): Promise<Assertion> {
    try {
      const { protectedHeader } = key === undefined
        ? await jose.compactVerify(assertion, jose.EmbeddedJWK, { algorithms: [...allowed] })
        : await jose.compactVerify(assertion, await jose.importJWK(key), { algorithms: [...allowed] })
      if (protectedHeader.typ !== 'dbsc+jwt') return { ok: false, reason: 'malformed' }
      return { ok: true, key: key ?? publicKey(protectedHeader as Header) }
    } catch (error) {
      return { ok: false, reason: reasonOf(error) }
    }
  }

  function reasonOf (error: unknown): RefusedAssertion['reason'] {
    if (error instanceof jose.errors.JOSEAlgNotAllowed) return 'algorithm'
    return error instanceof jose.errors.JWSSignatureVerificationFailed ? 'signature' : 'malformed'
  }

  return {
    readChallenge (assertion) {
      try {
        const { jti } = jose.decodeJwt(assertion)
        return typeof jti === 'string' ? jti : undefined
      } catch {
        return undefined
      }
    },
    verifyNew: (assertion, allowed) => verify(assertion, undefined, allowed),
    verify: (assertion, key) => verify(assertion, key, [key.alg])
  }
}

/** Of an assertion that was verified. */
interface Header {
  readonly alg: Algorithm
  readonly jwk: { readonly x: string, readonly y: string, readonly n: string, readonly e: string }
}

// Anything else in the key is not the server's to keep.
function publicKey ({ alg, jwk: { x, y, n, e } }: Header): PublicKey {
  return alg === 'ES256' ? { alg, kty: 'EC', crv: 'P-256', x, y } : { alg, kty: 'RSA', n, e }
}
