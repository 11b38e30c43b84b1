// Logins at an OpenID provider, whose back-channel logout ends exactly the sessions that it names.
import Fastify from 'fastify'
import fastifyTypedSession from 'fastify-typed-session'
import { MemoryStore } from 'fastify-typed-session/stores'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { z } from 'zod'

const schema = z.object({
  user: z.string().optional(),
  // Of the ID token: who the user is at the provider, and in which session there.
  openid: z.object({ iss: z.string(), sub: z.string(), sid: z.string().optional() }).optional()
})

// The user first, and then what a logout token can name.
function subjectsOf ({ user, openid }) {
  if (user === undefined) return []
  return openid === undefined ? [`user:${user}`] : [`user:${user}`, ...openidSubjects(openid)]
}

function openidSubjects ({ iss, sub, sid }) {
  return [...(sid === undefined ? [] : [`openid:${iss}#sid=${sid}`]), `openid:${iss}#sub=${sub}`]
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

export async function buildApp ({ secret, issuer, clientId, jwksUrl, store = new MemoryStore() }) {
  const app = Fastify()
  const keys = createRemoteJWKSet(new URL(jwksUrl))
  const verify = async (token, options) =>
    (await jwtVerify(token, keys, { issuer, audience: clientId, algorithms: ['RS256', 'ES256'], clockTolerance: 30, ...options })).payload

  await app.register(fastifyTypedSession, { schema, secret, store, subject: subjectsOf, crossOriginProtection: true })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body)))
  })

  // The end of the code flow, which openid-client does for you: it has checked `state`, `nonce` and PKCE.
  app.post('/callback', async ({ session, body }) => {
    const { iss, sub, sid, amr } = await verify(body.id_token)
    await session.regenerate([], { method: amr })
    session.user = sub                          // as your database knows the user of `iss` and `sub`
    session.openid = { iss, sub, sid }
    return {}
  })
  app.get('/me', async ({ session }) => ({ user: session.user ?? null }))

  app.post('/logout-everywhere', async ({ session }) => {
    if (session.user !== undefined) await app.sessions.session.revokeSubject(`user:${session.user}`)
    return {}
  })

  // OpenID Connect Back-Channel Logout 1.0, sections 2.4 to 2.8. It comes from the provider, without a cookie.
  app.post('/backchannel-logout', { config: { session: false } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const claims = await readLogoutToken(request.body?.logout_token).catch((error) => {
      request.log.warn(error, 'a logout token was refused')
    })
    if (claims === undefined) return await reply.code(400).send({ error: 'invalid_request' })
    // A token with a `sid` ends that session, and one without ends all sessions of its `sub`.
    const [subject] = openidSubjects(claims)
    await app.sessions.session.revokeSubject(subject)
    return ''
  })

  async function readLogoutToken (token) {
    const claims = await verify(token, { requiredClaims: ['iat', 'jti', 'events'], maxTokenAge: '2m' })
    if (typeof claims.events[logoutEvent] !== 'object') throw new Error('it is not about a logout')
    if (claims.nonce !== undefined) throw new Error('it has a nonce, so it may be an ID token')
    if (claims.sid === undefined && claims.sub === undefined) throw new Error('it names neither a session nor a user')
    return claims
  }

  return app
}
