/** @import { Anatomy } from '../anatomy.ts' */
/** @import { RejectionReason } from 'fastify-typed-session' */
/** @import { Attribute, Exchange, Row } from '../exchange.ts' */

/**
 * A cookie that came by. Scripts cannot read an HttpOnly cookie: here the server's answers tell of it.
 * @typedef {{ token: string, user: string, signedAt: number | undefined, attributes: readonly Attribute[] | undefined }} Captured
 */

export const state = {
  /** @type {Anatomy | undefined} */
  cookie: undefined,
  /** @type {RejectionReason | undefined} why the cookie is refused */
  reason: undefined,
  lifetime: 0,
  /** How far the server's clock is ahead of performance.now(), in milliseconds. */
  clock: NaN,
  /** @type {{ request: string, row: Row }[]} */
  log: [],
  /** The switches. */
  options: { encrypt: false, revocation: false, ...JSON.parse(sessionStorage.getItem('options') ?? '{}') },
  /** @type {Captured[]} */
  captured: JSON.parse(sessionStorage.getItem('captured') ?? '[]')
}

/** The server's clock, in milliseconds since 1970. */
export function now () {
  return performance.now() + state.clock
}

/**
 * Has all later requests go to the API with this option on or off.
 * @param {'encrypt' | 'revocation'} name
 * @param {boolean} on
 */
export function setOption (name, on) {
  state.options[name] = on
  sessionStorage.setItem('options', JSON.stringify(state.options))
}

/**
 * Takes up what an answer of the API said.
 * @param {Exchange} exchange
 * @param {number} lifetime
 */
export function learn (exchange, lifetime) {
  state.lifetime = lifetime
  state.clock = exchange.now - performance.now()
  state.cookie = exchange.row === 'deleted' ? undefined : exchange.setCookie?.anatomy ?? exchange.sent
  state.reason = exchange.setCookie ? undefined : exchange.rejection?.reason
  state.log = [{ request: exchange.request, row: exchange.row }, ...state.log].slice(0, 8)
  capture(exchange)
}

/** @param {Exchange} exchange */
function capture ({ sent, setCookie, rejection, data }) {
  // Oldest first: the cookie that came, where it is a good one, then the one that went out.
  const seen = [
    { anatomy: rejection ? undefined : sent, attributes: undefined },
    { anatomy: setCookie?.anatomy, attributes: setCookie?.attributes }
  ]
  for (const { anatomy, attributes } of seen) {
    if (anatomy === undefined || state.captured.some(({ token }) => token === anatomy.token)) continue
    const user = String(data.user ?? 'Nobody')
    state.captured.unshift({ token: anatomy.token, user, signedAt: anatomy.signedAt.means, attributes })
  }
  state.captured.length = Math.min(state.captured.length, 30)
  sessionStorage.setItem('captured', JSON.stringify(state.captured))
}
