import type { AssertionVerifier } from '../device-bound/assertion.ts'
import { bind, type DeviceBinding } from '../device-bound/binding.ts'
import { sealDeviceToken, type DeviceMetadata } from '../device-bound/device-tokens.ts'
import {
  grant, sessionToRefresh, verifyRefresh, verifyRegistration, type DeviceHeaders, type Grant, type RefusedDevice
} from '../device-bound/endpoint.ts'
import type { Settings } from '../options/options.ts'
import type { OpenedToken } from '../token/token.ts'
import { scopeOf } from '../util/cookie-scope.ts'
import { readCookies, type CookieAttributes } from '../util/cookies.ts'
import { sealAgain, type SealedToken } from './cookie-change.ts'
import { openTokens, pickSession } from './token-lookup.ts'

/** The settings of a session that is bound to devices. */
export interface DeviceSettings extends Settings {
  readonly deviceBound: DeviceBinding
  readonly cookie: CookieAttributes
}

export function isDeviceBound (settings: Settings): settings is DeviceSettings {
  return settings.deviceBound !== undefined
}

/** What the endpoint does for a device that proved itself. */
export interface AcceptedDevice {
  readonly ok: true
  /** Whether it registered its key just now. */
  readonly isNew: boolean
  readonly metadata: DeviceMetadata
  readonly grant: Grant
  /** The session's cookie, where that has to be marked as bound. */
  readonly session: SealedToken | undefined
}

/** What it does for one that did not. */
export interface DeniedDevice {
  readonly ok: false
  readonly isNew: boolean
  readonly reason: RefusedDevice['reason']
  /** The challenge for the device that the browser names; undefined if the browser is to end its part of the session. */
  readonly challenge: { readonly value: string, readonly device: string } | undefined
}

/** Answers a browser that registers a key or proves that it has one, at a time in seconds. */
export async function answerDevice (
  headers: DeviceHeaders, settings: DeviceSettings, verifier: AssertionVerifier, now: number
): Promise<AcceptedDevice | DeniedDevice> {
  const named = sessionToRefresh(headers)
  return named === undefined ? await register(headers, settings, verifier, now) : await refresh(headers, named, settings, verifier, now)
}

async function register (
  headers: DeviceHeaders, settings: DeviceSettings, verifier: AssertionVerifier, now: number
): Promise<AcceptedDevice | DeniedDevice> {
  const { tokens, algorithms } = settings.deviceBound
  const refused = (reason: RefusedDevice['reason']): DeniedDevice => ({ ok: false, isNew: true, reason, challenge: undefined })
  const verified = await verifyRegistration(headers, tokens, algorithms, verifier, now)
  if (!verified.ok) return refused(verified.reason)
  const { device, id } = verified.metadata
  const found = sessionIn(headers, settings, now)
  // The next login has come first. Its key must not be replaced by this one, which is for a session that is no more.
  if (found !== undefined && found.metadata.device !== device) return refused('challenge')
  const kept = await settings.backend?.bind(String(id), device, now)
  if (settings.backend !== undefined && kept === undefined) return refused('ended')
  settings.deviceBound.registered.add([device], now)
  const metadata = { ...verified.metadata, ...kept, ...found?.metadata, device, id }
  return { ok: true, isNew: true, metadata, grant: grant(metadata, verified.key, tokens, now), session: found && mark(found, headers, settings, now) }
}

async function refresh (
  headers: DeviceHeaders, device: string, settings: DeviceSettings, verifier: AssertionVerifier, now: number
): Promise<AcceptedDevice | DeniedDevice> {
  const { tokens } = settings.deviceBound
  const verified = await verifyRefresh(headers, device, tokens, verifier, now)
  if (!verified.ok) {
    const challenge = verified.reason === 'unknown' ? undefined : { value: sealDeviceToken(tokens.refresh, { device }, now), device }
    return { ok: false, isNew: false, reason: verified.reason, challenge }
  }
  const { id } = verified.metadata
  const kept = await settings.backend?.findBound(String(id), device, now)
  if (settings.backend !== undefined && kept === undefined) return { ok: false, isNew: false, reason: 'ended', challenge: undefined }
  const found = sessionIn(headers, settings, now)
  const metadata = { ...verified.metadata, ...kept, ...(found?.metadata.device === device && found.metadata), device, id }
  return { ok: true, isNew: false, metadata, grant: grant(metadata, verified.key, tokens, now), session: undefined }
}

/** The session that came with the request, if its cookie has one: after a link from another site, a browser sends none. */
function sessionIn ({ cookie }: DeviceHeaders, settings: DeviceSettings, now: number): OpenedToken | undefined {
  if (!settings.dataInCookie) return undefined
  const found = pickSession(openTokens(readCookies(cookie, settings.cookieName), settings, now), () => scopeOf(settings.cookie))
  return found.ok ? found : undefined
}

/** Marks the cookie now, before anybody can copy it. Where another response replaced it, the next request will be marked. */
function mark (found: OpenedToken, { cookie }: DeviceHeaders, settings: DeviceSettings, now: number): SealedToken | undefined {
  const tokens = readCookies(cookie, settings.cookieName)
  if (settings.replacedTokens.hasAny(tokens, now)) return undefined
  const sealed = sealAgain(bind(found), scopeOf(settings.cookie), settings, found.signedAt, now)
  settings.replacedTokens.replace(tokens, sealed.token, now)
  return sealed
}
