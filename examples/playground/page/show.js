/** @import { Step } from '../device-bound.ts' */
/** @import { Attribute, Exchange } from '../exchange.ts' */
import { now, state } from './state.js'
import { absences, date, endedForAll, meanings, minutes, rows, signatures, time } from './words.js'

/** @param {string} id */
export function byId (id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function element (tag, attributes, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** @param {Exchange} exchange */
export function showYou ({ data, permanent, rejection, row }) {
  const user = data.user
  const cart = Array.isArray(data.cart) && data.cart.length > 0 ? ` In the cart: ${data.cart.join(', ')}.` : ''
  byId('who').textContent = user ? String(user) : 'Not logged in'
  byId('who').classList.toggle('known', Boolean(user))
  byId('who-note').textContent = user
    ? (permanent ? 'Remembered when the browser closes.' : 'Until the browser closes.') + cart
    : (row === 'deleted' ? 'You logged out.' : rejection?.words ?? 'A session without a login.') + cart
  byId('login').hidden = Boolean(user)
  byId('logout').hidden = !user
}

/**
 * @param {Exchange} exchange
 * @param {string} answer
 */
export function showAnswer ({ request, rejection, row, sent, revocation, code }, answer) {
  byId('request').textContent = request
  const verdict = byId('verdict')
  verdict.textContent = rejection ? rejection.reason : 'accepted'
  verdict.className = `badge ${!rejection ? 'good' : sent ? 'bad' : ''}`
  byId('headline').textContent = rows[row].headline
  byId('why').textContent = `${rejection && sent ? `${rejection.words} ` : ''}${row === 'failed' ? answer : row === 'deleted' && revocation ? endedForAll : rows[row].why}`
  byId('code').textContent = code
  for (const each of document.querySelectorAll('[data-row]')) {
    each.toggleAttribute('aria-current', each.getAttribute('data-row') === row)
  }
}

export function showCookie () {
  const { cookie, reason, captured, lifetime } = state
  byId('cookie').hidden = cookie === undefined
  byId('no-cookie').hidden = cookie !== undefined
  if (cookie === undefined) return

  const { encrypted, payload, signedAt, signature } = cookie
  const parts = [{ name: 'payload', text: payload.text }, { name: 'time', text: signedAt.text }, { name: 'signature', text: signature.text }]
  byId('token').replaceChildren(...parts
    .filter(({ text }) => text !== '')
    .flatMap(({ name, text }, index) => [index === 0 ? '' : '.', element('span', { class: name }, text)]))

  byId('payload').textContent = encrypted ? 'Encrypted' : payload.means === undefined ? 'Not JSON' : JSON.stringify(payload.means, null, 2)
  byId('payload-note').textContent = encrypted
    ? 'XAES-256-GCM: only the server can read it.'
    : 'Base64url of JSON: anyone can read it, and whoever changes it breaks the signature.'
  byId('signed-at').textContent = signedAt.means === undefined ? 'No time' : time.format(signedAt.means * 1000)
  byId('signed-note').textContent = signedAt.means === undefined
    ? ''
    : `${date.format(signedAt.means * 1000)}. Refused after ${time.format((signedAt.means + lifetime) * 1000)}, whatever the browser thinks.`
  byId('signed-at').classList.toggle('bad', reason === 'expired' || reason === 'future')
  byId('signature').textContent = signatures[reason ?? ''] ?? 'Holds'
  byId('signature').classList.toggle('bad', signatures[reason ?? ''] !== undefined)
  byId('signature-note').textContent = encrypted ? 'The encryption has a tag of 128 bits.' : signature.means === undefined ? 'No signature.' : `HMAC-SHA256 of all before the last dot: ${signature.means} bits.`

  const attributes = captured.find(({ token }) => token === cookie.token)?.attributes
  byId('attributes').replaceChildren(...attributes === undefined
    ? [element('div', {}, element('dt', {}, 'Unknown'), element('dd', { class: 'unknown' }, 'A browser sends a cookie’s name and value, and not the attributes that it came with.'))]
    : describe(attributes))
}

/** @param {readonly Attribute[]} attributes */
function describe (attributes) {
  const missing = ['Max-Age', 'Secure'].filter((name) => !attributes.some((attribute) => attribute.name === name))
  return [
    ...attributes.map(({ name, value }) => element('div', {},
      element('dt', {}, value === '' ? name : `${name}=${value}`), element('dd', {}, meanings[name] ?? ''))),
    ...missing.map((name) => element('div', { class: 'absent' },
      element('dt', {}, `No ${name}`), element('dd', {}, absences[name] ?? '')))
  ]
}

export function showCaptured () {
  byId('captured').replaceChildren(...state.captured.map(({ token, user, signedAt, attributes }) => {
    const kind = attributes?.some(({ name }) => name === 'Max-Age') ? 'permanent' : 'temporary'
    const at = signedAt === undefined ? 'an unknown time' : time.format(signedAt * 1000)
    const label = `the cookie of ${user}, signed at ${at}`
    return element('li', { class: token === state.cookie?.token ? 'current' : '' },
      element('p', { class: 'label' }, element('strong', {}, user), ` ${at}${attributes ? `, ${kind}` : ''}`,
        element('span', { class: 'age', 'data-signed-at': String(signedAt ?? '') })),
      element('code', {}, `${token.slice(0, 10)}…${token.slice(-10)}`),
      element('span', { class: 'actions row' },
        element('button', { type: 'button', 'data-replay': token, 'aria-label': `Replay ${label}` }, 'Replay'),
        element('button', { type: 'button', 'data-tamper': token, 'aria-label': `Tamper with ${label}` }, 'Tamper')))
  }))
}

/** @param {{ code: string, steps: Step[] }} story */
export function showThief ({ code, steps }) {
  byId('steps').replaceChildren(...steps.map(({ who, does, answer: { user, bound, reason } }) => element('li', { class: who },
    element('p', {}, element('strong', {}, who === 'thief' ? 'The thief' : 'The browser'), ` ${does}.`),
    element('p', {}, element('span', { class: `badge ${user === undefined ? 'bad' : 'good'}` }, reason ?? 'accepted'),
      ` ${user === undefined ? 'Not logged in' : `Logged in as ${user}`}${bound ? ', bound to the device' : ''}`))))
  byId('device-code').textContent = code
  byId('device-code').hidden = false
}

export function showLog () {
  byId('log').replaceChildren(...state.log.map(({ request, row }) => element('li', {}, element('code', {}, request), ` ${rows[row].short}`)))
}

/** Four times a second, and after each answer. */
export function tick () {
  if (Number.isNaN(state.clock)) return
  const { lifetime, cookie, reason } = state
  byId('clock').textContent = time.format(now())
  byId('ahead').textContent = now() - Date.now() > 5000 ? `${minutes((now() - Date.now()) / 1000)} ahead` : ''

  const signedAt = reason === undefined ? cookie?.signedAt.means : undefined
  const left = signedAt === undefined ? 0 : Math.min(lifetime, Math.max(0, signedAt + lifetime - now() / 1000))
  byId('left').textContent = signedAt === undefined ? '–:––' : minutes(left)
  byId('left-note').textContent = cookie === undefined ? 'no cookie' : reason ? 'refused' : left > 0 ? `of ${minutes(lifetime)}` : 'expired'
  byId('sweep').setAttribute('stroke-dasharray', `${left / lifetime * 100} 100`)
  byId('sweep').classList.toggle('late', left < lifetime / 6)
  for (const age of document.querySelectorAll('[data-signed-at]')) {
    const end = Number(age.getAttribute('data-signed-at')) + lifetime
    age.textContent = end > now() / 1000 ? `good for ${minutes(end - now() / 1000)}` : 'expired'
    age.classList.toggle('bad', end <= now() / 1000)
  }
}
