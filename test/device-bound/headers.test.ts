import t from 'tap'
import { challengeHeader, isSkipped, readString, registrationHeader } from '../../lib/device-bound/headers.ts'

t.test('the headers of a response are those of the draft', async (t) => {
  t.equal(registrationHeader(['ES256', 'RS256'], '/dbsc/session', 'c.1-_'), '(ES256 RS256);path="/dbsc/session";challenge="c.1-_"')
  t.equal(challengeHeader('c.1-_', 'id-_'), '"c.1-_";id="id-_"')
})

t.test('a string is read with quotes, as in the draft, and bare, as Chromium sends it', async (t) => {
  for (const header of ['a.b-_9', '"a.b-_9"', '"a.b-_9";p=1', 'a.b-_9 ; p="x"', ['a.b-_9']]) t.equal(readString(header), 'a.b-_9', String(header))
})

t.test('what is not one string of a browser is not read', async (t) => {
  for (const header of [undefined, '', '"', '""', '"a', 'a"', 'a b', 'a, b', ['a', 'b'], '"a\\"b"', 'é', ';p=1', 'a\nb']) t.equal(readString(header), undefined, String(header))
})

t.test('a browser says which session it could not refresh', async (t) => {
  t.equal(isSkipped('quota_exceeded;session_identifier="one", unreachable;session_identifier="two"', 'two'), true)
  t.equal(isSkipped(['server_error;session_identifier=one'], 'one'), true)
  t.equal(isSkipped('quota_exceeded;session_identifier="one"', 'two'), false)
  t.equal(isSkipped(undefined, 'one'), false)
})
