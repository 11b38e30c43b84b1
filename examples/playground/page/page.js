import { byId, showAnswer, showCaptured, showCookie, showLog, showThief, showYou, tick } from './show.js'
import { learn, setOption, state } from './state.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * @param {string} request such as `POST /api/login`
 * @param {object} [body]
 */
async function send (request, body) {
  const [method = 'GET', url = '/'] = request.split(' ')
  const content = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, { method, cache: 'no-store', ...content })
  return response.status === 204 ? undefined : await response.json()
}

/**
 * Calls the API and shows what happened to the session.
 * @param {string} request
 * @param {object} [body]
 */
async function call (request, body) {
  const { encrypt, revocation } = state.options
  const api = `/api${encrypt ? '/encrypt' : ''}${revocation ? '/revocation' : ''}`
  const { exchange, lifetime, answer, message } = await send(request.replace('/api', api), body)
  learn(exchange, lifetime)
  showYou(exchange)
  showAnswer(exchange, answer ?? message)
  showCookie()
  showCaptured()
  showLog()
  tick()
}

/**
 * Puts a cookie into this browser, and shows what the server makes of it.
 * @param {string} token
 */
async function replay (token) {
  const refusal = await send('PUT /cookie', { token })
  if (refusal !== undefined) {
    byId('forge-note').textContent = 'Not sent. Here, a cookie has 1 to 4,000 letters, digits and . _ ~ -'
    return
  }
  await call('GET /api/session')
  focusAnswer()
}

/** Brings the answer onto the screen, and reads it to those who do not see it. */
function focusAnswer () {
  byId('headline').focus()
}

/**
 * Changes one character in the middle of a part.
 * @param {string} part
 */
function flip (part) {
  const forged = /** @type {HTMLTextAreaElement} */ (byId('forged'))
  const groups = /^(?<payload>\.?[\w-]+)\.(?<time>[\w-]+)(\.(?<signature>[\w-]+))?$/d.exec(forged.value)?.indices?.groups
  // An encrypted cookie has no signature of its own.
  const name = groups?.[part] === undefined ? 'payload' : part
  const [start, end] = groups?.[name] ?? [0, 0]
  const at = Math.floor((start + end) / 2)
  const before = forged.value[at]
  if (before === undefined) return
  const after = alphabet[(alphabet.indexOf(before) + 1) % alphabet.length] ?? ''
  forged.value = forged.value.slice(0, at) + after + forged.value.slice(at + 1)
  forged.setSelectionRange(at, at + 1)
  byId('forge-note').textContent = `Character ${at + 1}, in the ${name}: ${before} became ${after}.`
}

document.addEventListener('click', async ({ target }) => {
  const button = /** @type {Element} */ (target).closest('button')
  if (button === null) return
  const { call: request, clock, replay: token, tamper, flip: part } = button.dataset
  if (request !== undefined) {
    await call(request)
    // The button that was pressed is gone.
    if (button.hidden) focusAnswer()
  }
  if (token !== undefined) await replay(token)
  if (part !== undefined) flip(part)
  if (button.id === 'steal') showThief(await send('POST /device-bound'))
  if (tamper !== undefined) {
    const forged = /** @type {HTMLTextAreaElement} */ (byId('forged'))
    forged.value = tamper
    flip('signature')
    forged.focus()
  }
  if (clock !== undefined) {
    const seconds = button.id === 'past-lifetime' ? state.lifetime + 1 : Number(clock)
    state.clock = (await send('POST /clock', { seconds })).now - performance.now()
    tick()
  }
})

byId('login').addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget))
  await call('POST /api/login', { name: form.get('name'), remember: form.has('remember') })
  focusAnswer()
})

byId('forge').addEventListener('submit', (event) => {
  event.preventDefault()
  const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget))
  replay(String(form.get('token')).trim())
})

for (const name of /** @type {const} */ (['encrypt', 'revocation'])) {
  const box = /** @type {HTMLInputElement} */ (document.querySelector(`#options [name=${name}]`))
  box.checked = state.options[name]
  box.addEventListener('change', () => {
    setOption(name, box.checked)
    call('GET /api/session')
  })
}

window.addEventListener('unhandledrejection', () => {
  byId('headline').textContent = 'No answer'
  byId('why').textContent = 'The server does not answer. Is it still running?'
})

setInterval(tick, 250)
await call('GET /api/session')
