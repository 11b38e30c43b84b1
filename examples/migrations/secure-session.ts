// From @fastify/secure-session: its plugin stays for a while, under another name, and reads its own cookies.
import fastifySecureSession from '@fastify/secure-session'
import type { FastifyInstance } from 'fastify'
import type { Adopt } from 'fastify-typed-session'
import { schema } from './app.ts'

interface OldSession {
  data: () => Record<string, unknown>
  delete: () => void
}

export const registerSecureSession = (key: Buffer) => async (app: FastifyInstance): Promise<void> => {
  await app.register(fastifySecureSession, { sessionName: 'oldSession', cookieName: 'session', key, cookie: { path: '/' } })
}

export const fromSecureSession: Adopt = (request) => {
  const old = request.getDecorator<OldSession>('oldSession')
  const data = old.data()
  if (Object.keys(data).length === 0) return undefined
  if (schema.safeParse(data).success) old.delete()
  return data
}
