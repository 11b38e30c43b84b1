import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import t, { type Test } from 'tap'
import { secret } from '../support/app.ts'
import { Client, serve } from '../support/client.ts'

const example = '../../examples/openid-logout/app.js'
const issuer = 'https://login.example.com'
const clientId = 'my-app'
const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }

type Claims = Record<string, unknown> & { iat?: number, exp?: number }

/** An OpenID provider with its keys, and an app that its users log in to. */
async function start (t: Test) {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwks = { keys: [{ ...await exportJWK(publicKey), kid: 'k1', alg: 'RS256', use: 'sig' }] }
  const provider = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks)))
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  t.teardown(() => provider.close())
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`
  const { buildApp } = await import(example) as { buildApp: (options: object) => Promise<FastifyInstance> }
  const { origin } = await serve(t, await buildApp({ secret, issuer, clientId, jwksUrl }))

  const sign = async (claims: Claims, key = privateKey) => await new SignJWT({ iss: issuer, aud: clientId, jti: 'j1', ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'logout+jwt' }).setIssuedAt(claims.iat).setExpirationTime(claims.exp ?? '2m').sign(key)
  const logOut = async (token: string) => {
    const response = await fetch(`${origin}/backchannel-logout`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })
    return [response.status, response.headers.get('cache-control')]
  }
  const logIn = async (sub: string, sid: string) => {
    const client = new Client(origin)
    t.equal((await client.post('/callback', { id_token: await sign({ sub, sid, amr: ['pwd'] }) })).status, 200)
    return { client, user: async () => ((await client.get('/me')).json as { user: string | null }).user }
  }
  return { sign, logOut, logIn }
}

t.test('a logout token with a sid ends one, and one with a sub all of the user\'s', async (t) => {
  const { sign, logOut, logIn } = await start(t)
  const [phone, laptop, bob] = [await logIn('ada', 's1'), await logIn('ada', 's2'), await logIn('bob', 's3')]
  const users = async () => [await phone.user(), await laptop.user(), await bob.user()]
  t.same(await users(), ['ada', 'ada', 'bob'])
  t.same(await logOut(await sign({ events, sub: 'ada', sid: 's1' })), [200, 'no-store'])
  t.same(await users(), [null, 'ada', 'bob'])
  t.same(await logOut(await sign({ events, sid: 'unknown' })), [200, 'no-store'])
  t.same(await users(), [null, 'ada', 'bob'])

  const again = await logIn('ada', 's4')
  t.same(await logOut(await sign({ events, sub: 'ada' })), [200, 'no-store'])
  t.same([...await users(), await again.user()], [null, null, 'bob', null])
})

t.test('"log out everywhere" ends them as well', async (t) => {
  const { logIn } = await start(t)
  const [phone, laptop, bob] = [await logIn('ada', 's1'), await logIn('ada', 's2'), await logIn('bob', 's3')]
  t.equal((await phone.client.post('/logout-everywhere')).status, 200)
  t.same([await phone.user(), await laptop.user(), await bob.user()], [null, null, 'bob'])
})

t.test('a token that is not a logout token of the provider ends nothing', async (t) => {
  const { sign, logOut, logIn } = await start(t)
  const ada = await logIn('ada', 's1')
  const good = { events, sub: 'ada', sid: 's1' }
  const stranger = await generateKeyPair('RS256')
  const seconds = Math.floor(Date.now() / 1000)
  for (const [what, token] of Object.entries({
    'no token': '',
    'no JWT': 'a.b.c',
    'an ID token': await sign({ sub: 'ada', sid: 's1' }),
    'with a nonce': await sign({ ...good, nonce: 'n' }),
    'of another event': await sign({ ...good, events: { other: {} } }),
    'that names nobody': await sign({ events }),
    'for another app': await sign({ ...good, aud: 'other' }),
    'of another issuer': await sign({ ...good, iss: 'https://other.example.com' }),
    'without a jti': await sign({ ...good, jti: undefined }),
    'that is over': await sign({ ...good, exp: seconds - 60 }),
    'that is old': await sign({ ...good, iat: seconds - 600, exp: seconds + 60 }),
    'of another key': await sign(good, stranger.privateKey),
    'that nobody signed': new UnsecuredJWT({ ...good, iss: issuer, aud: clientId, jti: 'j1' }).setIssuedAt().setExpirationTime('2m').encode()
  })) {
    t.same(await logOut(token), [400, 'no-store'], what)
    t.equal(await ada.user(), 'ada', what)
  }
})
