import t from 'tap'
import { z } from 'zod'
import { resolveOptions } from '../../lib/options/options.ts'
import type { CookieChange } from '../../lib/request/cookie-change.ts'
import { RequestSession } from '../../lib/request/request-session.ts'
import { SessionManager } from '../../lib/request/session-manager.ts'
import type { TypedSession } from '../../lib/session/session.ts'
import type { TypedSessionOptions } from '../../lib/options/option-types.ts'
import type { SealOptions } from '../../lib/session/types.ts'
import { Clock, otherSecret, schema, secret } from '../support/app.ts'

/** The requests of an app, and what they report. */
class Requests {
  readonly clock = new Clock()
  readonly reports: unknown[] = []
  readonly #settings
  readonly #codec

  constructor (options: Partial<TypedSessionOptions> = {}) {
    this.#settings = resolveOptions({ schema, secret, lifetime: 100, now: this.clock.now, ...options }, () => '')
    this.#codec = new SessionManager<typeof schema>({ current: this.#settings })
  }

  get seconds (): number {
    return this.clock.milliseconds / 1000
  }

  seal (data: object, options?: SealOptions): string {
    return this.#codec.seal(data, options)
  }

  open (token: string) {
    return this.#codec.open(token)
  }

  /** A request that comes with these tokens. */
  of (...tokens: string[]): RequestSession {
    return new RequestSession(this.#settings, tokens, {
      headers: {},
      readOnly: false,
      attributes: this.#settings.cookie ?? {},
      headersSent: () => false,
      adoptCandidates: async function * () { yield { userId: 7 } },
      refreshes: true,
      reseals: true,
      saved: false,
      failed: false,
      isPublic: () => false,
      adoptRejected: () => {},
      accepted: () => {},
      changed: () => {},
      rejected: (reason) => { this.reports.push(reason) },
      migrateFailed: (error) => { this.reports.push(error) }
    })
  }

  /** What the response does after a handler had the session. */
  after (handler: (session: TypedSession) => void, ...tokens: string[]): CookieChange {
    const request = this.of(...tokens)
    handler(request.session)
    return request.commit()
  }
}

const defaults = { path: '/', httpOnly: true, secure: 'auto', sameSite: 'lax' } as const

t.test('a request without a cookie, whose session nobody asks for, is left as it is', async (t) => {
  const requests = new Requests()
  const request = requests.of()
  t.same(request.commit(), { action: 'keep', token: '', expiresIn: undefined, now: requests.seconds, attributes: {}, expired: [] })
  t.equal(request.accessed, false)
  t.same(requests.reports, [], 'a stranger is nothing to report')
})

t.test('the session is made when it is first asked for, and only once', async (t) => {
  const request = new Requests().of()
  t.equal(request.session, request.session)
  t.equal(request.accessed, true)
  t.match(request.commit(), { action: 'keep', token: '' })
})

t.test('with `adopt`, only a request without an accepted cookie waits', async (t) => {
  const requests = new Requests({ adopt: () => undefined })
  t.equal(requests.of(requests.seal({ userId: 5 })).open(), undefined)
  const stranger = requests.of()
  const opening = stranger.open()
  t.type(opening, Promise)
  await opening
  t.match(stranger.session, { userId: 7 })
})

t.test('what is written is sealed at the time of the response, not of the request', async (t) => {
  const requests = new Requests()
  const { action, token, expiresIn, now } = requests.after((session) => {
    session.set('userId', 7)
    requests.clock.pass(5)
  })
  t.same({ action, expiresIn, now }, { action: 'write', expiresIn: undefined, now: requests.seconds })
  t.has(requests.open(token), { ok: true, data: { userId: 7 }, permanent: false, signedAt: new Date(requests.clock.now()) })
})

t.test('a permanent session\'s cookie ends with the shortest of its lifetimes', async (t) => {
  const expiresIn = (options: object, change: (session: TypedSession) => void) => new Requests(options).after((session) => {
    session.set('userId', 7)
    session.permanent = true
    change(session)
  }).expiresIn
  t.equal(expiresIn({}, () => {}), 100, 'the option')
  t.equal(expiresIn({}, (session) => { session.lifetime = 60 }), 60, 'its own')
  t.equal(expiresIn({ absoluteLifetime: 30 }, (session) => { session.lifetime = 60 }), 30, 'the absolute one')
})

t.test('an accepted session is deleted with an empty token that is to be gone at once', async (t) => {
  const requests = new Requests()
  t.match(requests.after((session) => session.delete(), requests.seal({ userId: 7 })), { action: 'delete', token: '', expiresIn: 0 })
})

t.test('a refresh signs the same data now; a reseal keeps the time', async (t) => {
  const old = new Requests({ secret: otherSecret })
  const tokens = { permanent: old.seal({ userId: 7 }, { permanent: true, lifetime: 50 }), passing: old.seal({ userId: 7 }) }
  const requests = new Requests({ secret: [secret, otherSecret] })
  const signedAt = new Date(requests.clock.now())
  requests.clock.pass(10)

  const refreshed = requests.of(tokens.permanent).commit()
  t.match(refreshed, { action: 'refresh', expiresIn: 50 })
  t.has(requests.open(refreshed.token), { data: { userId: 7 }, permanent: true, signedAt: new Date(requests.clock.now()) })

  const resealed = requests.of(tokens.passing).commit()
  t.match(resealed, { action: 'reseal', expiresIn: undefined })
  t.has(requests.open(resealed.token), { data: { userId: 7 }, permanent: false, signedAt })
  t.match(requests.of(resealed.token).commit(), { action: 'keep' }, 'and that was all')
})

t.test('a cookie that is refused is reported once, and not sealed anew', async (t) => {
  const requests = new Requests()
  const token = requests.seal({ userId: 7 }, { permanent: true })
  const request = requests.of(`${token}x`)
  t.equal(request.session.reason, 'signature')
  t.equal(request.session.get('userId'), undefined)
  t.match(request.commit(), { action: 'keep', token: '' })
  t.same(requests.reports, ['signature'])
})

t.test('a well signed cookie whose data the schema refuses is no better', async (t) => {
  const requests = new Requests({ schema: z.object({ userId: z.string().optional() }) })
  const token = new Requests().seal({ userId: 7 }, { permanent: true })
  t.match(requests.after((session) => t.equal(session.reason, 'schema'), token), { action: 'keep', token: '' })
  t.same(requests.reports, ['schema'])
})

t.test('an error in `migrate` is reported with what was refused', async (t) => {
  const error = new Error('not today')
  const requests = new Requests({ schema: z.object({ userId: z.string().optional() }), migrate: () => { throw error } })
  t.equal(requests.of(new Requests().seal({ userId: 7 })).session.reason, 'schema')
  t.same(requests.reports, [error, 'schema'])
})

t.test('what `migrate` mends is written, though nobody changed it since', async (t) => {
  const requests = new Requests({ migrate: ({ userId }) => ({ userId: Number(userId) }) })
  const token = new Requests({ schema: z.object({ userId: z.string().optional() }) }).seal({ userId: '7' })
  const result = requests.after((session) => t.equal(session.get('userId'), 7), token)
  t.equal(result.action, 'write')
  t.match(requests.open(result.token), { data: { userId: 7 } })
})

t.test('a session that cannot be saved throws once, and then nothing of it is sent', async (t) => {
  const request = new Requests().of()
  request.session.set('name', 'x'.repeat(5000))
  t.throws(() => request.commit(), { code: 'FST_TYPED_SESSION_TOO_LARGE' })
  request.session.set('name', 'an error handler\'s')
  t.match(request.commit(), { action: 'keep', token: '' })
})

t.test('a response that is committed again, as after a later error, decides again', async (t) => {
  const requests = new Requests()
  const request = requests.of()
  request.session.set('userId', 7)
  t.equal(request.commit().action, 'write')
  request.session.set('userId', 8)
  t.match(requests.open(request.commit().token), { data: { userId: 8 } })
})

t.test('attributes given to the session override the options, also at its deletion', async (t) => {
  const requests = new Requests({ cookie: { domain: 'example.com' } })
  const { attributes } = requests.after((session) => {
    session.options({ sameSite: 'strict' })
    session.delete()
  }, requests.seal({ userId: 7 }))
  t.same(attributes, { ...defaults, domain: 'example.com', sameSite: 'strict' })
})
