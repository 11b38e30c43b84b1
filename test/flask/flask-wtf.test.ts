import Fastify from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { createFlaskWtf, type FlaskWtfOptions } from '../../lib/flask.ts'
import fastifyTypedSession, { type Session } from '../../lib/index.ts'
import { deriveSigningKeys } from '../../lib/token/keys.ts'
import { sign } from '../../lib/token/signer.ts'
import { encodeBase64url } from '../../lib/util/base64url.ts'
import { Clock, otherSecret, secret, setCookies } from '../support/app.ts'

const start = 1_790_000_000
// The compressed form of itsdangerous: zlib.compress of a JSON string.
const compressed = '.eJxTSiQSKAEAS8sPbQ'

async function makeSite (options: Partial<FlaskWtfOptions> = {}) {
  const clock = new Clock()
  clock.milliseconds = start * 1000
  const app = Fastify()
  const schema = z.object({ form: z.unknown().optional() })
  await app.register(fastifyTypedSession, { schema, secret, format: 'flask', now: clock.now })
  const { generateCsrf, validateCsrf } = createFlaskWtf({ secret, now: clock.now, ...options })
  const session: Record<string, unknown> = {}
  app.get('/form', async (request) => {
    Object.assign(request.getDecorator<Session<typeof schema>>('session'), session)
    return { token: generateCsrf(request) }
  })
  app.post<{ Body: { token: unknown } }>('/form', async (request) => {
    validateCsrf(request, request.body.token)
    return { message: 'ok' }
  })
  const cookies: Record<string, string> = {}
  const keep = (lines: string[]) => { for (const line of lines) cookies.session = /^session=([^;]*)/.exec(line)?.[1] ?? '' }
  return {
    clock,
    cookies,
    session,
    async form () {
      const response = await app.inject({ url: '/form', cookies })
      keep(setCookies(response))
      return { token: response.json().token as string, setCookies: setCookies(response) }
    },
    async submit (token: unknown) {
      const response = await app.inject({ method: 'POST', url: '/form', cookies, payload: { token } })
      return { status: response.statusCode, ...response.json() as { message: string, code?: string } }
    }
  }
}

t.test('a token is accepted in its session, and only the first writes the session', async (t) => {
  const { form, submit, clock } = await makeSite()
  const first = await form()
  t.equal(first.setCookies.length, 1)
  clock.pass(1)
  const second = await form()
  t.not(second.token, first.token)
  t.equal(second.setCookies.length, 0)
  for (const { token } of [first, second]) t.match(await submit(token), { status: 200, message: 'ok' })
})

t.test('a token that is not good is a 400 that says why', async (t) => {
  const { form, submit, clock, cookies } = await makeSite()
  const { token } = await form()
  const other = await (await makeSite()).form()
  const foreign = await (await makeSite({ secret: otherSecret })).form()
  const keys = deriveSigningKeys([secret], 'wtf-csrf-token', 'django-concat', 'sha1')
  const cases: Array<[unknown, string]> = [
    ['', 'is missing'], [undefined, 'is missing'], [7, 'is missing'], [{}, 'is missing'], ['x', 'is invalid'], [`${token}x`, 'is invalid'], [`x${token}`, 'is invalid'],
    [foreign.token, 'is invalid'], [other.token, 'does not match'], [cookies.session, 'is invalid'],
    [sign('!', start, keys), 'does not match'], [sign(encodeBase64url('null'), start, keys), 'does not match']
  ]
  for (const [given, message] of cases) {
    t.match(await submit(given), { status: 400, code: 'FST_TYPED_SESSION_INVALID_CSRF_TOKEN', message: `The CSRF token ${message}` }, String(given))
  }
  delete cookies.session
  t.match(await submit(token), { status: 400, message: 'is missing in the session' })
  clock.pass(3601)
  await form()
  t.match(await submit(token), { status: 400, message: 'has expired' })
  clock.pass(-3602)
  cookies.session = (await form(), cookies.session ?? '')
  t.match(await submit(token), { status: 400, message: 'has expired' }, 'from the future')
})

t.test('the time limit is an hour, unless another is set, and null is none', async (t) => {
  const cases: Array<[number | null | undefined, number, number]> = [[undefined, 3600, 200], [undefined, 3601, 400], [60, 60, 200], [60, 61, 400], [null, 86_400, 200]]
  for (const [timeLimit, seconds, status] of cases) {
    const { form, submit, clock } = await makeSite({ timeLimit })
    const { token } = await form()
    clock.pass(seconds)
    t.match(await submit(token), { status }, `${timeLimit}, ${seconds}`)
  }
})

t.test('of several secrets the first signs and all verify', async (t) => {
  const { form, submit } = await makeSite({ secret: [otherSecret, secret] })
  const { token } = await form()
  t.match(await submit(token), { status: 200 })
  const signedBy = (key: string) => sign(token.split('.')[0] ?? '', start, deriveSigningKeys([key], 'wtf-csrf-token', 'django-concat', 'sha1'))
  t.equal(token, signedBy(otherSecret))
  t.match(await submit(signedBy(secret)), { status: 200 })
})

t.test('a compressed token is read, and a session key that is not a text is replaced', async (t) => {
  const { form, submit, session } = await makeSite({ fieldName: 'form' })
  session.form = 'a'.repeat(40)
  t.match((await form()).token, /^ImFhYWFh/)
  t.match(await submit(sign(compressed, start, deriveSigningKeys([secret], 'wtf-csrf-token', 'django-concat', 'sha1'))), { status: 200 })
  session.form = 7
  const { token } = await form()
  t.match(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(), /^"[\da-f]{40}"$/)
})

t.test('wrong options are told when the functions are made', async (t) => {
  t.throws(() => createFlaskWtf({ secret: undefined }), { code: 'FST_TYPED_SESSION_INVALID_SECRET' })
  const wrong: object[] = [{ session: '' }, { fieldName: '' }, { timeLimit: 0 }, { now: 1 }]
  for (const options of wrong) t.throws(() => createFlaskWtf({ secret, ...options }), { code: 'FST_TYPED_SESSION_INVALID_OPTION' })
})
