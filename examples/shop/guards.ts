import type { FastifyReply, FastifyRequest } from 'fastify'

/** Sends who is not logged in to the login, and back afterwards. */
export async function requireLogin ({ session, method, url }: FastifyRequest, reply: FastifyReply) {
  if (session.userId !== undefined) return
  return await reply.redirect(`/login?next=${encodeURIComponent(method === 'GET' ? url : '/cart')}`, 303)
}

/** Administrators only, and only after their second login. */
export async function requireAdmin ({ session, admin }: FastifyRequest, reply: FastifyReply) {
  if (session.role !== 'admin') throw Object.assign(new Error('This page is for administrators.'), { statusCode: 403 })
  if (admin.belongsTo === undefined || admin.belongsTo !== session.sessionId) return await reply.redirect('/admin/login', 303)
}

/** A path of this site: `//evil.example` is another one. */
export function safePath (next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/'
}
