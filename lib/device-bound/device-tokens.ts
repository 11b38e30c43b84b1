import type { Payload } from '../payload/payload.ts'
import type { SigningKeys } from '../token/keys.ts'
import { emptyMetadata, type Metadata } from '../token/metadata.ts'
import { encodeBody, openToken, sealToken, type OpenedToken, type TokenSettings } from '../token/token.ts'

/**
 * What a device-bound session has beside its own cookie. Each is signed with keys of its own, so that none passes for
 * another:
 *
 * - `proof`: a cookie that says that the device proved itself a moment ago
 * - `key`: a cookie with the device's public key, sent to the plugin's endpoint only
 * - `registration`: the challenge that a device signs with a new key
 * - `refresh`: the challenge that a device signs with the key that it registered
 */
export type DeviceTokens = Readonly<Record<DevicePurpose, TokenSettings>>

export const devicePurposes = ['proof', 'key', 'registration', 'refresh'] as const
export type DevicePurpose = (typeof devicePurposes)[number]

/** The keys of each. */
export type DeviceKeys = Readonly<Record<DevicePurpose, SigningKeys>>

/** The metadata of a session that is, or may become, bound. */
export type DeviceMetadata = Metadata & { readonly device: string }

/** Seconds that a browser may take to make its key. */
const registrationLifetime = 300

/** Seconds that a challenge outlives the proof that it comes with: the browser keeps it for the next refresh. */
const challengeMargin = 120

/** The settings of the tokens, from those of the session. Lifetimes are in seconds. */
export function deviceTokens (session: TokenSettings, keys: DeviceKeys, proofLifetime: number): DeviceTokens {
  const settings = (purpose: DevicePurpose, lifetime: number, cookieName = ''): TokenSettings => ({
    ...session,
    cookieName,
    lifetime,
    absoluteLifetime: undefined,
    signingKeys: keys[purpose],
    encryptionKeys: undefined,
    acceptSigned: false
  })
  const { cookieName, lifetime, absoluteLifetime } = session
  return {
    proof: settings('proof', proofLifetime, `${cookieName}-proof`),
    // A session can be signed again until its last second, and then goes on with a proof for so long.
    key: {
      ...settings('key', lifetime + proofLifetime, `${withoutHostPrefix(cookieName)}-key`),
      absoluteLifetime: absoluteLifetime && absoluteLifetime + proofLifetime
    },
    registration: settings('registration', registrationLifetime),
    refresh: settings('refresh', proofLifetime + challengeMargin)
  }
}

// A cookie with this prefix must have the path /, and the key is for one endpoint only.
function withoutHostPrefix (cookieName: string): string {
  return cookieName.replace(/^__host-/i, '__Secure-')
}

/** Seals a token for a device, with what else it carries, at a time in seconds. */
export function sealDeviceToken (settings: TokenSettings, metadata: Partial<Metadata>, now: number, data: Payload = {}): string {
  return sealToken(encodeBody({ ...emptyMetadata, ...metadata }, data), settings, now)
}

/** The first of the texts that is a valid token for this device. */
export function openDeviceToken (settings: TokenSettings, texts: readonly string[], device: string, now: number): OpenedToken | undefined {
  for (const text of texts) {
    const opened = openToken(text, settings, now)
    if (opened.ok && opened.metadata.device === device) return opened
  }
  return undefined
}
