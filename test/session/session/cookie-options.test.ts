import t from 'tap'
import { Browser, makeApp, setCookies } from '../../support/app.ts'

t.test('options() gives this response\'s cookie attributes of its own', async (t) => {
  const browser = new Browser(await makeApp())
  const reply = await browser.visit((session) => {
    session.userId = 7
    session.options({ priority: 'high', sameSite: 'strict', signed: true } as object)
    session.options({ httpOnly: false })
  })
  const [header = ''] = setCookies(reply)
  t.match(header, /; Path=\/; Priority=High; SameSite=Strict$/)
})

t.test('an attribute that is undefined in options() is as one that is not there', async (t) => {
  const browser = new Browser(await makeApp({ cookie: { secure: true } }))
  const [header = ''] = setCookies(await browser.visit((session) => {
    session.userId = 7
    session.options({ priority: undefined, secure: undefined, httpOnly: undefined, sameSite: undefined })
  }))
  t.match(header, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

t.test('options() refuses at once what a browser would', async (t) => {
  const browser = new Browser(await makeApp())
  const reply = await browser.visit((session) => {
    session.userId = 7
    for (const wrong of [{ sameSite: 'none' }, { priority: 'highest' }, { secure: 'yes' }]) {
      t.throws(() => session.options(wrong as object), { code: 'FST_TYPED_SESSION_INVALID_COOKIE' }, JSON.stringify(wrong))
    }
  })
  t.match(setCookies(reply)[0], /; Path=\/; HttpOnly; SameSite=Lax$/, 'and forgets it')
})

t.test('options() refuses what would make it a second cookie, which no logout deletes', async (t) => {
  const browser = new Browser(await makeApp({ cookie: { secure: true } }))
  await browser.visit((session) => {
    for (const [name, value] of Object.entries({ path: '/', domain: 'example.com', partitioned: true })) {
      t.throws(() => session.options({ [name]: value }), {
        code: 'FST_TYPED_SESSION_INVALID_COOKIE', message: new RegExp(`^\`options\\(\\)\` cannot set ${name}: .*option \`cookie\`, which may be a function`)
      })
    }
    session.options({ path: undefined } as object)
  })
})

t.test('options() alone is no change', async (t) => {
  const browser = new Browser(await makeApp())
  await browser.get('/login')
  t.same(setCookies(await browser.visit((session) => session.options({ sameSite: 'strict' }))), [])
})
