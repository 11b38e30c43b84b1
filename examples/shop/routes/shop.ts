import type { FastifyInstance } from 'fastify'
import { linesOf, teas } from '../goods.ts'
import { requireLogin } from '../guards.ts'
import { cartPage, shopPage } from '../pages.ts'
import { show } from '../show.ts'

/** The teas and the cart, for everybody; and the order, for users. */
export async function shopRoutes (app: FastifyInstance) {
  app.get('/', async (request, reply) => await show(request, reply, 'Teas', shopPage(teas)))

  app.get('/cart', async (request, reply) => await show(request, reply, 'Your cart', cartPage(linesOf(request.session.cart))))

  app.post<{ Body: { tea?: string } }>('/cart/add', async ({ session, body }, reply) => {
    const tea = teas.find(({ id }) => id === body.tea)
    // `update` makes the change again if another request of this browser wrote the session first.
    if (tea !== undefined) {
      session.update((data) => {
        data.cart[tea.id] = (data.cart[tea.id] ?? 0) + 1
        data.flash = `${tea.name} is in your cart.`
      })
    }
    return await reply.redirect('/', 303)
  })

  app.post<{ Body: { tea?: string } }>('/cart/remove', async ({ session, body }, reply) => {
    session.update(({ cart }) => { delete cart[body.tea ?? ''] })
    return await reply.redirect('/cart', 303)
  })

  app.post('/order', { preHandler: requireLogin }, async ({ session }, reply) => {
    session.update((data) => {
      data.cart = {}
      data.flash = 'Thank you. The tea is on its way.'
    })
    return await reply.redirect('/', 303)
  })
}
