/** Fastify without any plugin: what all others are measured against. */
export default {
  hasPermanent: true,
  register () {},
  login (request, reply, data) {
    // So that its requests are as long as those of the others.
    reply.header('set-cookie', `session=${Buffer.from(JSON.stringify(data)).toString('base64url')}.${'s'.repeat(50)}`)
  },
  read: () => 'Ada Lovelace',
  write: () => 2
}
