import { channel, type Channel } from 'node:diagnostics_channel'
import type { RejectionReason } from './types.ts'

/** What a message says of its session: never a value of it. */
export interface SessionMessage {
  /** The `name` option. */
  readonly name: string
  readonly cookieName: string
}

export interface AcceptedMessage extends SessionMessage {
  /** Which secret of the list sealed the cookie: 0 is the first. */
  readonly secretIndex: number
}

export interface RejectedMessage extends SessionMessage {
  readonly reason: RejectionReason
}

/** The channels of node:diagnostics_channel: `fastify-typed-session.accepted` and so on. */
export const channels: Readonly<Record<'accepted' | 'rejected' | 'written' | 'refreshed' | 'deleted', Channel>> = {
  accepted: channel('fastify-typed-session.accepted'),
  rejected: channel('fastify-typed-session.rejected'),
  written: channel('fastify-typed-session.written'),
  refreshed: channel('fastify-typed-session.refreshed'),
  deleted: channel('fastify-typed-session.deleted')
}

/** Says on a channel what happened to a session; where nobody listens, nothing is even put into words. */
export function publish (channel: Channel, { name, cookieName }: SessionMessage, details: object = {}): void {
  if (channel.hasSubscribers) channel.publish({ name, cookieName, ...details })
}
