import t from 'tap'
import * as errors from '../../lib/util/errors.ts'

const cause = new Error('why')

const cases: Array<[error: Error, code: string, message: string, statusCode?: number]> = [
  [new errors.InvalidSchemaError('text', { cause }), 'INVALID_SCHEMA', 'text'],
  [new errors.InvalidSecretError('text', { cause }), 'INVALID_SECRET', 'text'],
  [new errors.InvalidCookieError('text', { cause }), 'INVALID_COOKIE', 'text'],
  [new errors.InvalidOptionError('text', { cause }), 'INVALID_OPTION', 'text'],
  [new errors.InvalidDataError('a.b', { cause }), 'INVALID_DATA', 'The session\'s data do not fit the schema: a.b'],
  [new errors.UnserializableError('text', { cause }), 'UNSERIALIZABLE', 'The session cannot be saved: text'],
  [new errors.TooLargeError(5000, 4096, 'a (9 bytes)'), 'TOO_LARGE',
    'The session cannot be saved: its cookie would take 5000 bytes of the 4096 that browsers keep. The largest keys: a (9 bytes). Keep less in it, or use the option `store`'],
  [new errors.InvalidLifetimeError('lifetime', 60), 'INVALID_LIFETIME',
    '`session.lifetime` must be a whole number of seconds from 1 to 60, or undefined for the option of that name'],
  [new errors.CrossOriginError('Origin'), 'CROSS_ORIGIN', 'A page of another origin made this request, as its Origin header says', 403],
  [new errors.InvalidSubjectError('null'), 'INVALID_SUBJECT',
    'A subject must be a string of 1 to 256 characters, or a list of at most 8, and this one is null'],
  [new errors.TooManySessionsError(2), 'TOO_MANY_SESSIONS', 'This user has 2 sessions already, and no more are allowed', 409],
  [new errors.InvalidCsrfTokenError('is missing'), 'INVALID_CSRF_TOKEN', 'The CSRF token is missing', 400],
  [new errors.ConflictError(), 'CONFLICT', 'The session was ended or changed by another request at the same time', 409],
  [new errors.NotLoadedError(), 'NOT_LOADED', 'The session is not loaded yet: register the plugin before the hooks that use it; a logger can ask `app.sessions` to `peek()`'],
  [new errors.SessionDisabledError('admin'), 'DISABLED', 'This route has no session: its `config.admin` is false. A logger can ask `app.sessions` to `peek()`'],
  [new errors.ReadOnlyError('admin'), 'READ_ONLY', 'This route may not change the session: its `config.admin` is read-only'],
  [new errors.NotAssignableError('admin'), 'NOT_ASSIGNABLE',
    '`request.admin` cannot be assigned: call its `delete()` to log out, and assign its properties to change data'],
  [new errors.HeadersSentError(), 'HEADERS_SENT',
    'The session cannot be saved: the response\'s headers have been sent. Change it before, and call `reply.commitSession()` ' +
    'if Fastify does not send the reply; a websocket cannot change it at all'],
  [new errors.AlreadySavedError(), 'ALREADY_SAVED',
    'The session has been saved for this response already. Change it in an earlier hook, or register this onSend hook before the plugin'],
  [new errors.AsyncUpdateError(), 'ASYNC_UPDATE',
    '`session.update()` takes a synchronous function: await first, then update'],
  [new errors.StoreUnavailableError({ cause }), 'STORE_UNAVAILABLE', 'The session store is not available', 503]
]

for (const [error, code, message, statusCode = 500] of cases) {
  t.test(`FST_TYPED_SESSION_${code} has a code, a message and a status, and is a SessionError`, async (t) => {
    t.match(error, { code: `FST_TYPED_SESSION_${code}`, message, statusCode })
    t.ok(error instanceof errors.SessionError)
    t.ok(error instanceof Error)
    t.ok(error.stack?.includes('errors.test'), 'the stack begins where it was made')
  })
}

t.test('a cause is kept', async (t) => {
  t.equal(new errors.InvalidDataError('a', { cause }).cause, cause)
})

t.test('a percent sign in a text is only that', async (t) => {
  t.equal(new errors.InvalidOptionError('100 %s').message, '100 %s')
})

t.test('every error is in this test', async (t) => {
  const tested = new Set(cases.map(([error]) => error.constructor))
  for (const [name, value] of Object.entries(errors)) {
    t.ok(value === errors.SessionError || tested.has(value as never), name)
  }
})
