import type { Metadata } from '../token/metadata.ts'
import { openToken } from '../token/token.ts'
import { readCookies } from '../util/cookies.ts'
import type { AssertionVerifier, PublicKey, RefusedAssertion } from './assertion.ts'
import { openDeviceToken, sealDeviceToken, type DeviceMetadata, type DeviceTokens } from './device-tokens.ts'
import { readString, type Algorithm } from './headers.ts'

/** The headers that a browser sends to the endpoint. */
export interface DeviceHeaders {
  readonly cookie?: string | undefined
  readonly 'secure-session-response'?: string | string[] | undefined
  readonly 'sec-secure-session-id'?: string | string[] | undefined
}

/** A device that proved that it has its private key. */
export interface VerifiedDevice {
  readonly ok: true
  readonly key: PublicKey
  /** The session's, as it was when the device registered or last proved itself. */
  readonly metadata: DeviceMetadata
}

/**
 * Why a device was refused:
 *
 * - `absent`: it signed nothing, as a browser does that has no challenge yet
 * - `malformed`: the assertion is not one
 * - `algorithm`: it is signed with an algorithm that the server does not offer
 * - `challenge`: it does not answer a challenge of this server for this device, or one that has expired
 * - `signature`: it is not signed with the device's key
 * - `unknown`: no key is registered for the session that the browser names
 * - `ended`: the store says that the session is over, or was bound before
 */
export interface RefusedDevice {
  readonly ok: false
  readonly reason: RefusedAssertion['reason'] | 'absent' | 'challenge' | 'unknown' | 'ended'
}

/** What a proven device gets. */
export interface Grant {
  /** The values of the two cookies. */
  readonly proof: string
  readonly key: string
  /** What the device signs next. */
  readonly challenge: string
}

/** An assertion of an RSA key of 4,096 bits takes 2,000 bytes. */
const maxAssertionBytes = 4096

/** The session that a browser asks to refresh; undefined if it registers a new one. No script can send this header. */
export function sessionToRefresh (headers: DeviceHeaders): string | undefined {
  return headers['sec-secure-session-id'] === undefined ? undefined : readString(headers['sec-secure-session-id']) ?? ''
}

/** The challenge that offers a browser to bind a session, sealed at a time in seconds. */
export function sealOffer ({ device, id, permanent, authenticatedAt }: Metadata, { registration }: DeviceTokens, now: number): string {
  return sealDeviceToken(registration, { device, id, permanent, authenticatedAt }, now)
}

/** Verifies that a device accepts the offer to register, with a key of its own. */
export async function verifyRegistration (
  headers: DeviceHeaders, tokens: DeviceTokens, allowed: readonly Algorithm[], verifier: AssertionVerifier, now: number
): Promise<VerifiedDevice | RefusedDevice> {
  const assertion = readAssertion(headers, verifier)
  if (!assertion.ok) return assertion
  // Before the signature, so that only those who were offered to register cost the server an RSA operation.
  const offer = openToken(assertion.challenge, tokens.registration, now)
  if (!offer.ok) return { ok: false, reason: 'challenge' }
  const verified = await verifier.verifyNew(assertion.text, allowed)
  return verified.ok ? { ...verified, metadata: offer.metadata as DeviceMetadata } : verified
}

/** Verifies that a device answers a challenge, with the key that it registered. */
export async function verifyRefresh (
  headers: DeviceHeaders, device: string, tokens: DeviceTokens, verifier: AssertionVerifier, now: number
): Promise<VerifiedDevice | RefusedDevice> {
  const known = openDeviceToken(tokens.key, readCookies(headers.cookie, tokens.key.cookieName), device, now)
  if (known === undefined) return { ok: false, reason: 'unknown' }
  const assertion = readAssertion(headers, verifier)
  if (!assertion.ok) return assertion
  if (openDeviceToken(tokens.refresh, [assertion.challenge], device, now) === undefined) return { ok: false, reason: 'challenge' }
  const verified = await verifier.verify(assertion.text, known.data as unknown as PublicKey)
  return verified.ok ? { ...verified, metadata: known.metadata as DeviceMetadata } : verified
}

function readAssertion (
  headers: DeviceHeaders, verifier: AssertionVerifier
): { readonly ok: true, readonly text: string, readonly challenge: string } | RefusedDevice {
  const header = headers['secure-session-response']?.toString()
  if (header === undefined) return { ok: false, reason: 'absent' }
  const text = header.length > maxAssertionBytes ? undefined : readString(header)
  const challenge = text && verifier.readChallenge(text)
  return text && challenge ? { ok: true, text, challenge } : { ok: false, reason: 'malformed' }
}

/** Seals what a proven device gets, at a time in seconds. `metadata` are the session's as they are now. */
export function grant ({ device, id, permanent, authenticatedAt }: DeviceMetadata, key: PublicKey, tokens: DeviceTokens, now: number): Grant {
  return {
    proof: sealDeviceToken(tokens.proof, { device }, now),
    key: sealDeviceToken(tokens.key, { device, id, permanent, authenticatedAt }, now, { ...key }),
    challenge: sealDeviceToken(tokens.refresh, { device }, now)
  }
}
