/** @import { Row } from '../exchange.ts' */

/** @type {Record<Row, { short: string, headline: string, why: string }>} */
export const rows = {
  none: {
    short: 'nothing sent',
    headline: 'Sent no cookie',
    why: 'There is no session, and the request wrote nothing: defaults alone are no reason to set a cookie.'
  },
  kept: {
    short: 'left alone',
    headline: 'Left the cookie alone',
    why: 'A temporary session that is not written keeps the cookie, and so the time, that it has.'
  },
  refreshed: {
    short: 'refreshed',
    headline: 'Refreshed the cookie',
    why: 'A permanent session is signed anew at each request, whether anyone reads it or not: only disuse ends it.'
  },
  temporary: {
    short: 'written',
    headline: 'Wrote a temporary cookie',
    why: 'The session changed. Without “remember me” the cookie has no Max-Age: the browser drops it when it closes.'
  },
  permanent: {
    short: 'written',
    headline: 'Wrote a permanent cookie',
    why: 'The session changed. With “remember me” the cookie has a Max-Age, and outlives the browser until then.'
  },
  deleted: {
    short: 'deleted',
    headline: 'Deleted the cookie',
    why: 'The session was deleted. The browser forgets its cookie; a copy of it stays good until it expires.'
  },
  failed: {
    short: 'failed',
    headline: 'Refused the request',
    why: 'The request failed: see its answer.'
  }
}

export const endedForAll = 'The session was deleted. The browser forgets its cookie, and the server its record of the session: every copy is refused from now on.'

/** @type {Record<string, string>} */
export const meanings = {
  'Max-Age': 'seconds for which the browser keeps it',
  Expires: 'the same, for old browsers',
  Path: 'sent with all requests below',
  HttpOnly: 'no script can read it',
  SameSite: 'other sites’ forms do not send it',
  Secure: 'sent over HTTPS only'
}

/** @type {Record<string, string>} */
export const absences = {
  'Max-Age': 'it ends with the browser',
  Secure: 'this request came by plain HTTP'
}

/**
 * What became of the signature, where the server did not find that it holds.
 * @type {Record<string, string>}
 */
export const signatures = {
  signature: 'Does not fit',
  malformed: 'Not found',
  oversize: 'Not checked'
}

export const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
export const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' })

/** @param {number} seconds */
export function minutes (seconds) {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
