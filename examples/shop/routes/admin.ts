import type { FastifyInstance } from 'fastify'
import { requireAdmin, requireLogin } from '../guards.ts'
import { adminLoginPage, adminPage } from '../pages.ts'
import { show } from '../show.ts'
import type { Users } from '../users.ts'

/** The administration: a role, and a second login that soon ends. */
export async function adminRoutes (app: FastifyInstance, { users }: { users: Users }) {
  const sessions = app.sessions.session

  app.get('/admin/login', { preHandler: requireLogin }, async (request, reply) =>
    await show(request, reply, 'Administration', adminLoginPage()))

  app.post<{ Body: { password?: string } }>('/admin/login', { preHandler: requireLogin }, async (request, reply) => {
    const { session, admin, body: { password = '' } } = request
    const user = await users.logIn(users.byId(session.userId)?.email ?? '', password)
    if (user?.role !== 'admin') {
      return await show(request, reply.code(403), 'Administration', adminLoginPage('That is not the password of an administrator.'))
    }
    await admin.regenerate()
    admin.belongsTo = session.sessionId
    return await reply.redirect('/admin', 303)
  })

  await app.register(async (inside) => {
    inside.addHook('preHandler', requireAdmin)

    inside.get('/admin', async (request, reply) => {
      const rows = await Promise.all(users.all.map(async (user) => ({ user, devices: await sessions.listSubject(user.id) })))
      return await show(request, reply, 'Administration', adminPage(rows))
    })

    inside.post<{ Body: { user?: string } }>('/admin/end', async ({ session, body }, reply) => {
      const user = users.byId(body.user)
      if (user !== undefined) await sessions.revokeSubject(user.id, { except: session.sessionId })
      session.flash = user === undefined ? 'There is no such user.' : `${user.name} is logged out.`
      return await reply.redirect('/admin', 303)
    })
  })
}
