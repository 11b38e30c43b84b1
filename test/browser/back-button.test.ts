import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { makeApp, sessionOf } from '../support/app.ts'
import { Browser, needsChromium } from '../support/chromium.ts'
import { Firefox, needsFirefox } from '../support/firefox.ts'

/** An app that shows a secret to whoever is logged in; gives its origin. */
async function start (t: Test, noStore: boolean): Promise<string> {
  const app = await makeApp({ noStore })
  app.get('/secret', async (request, reply) => reply.type('text/html').send(`<title>${sessionOf(request).userId ?? 'nobody'}</title>`))
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    // Chromium keeps some open for later, and has not closed yet.
    app.server.closeAllConnections()
    await app.close()
  })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** What the page before this one shows. Playwright itself does not go back into the back/forward cache. */
async function goBack (page: Page): Promise<string> {
  const devtools = await page.context().newCDPSession(page)
  const { entries, currentIndex } = await devtools.send('Page.getNavigationHistory')
  await devtools.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1]?.id ?? 0 })
  for (;;) {
    const { result } = await devtools.send('Runtime.evaluate', { expression: 'location.pathname + document.title' })
    const [, title] = /^\/secret(.+)/.exec(String(result.value)) ?? []
    if (title !== undefined) return title
  }
}

for (const [noStore, shown] of [[false, '7'], [true, 'nobody']] as const) {
  const what = noStore ? 'does not show the page of before' : 'shows the page of before'
  t.test(`after a logout, Chromium's back button ${what}, with noStore: ${noStore}`, needsChromium, async (t) => {
    const origin = await start(t, noStore)
    const page = await new Browser(t, { ignoreDefaultArgs: ['--disable-back-forward-cache'] }).open(`${origin}/login`)
    await page.goto(`${origin}/secret`)
    t.equal(await page.title(), '7')
    await page.goto(`${origin}/logout`)
    t.equal(await goBack(page), shown)
  })

  t.test(`after a logout, Firefox's back button ${what}, with noStore: ${noStore}`, needsFirefox, async (t) => {
    const origin = await start(t, noStore)
    const firefox = await Firefox.start(t)
    for (const path of ['/login', '/secret']) await firefox.goto(origin + path)
    t.equal(await firefox.title(), '7')
    await firefox.goto(`${origin}/logout`)
    await firefox.goBack()
    t.equal(await firefox.title(), shown)
  })
}
