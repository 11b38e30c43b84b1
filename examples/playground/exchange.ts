import type { RejectionReason } from 'fastify-typed-session'
import { takeApart, type Anatomy } from './anatomy.ts'

/** What one request and its response meant for the session, for the page to show. */
export interface Exchange {
  /** Such as `POST /api/login`. */
  readonly request: string
  /** The server's clock, in milliseconds since 1970. */
  readonly now: number
  /** The cookie that the browser sent. */
  readonly sent: Anatomy | undefined
  /** Why the session is new, in the plugin's word and in ours; undefined where the cookie was accepted. */
  readonly rejection: { readonly reason: RejectionReason, readonly words: string } | undefined
  readonly row: Row
  readonly setCookie: SetCookie | undefined
  readonly data: Record<string, unknown>
  readonly permanent: boolean
  /** The options of the plugin, and the lines of the route. */
  readonly code: string
  /** Whether a logout ends every copy of the cookie. */
  readonly revocation: boolean
}

/** The Set-Cookie header of the response. */
export interface SetCookie {
  readonly header: string
  /** Undefined where the header deletes the cookie. */
  readonly anatomy: Anatomy | undefined
  readonly attributes: readonly Attribute[]
}

export interface Attribute {
  readonly name: string
  /** Empty for those that are there or not. */
  readonly value: string
}

/** The rows of the table of semantics that the page shows; `failed` stands in none. */
export type Row = 'none' | 'kept' | 'refreshed' | 'temporary' | 'permanent' | 'deleted' | 'failed'

interface Facts extends Pick<Exchange, 'request' | 'now' | 'data' | 'permanent' | 'code' | 'revocation'> {
  readonly lifetime: number
  readonly encrypt: boolean
  readonly reason: RejectionReason | undefined
  readonly statusCode: number
  readonly cookie: string | undefined
  readonly header: string | undefined
}

export function explain ({ lifetime, encrypt, reason, statusCode, cookie, header, ...facts }: Facts): Exchange {
  const sent = cookie === undefined ? undefined : takeApart(cookie)
  const setCookie = header === undefined ? undefined : readSetCookie(header)
  return {
    ...facts,
    sent,
    setCookie,
    rejection: reason && { reason, words: inWords(reason, lifetime, encrypt) },
    row: statusCode >= 400 ? 'failed' : rowOf(reason === undefined ? sent : undefined, setCookie, facts.permanent)
  }
}

function rowOf (accepted: Anatomy | undefined, setCookie: SetCookie | undefined, permanent: boolean): Row {
  if (setCookie === undefined) return accepted ? 'kept' : 'none'
  if (setCookie.anatomy === undefined) return 'deleted'
  if (setCookie.anatomy.payload.text === accepted?.payload.text) return 'refreshed'
  return permanent ? 'permanent' : 'temporary'
}

function readSetCookie (header: string): SetCookie {
  const [pair = '', ...attributes] = header.split('; ')
  const token = pair.slice(pair.indexOf('=') + 1)
  return {
    header,
    anatomy: token === '' ? undefined : takeApart(token),
    attributes: attributes.map((attribute) => {
      const [name = '', value = ''] = attribute.split('=')
      return { name, value }
    })
  }
}

function inWords (reason: RejectionReason, lifetime: number, encrypt: boolean): string {
  const words: Record<RejectionReason, string> = {
    absent: 'The browser sent no session cookie.',
    oversize: 'The cookie is larger than the 4,096 bytes that a browser keeps.',
    malformed: encrypt
      ? 'The server takes encrypted cookies only, and this is not one.'
      : 'The cookie is not a payload, time and signature with dots between them.',
    signature: `The ${encrypt ? 'encryption' : 'signature'} does not fit: someone changed the cookie, or it was made with another secret.`,
    expired: `The signature holds, but it is older than the lifetime of ${lifetime} seconds.`,
    future: 'The signature holds, but its time lies in the future by more than the tolerance of 60 seconds.',
    payload: 'The signature holds, but what it signs is no session.',
    schema: 'The signature holds, but the schema refuses the data.',
    ambiguous: 'The browser sent two cookies of this name, different and both valid.',
    revoked: 'The signature holds, but the server has no record of the session: it was ended, or began without one.',
    unproven: 'The session is bound to a device, and the browser brought no proof of it.',
    unavailable: 'The store that keeps the session does not answer.'
  }
  return words[reason]
}
