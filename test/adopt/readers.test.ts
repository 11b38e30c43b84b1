import { createHmac } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'
import t from 'tap'
import { readCookieSession, readSessionId } from '../../lib/adopt.ts'

const keys = ['the key of today', 'the key of yesterday']

t.test('an id is read if one of the secrets signed it', async (t) => {
  const signed = fastifyCookie.sign('id', 'the key of yesterday')
  t.equal(readSessionId(signed, keys), 'id')
  t.equal(readSessionId(`s:${signed}`, keys), 'id', 'as express-session writes it')
  t.equal(readSessionId(signed, 'the key of yesterday'), 'id')
  for (const bad of [undefined, '', 'id', 'id.', `${signed}x`, `x${signed}`, 's:', '.']) t.equal(readSessionId(bad, keys), undefined, String(bad))
  t.equal(readSessionId(signed, 'the key of today'), undefined)
  t.equal(readSessionId(signed, []), undefined)
})

t.test('data of cookie-session are read if one of the keys signed them', async (t) => {
  const sign = (text: string, key: string) => createHmac('sha1', key).update(text).digest('base64url')
  const cookies = (data: string, key: string, name = 'session') => {
    const value = Buffer.from(data).toString('base64')
    return { [name]: value, [`${name}.sig`]: sign(`${name}=${value}`, key) }
  }
  const good = cookies('{"userId":7}', 'the key of yesterday')
  t.strictSame(readCookieSession(good, { keys }), { userId: 7 })
  t.strictSame(readCookieSession(cookies('{"userId":7}', 'the key of today', 'old'), { name: 'old', keys }), { userId: 7 })
  t.equal(readCookieSession(good, { keys: ['another key'] }), undefined)
  t.equal(readCookieSession(good, { keys: [] }), undefined)
  t.equal(readCookieSession({}, { keys }), undefined)
  t.equal(readCookieSession({ session: good.session }, { keys }), undefined, 'without a signature')
  t.equal(readCookieSession({ ...good, 'session.sig': 'AAAA' }, { keys }), undefined, 'with a short signature')
  t.equal(readCookieSession({ ...good, session: Buffer.from('{"userId":8}').toString('base64') }, { keys }), undefined, 'with other data')
  for (const data of ['7', 'null', '[]', '{', '"text"']) t.equal(readCookieSession(cookies(data, 'the key of today'), { keys }), undefined, data)
})
