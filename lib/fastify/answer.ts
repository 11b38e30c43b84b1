import { AsyncLocalStorage } from 'node:async_hooks'
import { isDeepStrictEqual } from 'node:util'
import type { FastifyReply } from 'fastify'

// While an answer waits for its session to be saved, and while an error is answered in its place, the reply counts as sent,
// as it would if there were nothing to wait for: Fastify goes on to no handler behind a guard that forgot to return its
// answer, and takes no second one. Properties of the reply itself say so, in front of Fastify's.

/** Holds an answer back. Returns a function that lets it go, with the status and headers that it had. */
export function holdAnswer (reply: FastifyReply, payload: unknown): () => void {
  const { statusCode } = reply
  const before = headersOf(reply)
  // Fastify does not listen yet, and an error that nobody listens to would end the process. It is answered later.
  if (isStream(payload)) payload.on('error', () => {})
  countAsSent(reply, () => true)
  return () => {
    for (const name of ['sent', 'then']) Reflect.deleteProperty(reply, name)
    if (reply.statusCode !== statusCode) reply.code(statusCode)
    const after = headersOf(reply)
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (isDeepStrictEqual(before[name], after[name])) continue
      reply.removeHeader(name)
      if (before[name] !== undefined) reply.header(name, before[name])
    }
  }
}

// Where an error is answered. Nothing else may answer the request.
const errorAnswers = new AsyncLocalStorage<FastifyReply>()

/** Answers an error in the place of an answer that has failed on its way out: `done` hands it to the app's error handler. */
export function answerError (reply: FastifyReply, error: Error, done: (error: Error) => void): void {
  const { send } = Object.getPrototypeOf(reply) as FastifyReply
  countAsSent(reply, () => !isErrorAnswer(reply))
  Object.defineProperty(reply, 'send', {
    configurable: true,
    value: (payload: unknown) => {
      if (isErrorAnswer(reply)) return send.call(reply, payload)
      // The handler's second answer, or an error handler that answers from elsewhere, such as a queue: Fastify's own goes out.
      try {
        errorAnswers.run(reply, () => send.call(reply, error))
      } catch {
        // An onError hook is at work, so that the error will be answered.
      }
      return reply
    }
  })
  errorAnswers.run(reply, done, error)
}

/** Goes on to answer an error that Fastify has found itself: what it is told of the reply stays as it is. */
export function goOnWithError (reply: FastifyReply, done: () => void): void {
  errorAnswers.run(reply, done)
}

/** Whether this code answers the error of a reply. */
export function isErrorAnswer (reply: FastifyReply): boolean {
  return errorAnswers.getStore() === reply
}

/** Closes a stream that will not be sent. */
export function discard (payload: unknown): void {
  if (isStream(payload)) payload.on('error', () => {}).destroy()
}

function countAsSent (reply: FastifyReply, isSent: () => boolean): void {
  const prototype = Object.getPrototypeOf(reply) as FastifyReply
  // `await reply` waits until the answer has gone.
  const then: FastifyReply['then'] = (...settle) => { prototype.then.apply(Object.create(reply, { sent: { value: false } }), settle) }
  Object.defineProperties(reply, {
    sent: { configurable: true, get: () => isSent() || Reflect.get(prototype, 'sent', reply) },
    then: { configurable: true, value: then }
  })
}

// Fastify adds to a list in place.
function headersOf (reply: FastifyReply): Record<string, string | number | string[] | undefined> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]))
}

function isStream (payload: unknown): payload is NodeJS.ReadableStream & { destroy (): void } {
  return typeof payload === 'object' && payload !== null && 'pipe' in payload && 'destroy' in payload && typeof payload.destroy === 'function'
}
