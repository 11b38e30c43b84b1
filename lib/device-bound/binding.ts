import { openCached, TokenCache } from '../token/token-cache.ts'
import type { Metadata } from '../token/metadata.ts'
import type { OpenedToken, TokenSettings } from '../token/token.ts'
import { readCookies } from '../util/cookies.ts'
import { RecentSet } from '../util/recent-set.ts'
import { deviceTokens, type DeviceKeys, type DeviceTokens } from './device-tokens.ts'
import { isSkipped, type Algorithm } from './headers.ts'

/** What an app says of how its sessions are bound to devices. */
export interface BindingOptions {
  /** The path of the endpoint, below the prefix of the context that the plugin is registered in. */
  readonly path: string
  /** Seconds. */
  readonly proofLifetime: number
  readonly algorithms: readonly Algorithm[]
  /** The hosts whose requests have the browser refresh the proof: `*` is any. */
  readonly refreshInitiators: readonly string[]
}

/** How sessions are bound to devices. */
export interface DeviceBinding extends BindingOptions {
  readonly tokens: DeviceTokens
  /** The proofs that were verified last. */
  readonly proofCache: TokenCache
  /** The devices that registered with this process lately: a response under way does not know of it. */
  readonly registered: RecentSet
}

/** Makes a binding; undefined without options. Other keys make a new one, in which every proof must be verified again. */
export function makeBinding (options: BindingOptions | undefined, session: TokenSettings, keys: DeviceKeys | undefined): DeviceBinding | undefined {
  return options && keys && { ...options, tokens: deviceTokens(session, keys, options.proofLifetime), proofCache: new TokenCache(), registered: new RecentSet() }
}

/** What a request says of its device. */
export interface ProofHeaders {
  readonly cookie?: string | undefined
  readonly 'secure-session-skipped'?: string | string[] | undefined
}

/** A session that was not proven to be on its device. */
export interface UnprovenSession {
  readonly ok: false
  readonly reason: 'unproven'
}

export const unproven: UnprovenSession = { ok: false, reason: 'unproven' }

/**
 * Checks that a request with a session comes from the session's device. Binds a session that is not marked as bound, but
 * comes with a proof: a response that was under way when the device registered may have overwritten the mark.
 */
export function proveDevice<Found extends OpenedToken> (
  found: Found, headers: ProofHeaders, { tokens: { proof }, proofCache }: DeviceBinding, now: number
): Found | UnprovenSession {
  const { device, bound } = found.metadata
  const proven = device !== undefined && readCookies(headers.cookie, proof.cookieName).some((token) => {
    const opened = openCached(token, proofCache, proof, now)
    return opened.ok && opened.metadata.device === device
  })
  if (!proven) return bound ? unproven : found
  return bound ? found : bind(found)
}

/** Marks a session as bound: the next response has to say so. */
export function bind<Found extends OpenedToken> (found: Found): Found {
  return { ...found, metadata: { ...found.metadata, bound: true }, body: undefined, needsReseal: true }
}

/** The metadata of a session that is written, marked if its device registered since the request came. */
export function markRegistered (metadata: Metadata, binding: DeviceBinding | undefined, now: number): Metadata {
  return metadata.device !== undefined && binding?.registered.has(metadata.device, now) ? { ...metadata, bound: true } : metadata
}

/**
 * Whether the browser would prove this session if it could: the server, or the number of its signatures, did not let it.
 * Anyone can say so.
 */
export function couldNotProve ({ metadata: { device } }: OpenedToken, headers: ProofHeaders): boolean {
  return device !== undefined && isSkipped(headers['secure-session-skipped'], device)
}
