import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Html } from './html.ts'
import { page, sendPage } from './pages.ts'

/** Sends a page with what the session knows: who is logged in, the cart, and the flash message. */
export async function show ({ session }: FastifyRequest, reply: FastifyReply, title: string, content: Html) {
  const { userId, role, cart, flash } = session
  if (flash !== undefined) session.update((data) => { delete data.flash })
  const inCart = Object.values(cart).reduce((sum, count) => sum + count, 0)
  return await sendPage(reply, page(title, content, { userId, isAdmin: role === 'admin', inCart, flash }))
}
