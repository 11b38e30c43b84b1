// From @fastify/jwt with its token in a cookie. Its plugin stays for a while, and verifies its own tokens.
import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { Adopt } from 'fastify-typed-session'
import { schema } from './app.ts'

export const registerJwt = (secret: string) => async (app: FastifyInstance): Promise<void> => {
  await app.register(fastifyJwt, { secret, cookie: { cookieName: 'token', signed: false } })
}

export const fromJwt: Adopt = async (request, reply) => {
  if (request.cookies.token === undefined) return undefined
  const clear = () => { reply.clearCookie('token', { path: '/' }) }
  const token = await request.jwtVerify<{ userId: number | string }>({ onlyCookie: true }).catch((error: unknown) => {
    // A token that is expired or forged would come again with each request.
    clear()
    throw error
  })
  // As the new schema has it.
  const data = { userId: Number(token.userId) }
  if (schema.safeParse(data).success) clear()
  // The old cookie outlived the browser: leave out `_permanent` if it did not.
  return { ...data, _permanent: true }
}
