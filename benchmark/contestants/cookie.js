import fastifyCookie from '@fastify/cookie'

/** JSON in an unsigned cookie: the least that a cookie session could cost, without any of its promises. */
export default {
  register: (app) => app.register(fastifyCookie),
  login: (request, reply, data) => save(reply, data),
  read: (request) => JSON.parse(request.cookies.session).name,
  write (request, reply) {
    const data = JSON.parse(request.cookies.session)
    data.visits++
    save(reply, data)
    return data.visits
  }
}

function save (reply, data) {
  reply.setCookie('session', JSON.stringify(data), { path: '/', httpOnly: true, sameSite: 'lax' })
}
