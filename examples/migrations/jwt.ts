// From @fastify/jwt with its token in a cookie. Its plugin stays for a while, and verifies its own tokens.
import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { Adopt } from 'fastify-typed-session'

export const registerJwt = (secret: string) => async (app: FastifyInstance): Promise<void> => {
  await app.register(fastifyJwt, { secret, cookie: { cookieName: 'token', signed: false } })
}

export const fromJwt: Adopt = async (request, reply) => {
  if (request.cookies.token === undefined) return undefined
  // First: a token that is expired or forged throws, which is logged, and would come again with each request.
  reply.clearCookie('token', { path: '/' })
  const { userId } = await request.jwtVerify<{ userId: number | string }>({ onlyCookie: true })
  // As the new schema has it. The old cookie outlived the browser: leave out `_permanent` if it did not.
  return { userId: Number(userId), _permanent: true }
}
