import { channel, type Channel } from 'node:diagnostics_channel'
import type { CookieAction } from '../session/cookie-action.ts'
import type { RejectionReason } from '../session/types.ts'

/** What a message says of its session: never a value of it. */
export interface SessionMessage {
  /** The `name` option. */
  readonly name: string
  readonly cookieName: string
}

// Of node:diagnostics_channel.
const accepted = channel('fastify-typed-session.accepted')
const rejected = channel('fastify-typed-session.rejected')
const changes = {
  write: channel('fastify-typed-session.written'),
  refresh: channel('fastify-typed-session.refreshed'),
  delete: channel('fastify-typed-session.deleted')
}

/** A cookie was accepted that the secret of this place in the list had sealed: 0 is the first. */
export function publishAccepted (session: SessionMessage, secretIndex: number): void {
  publish(accepted, session, { secretIndex })
}

export function publishRejected (session: SessionMessage, reason: RejectionReason): void {
  publish(rejected, session, { reason })
}

/** What a response does with the cookie. That it keeps it, or seals it as this app does now, is no news. */
export function publishChanged (session: SessionMessage, change: CookieAction): void {
  if (change !== 'keep' && change !== 'reseal') publish(changes[change], session)
}

// Where nobody listens, nothing is even put into words.
function publish (channel: Channel, { name, cookieName }: SessionMessage, details: object = {}): void {
  if (channel.hasSubscribers) channel.publish({ name, cookieName, ...details })
}
