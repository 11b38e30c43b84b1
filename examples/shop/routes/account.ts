import type { FastifyInstance } from 'fastify'
import { deviceName } from '../device-name.ts'
import { requireLogin, safePath } from '../guards.ts'
import { accountPage, loginPage } from '../pages.ts'
import { show } from '../show.ts'
import type { Users } from '../users.ts'

interface LoginForm {
  email?: string
  password?: string
  remember?: string
  next?: string
}

/** Login, logout, and the user's own devices. */
export async function accountRoutes (app: FastifyInstance, { users }: { users: Users }) {
  const sessions = app.sessions.session

  app.get<{ Querystring: { next?: string } }>('/login', async (request, reply) =>
    await show(request, reply, 'Log in', loginPage({ next: safePath(request.query.next) })))

  app.post<{ Body: LoginForm }>('/login', async (request, reply) => {
    const { session, headers, body: { email = '', password = '', remember, next } } = request
    const user = await users.logIn(email, password)
    if (user === undefined) {
      return await show(request, reply.code(401), 'Log in', loginPage({ email, next: safePath(next), problem: 'Wrong email or password.' }))
    }
    await session.regenerate(['cart'])          // a new session, with the guest's cart
    session.permanent = remember === 'on'       // false: it ends with the browser
    session.lifetime = session.permanent ? undefined : 8 * 60 * 60
    session.userId = user.id
    session.role = user.role
    session.device = deviceName(headers['user-agent'])
    session.flash = `Welcome, ${user.name}.`
    return await reply.redirect(safePath(next), 303)
  })

  app.post('/logout', async ({ session, admin }, reply) => {
    session.delete()
    admin.delete()
    session.flash = 'You are logged out.'       // the first thing in a new session
    return await reply.redirect('/', 303)
  })

  await app.register(async (own) => {
    own.addHook('preHandler', requireLogin)

    own.get('/account', async (request, reply) => {
      const { userId = '', sessionId } = request.session
      const devices = await sessions.listSubject(userId)
      return await show(request, reply, 'Your account', accountPage(devices, sessionId))
    })

    own.post<{ Body: { id?: string } }>('/account/end', async ({ session, body }, reply) => {
      const devices = await sessions.listSubject(session.userId ?? '')
      // Only one's own.
      const device = devices.find(({ id }) => id === body.id)
      if (device !== undefined) await sessions.revoke(device.id)
      session.flash = device === undefined ? 'That device was logged out already.' : `${device.data ?? 'The device'} is logged out.`
      return await reply.redirect('/account', 303)
    })

    own.post('/account/logout-everywhere', async ({ session, admin }, reply) => {
      await sessions.revokeSubject(session.userId ?? '')
      session.delete()
      admin.delete()
      session.flash = 'You are logged out on all devices.'
      return await reply.redirect('/', 303)
    })
  })
}
