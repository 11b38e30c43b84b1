import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { answers, type Answer } from './answers.ts'
import { Running, type Visit } from './app.ts'
import { actionOf, expiry, isGood, ModelSession, savedBy, type Action, type Model, type Saved } from './model.ts'
import { fits, visible } from './schema.ts'
import type { Response, World } from './world.ts'

/** One request: who sends what. */
export interface Call {
  readonly who: string
  readonly server: number
  readonly visit: Visit
  readonly cookie: string
  /** What the cookie says, as far as the model knows. */
  readonly saved: Saved | undefined
  readonly pause?: () => Promise<void>
}

/** What a response did. */
export interface Outcome {
  readonly action: Action
  readonly setCookies: readonly string[]
  /** What the cookie says now. */
  readonly saved: Saved | undefined
  /** Seconds; undefined for when the browser closes. */
  readonly keptFor: number | undefined
}

/** Sends a request, and asserts all that is promised of its handler and its response. */
export async function make (model: Model, world: World, { who, server, visit, cookie, saved, pause = async () => {} }: Call): Promise<Outcome> {
  const deployment = model.at(server)
  const now = Math.floor(world.now / 1000) + deployment.skew
  const before = saved !== undefined && isGood(saved, deployment, now) ? saved : undefined
  const running = new Running(visit, deployment, world.mark(who), pause)
  const response = await world.send(server, cookie, running)

  expectSeen(running, before)
  const session = new ModelSession(before, /(^|; )session=/.test(cookie), deployment)
  const isSaved = await expectAnswer(response, running, session)
  const should = isSaved ? actionOf(session, deployment, now, visit.route !== '/app/quiet') : 'keep'
  // What another response replaced, or a public one carries, is not signed again.
  const mayKeep = should === 'refresh' || should === 'reseal'
  const action = mayKeep && !response.setCookies.some((line) => line.startsWith('session=')) ? 'keep' : should
  expectHeaders(response, running, action)
  const { setCookies } = response
  if (action === 'keep') return { action, setCookies, saved, keptFor: undefined }
  const after = savedBy(action, session, deployment, now)
  return { action, setCookies, saved: after, keptFor: after?.permanent ? expiry(after, deployment) - now : undefined }
}

/** What was saved is read, and nothing else: neither another's data nor what has expired. */
function expectSeen ({ seen, deployment: { version } }: Running, before: Saved | undefined): void {
  if (seen === undefined) return
  assert.deepEqual(visible(seen.data, version), visible(before?.data ?? {}, version), 'what was saved is read, and nothing else')
  assert.equal(seen.permanent, before?.permanent ?? false)
}

/** Resolves to whether the response carries the session. If not, the app left it behind, or there is a documented error. */
async function expectAnswer (response: Response, running: Running, session: ModelSession): Promise<boolean> {
  const { visit, acts, done, isRefused, mark } = running
  for (const act of acts.slice(0, done)) await act.run(session.data, session, mark)
  const answer: Answer = answers[visit.answer]
  const saves = (answer.saves || isRefused) && visit.route !== '/app/none'
  const next = isRefused ? acts.slice(done, done + 1) : []
  const may = {
    DISABLED: visit.route === '/app/none' && isRefused,
    READ_ONLY: visit.route === '/app/read-only' && (session.isModified || next.some(({ control }) => control)),
    INVALID_DATA: !fits(session.data) || acts.some(({ mayFail }) => mayFail),
    UNSERIALIZABLE: acts.some(({ mayFail }) => mayFail),
    TOO_LARGE: inspect(session.data).length > 2000
  }
  const cannotBeSaved = saves && (!fits(session.data) || (visit.route === '/app/read-only' && session.isModified))
  if (!isRefused && !cannotBeSaved && response.status === answer.status && !response.body.includes('FST_TYPED_SESSION')) {
    if (answer.body !== undefined) assert.equal(response.body, answer.body)
    return saves
  }
  // Fastify gives an error that comes after another one the first one's status.
  const statuses = [500, visit.answer === 'sends, then throws' ? 422 : Math.max(answer.status, 400)]
  assert.ok(statuses.includes(response.status), `${response.status}: ${response.body}`)
  const code = /FST_TYPED_SESSION_(\w+)/.exec(response.body)?.[1] ?? ''
  if (visit.answer === 'answers a HEAD') assert.ok(Object.values(may).includes(true))
  else assert.ok(may[code as keyof typeof may], response.body)
  return isRefused && saves && !cannotBeSaved
}

/** One Set-Cookie, and only as documented, beside those that expire twins in other scopes; private with it; varied where anyone looked. */
function expectHeaders ({ setCookies, headers }: Response, { visit, seen, deployment: { cookie } }: Running, action: Action): void {
  const ours = setCookies.filter((line) => line.startsWith('session='))
  const scopes = ours.map(scopeOf)
  assert.equal(new Set(scopes).size, scopes.length, 'one Set-Cookie of a scope')
  if (action === 'keep') assert.deepEqual(ours, [], 'no Set-Cookie')
  else assert.equal(scopes.at(-1), scopeOf(`; Path=${cookie.path}${cookie.domain === undefined ? '' : `; Domain=${cookie.domain}`}${cookie.partitioned ? '; Partitioned' : ''}`))
  for (const [index, line] of ours.entries()) {
    assert.match(line, index < ours.length - 1 || action === 'delete' ? /^session=;/ : /^session=[\w.-]+;/, action)
  }
  if (action !== 'keep') assert.match(String(headers['cache-control']), /private|no-store/)
  const { saves }: Answer = answers[visit.answer]
  if (action !== 'keep' || (saves && seen !== undefined)) assert.match(String(headers.vary), /cookie/i)
}

/** By what a browser tells it from others of its name. */
function scopeOf (line: string): string {
  return line.split('; ').filter((attribute) => /^(path=|domain=|partitioned$)/i.test(attribute)).sort().join('; ')
}
