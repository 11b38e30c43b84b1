import t from 'tap'
import type { Page } from 'playwright-core'
import { Browser, needsChromium } from '../support/chromium.ts'
import { startPlayground } from '../support/playground.ts'

const url = needsChromium.skip ? '' : await startPlayground(t)
const wide = { width: 1280, height: 900 }
const narrow = { width: 390, height: 844 }

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

async function said (page: Page): Promise<(string | null)[]> {
  const texts = ['#who', '#verdict', '#headline'].map((selector) => page.locator(selector).textContent())
  return await Promise.all(texts)
}

/** Waits for the answer to what is done. */
async function after (page: Page, url: string, act: () => Promise<void>): Promise<(string | null)[]> {
  const before = await page.locator('#log li').count()
  await Promise.all([page.waitForResponse((response) => response.url().endsWith(url)), act()])
  await page.locator(`#log li:nth-child(${Math.min(before + 1, 8)})`).waitFor()
  return await said(page)
}

t.test('the page can be used with the keyboard, on a telephone, in the dark', needsChromium, async (t) => {
  const browser = new Browser(t, { viewport: narrow, colorScheme: 'dark' })
  const page = await browser.open(url)
  await page.getByText('Sent no cookie').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('Grace')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.getByText('Wrote a permanent cookie').waitFor()
  t.equal(await page.locator('#who').textContent(), 'Grace')
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), narrow.width, 'nothing is wider than the screen')
  t.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(19, 20, 24)')
  t.same(browser.complaints, [])
})

t.test('the whole story can be told with the mouse', needsChromium, async (t) => {
  const browser = new Browser(t, { viewport: wide })
  const page = await browser.open(url)
  await page.getByText('Sent no cookie').waitFor()

  t.same(await after(page, '/api/login', () => button(page, 'Log in').click()), ['Ada', 'absent', 'Wrote a temporary cookie'])
  t.match(await page.locator('#payload').textContent(), /"user": "Ada"/)
  t.match(await page.locator('#attributes').textContent(), /HttpOnly.*SameSite=Lax.*No Max-Age/)
  t.match(await page.locator('#left').textContent(), /^(3:00|2:5\d)$/)
  t.same(await after(page, '/api/session', () => button(page, /^Read/).click()), ['Ada', 'accepted', 'Left the cookie alone'])
  t.equal(await page.locator('tr[aria-current]').getAttribute('data-row'), 'kept')

  await button(page, 'Log out').click()
  await page.getByText('You logged out.').waitFor()
  t.same(await said(page), ['Not logged in', 'accepted', 'Deleted the cookie'])
  t.same(await browser.cookies(), [])

  await page.getByLabel('Remember me').check()
  t.same(await after(page, '/api/login', () => button(page, 'Log in').click()), ['Ada', 'absent', 'Wrote a permanent cookie'])
  t.match(await page.locator('#attributes').textContent(), /Max-Age=180/)
  t.same(await after(page, '/api/ping', () => button(page, /^Neither/).click()), ['Ada', 'accepted', 'Refreshed the cookie'])

  await button(page, /^Tamper with the cookie of Ada/).first().click()
  t.match(await page.locator('#forge-note').textContent(), /^Character \d+, in the signature: . became .\.$/)
  await button(page, 'Send it').click()
  await page.locator('#verdict').getByText('signature').waitFor()
  t.same(await said(page), ['Not logged in', 'signature', 'Sent no cookie'])
  t.equal(await page.locator('#signature').textContent(), 'Does not fit')

  await button(page, /^Replay the cookie of Ada/).last().click()
  await page.locator('#verdict').getByText('accepted').waitFor()
  t.equal(await page.locator('#who').textContent(), 'Ada', 'a copy is good until it expires, whoever logged out')

  await button(page, 'Past the lifetime').click()
  await page.locator('#left-note').getByText('expired').waitFor()
  await button(page, /^Replay the cookie of Ada/).first().click()
  await page.locator('#verdict').getByText('expired').waitFor()
  t.same(await said(page), ['Not logged in', 'expired', 'Sent no cookie'])
  t.equal(await page.locator('#signature').textContent(), 'Holds', 'an old signature is still a good one')
  t.same(browser.complaints, [])
})

t.test('the switches turn options on, and the page shows their code', needsChromium, async (t) => {
  const browser = new Browser(t, { viewport: narrow })
  const page = await browser.open(url)
  await page.getByText('Sent no cookie').waitFor()
  await after(page, '/api/revocation/session', () => page.getByLabel('revocation').check())
  await after(page, '/api/revocation/login', () => button(page, 'Log in').click())
  await button(page, 'Log out').click()
  await page.getByText('You logged out.').waitFor()
  t.match(await page.locator('#why').textContent(), 'every copy is refused from now on')
  t.match(await page.locator('#code').textContent(), /revocation: \{ store \}[^]*app\.post\('\/logout'/)
  await button(page, /^Replay the cookie of Ada/).first().click()
  await page.locator('#verdict').getByText('revoked').waitFor()
  t.equal(await page.locator('#who').textContent(), 'Not logged in', 'now the replay fails')

  await after(page, '/api/encrypt/revocation/session', () => page.getByLabel('encrypt').check())
  await after(page, '/login', () => button(page, 'Log in').click())
  t.equal(await page.locator('#payload').textContent(), 'Encrypted')
  t.match(await page.locator('#code').textContent(), /encrypt: true/)
  await button(page, /^Tamper with the cookie of Ada/).first().click()
  t.match(await page.locator('#forge-note').textContent(), /, in the payload: /)
  await page.reload()
  await page.getByText('Left the cookie alone').waitFor()
  t.ok(await page.getByLabel('encrypt').isChecked(), 'a reload keeps them')
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), narrow.width)
  t.same(browser.complaints, [])
})

t.test('the page shows what a copied cookie of a bound session is worth', needsChromium, async (t) => {
  const browser = new Browser(t, { viewport: wide })
  const page = await browser.open(url)
  await page.getByText('Sent no cookie').waitFor()
  await button(page, /copy the cookies/).click()
  await page.locator('#steps li').nth(4).waitFor()
  t.same(await page.locator('#steps .badge').allTextContents(), ['accepted', 'unproven', 'accepted', 'unproven', 'accepted'])
  t.match(await page.locator('#device-code').textContent(), /deviceBound: true/)
  t.same(browser.complaints, [])
})

t.test('what the server refuses to plant is not shown as a verdict', needsChromium, async (t) => {
  const browser = new Browser(t, { viewport: narrow })
  const page = await browser.open(url)
  await page.getByText('Sent no cookie').waitFor()
  const before = await said(page)
  for (const bad of ['a b; c=d', 'x'.repeat(4200)]) {
    await page.locator('#forged').fill(bad)
    await Promise.all([page.waitForResponse((response) => response.url().endsWith('/cookie')), button(page, 'Send it').click()])
    await page.locator('#forge-note').getByText('Not sent').waitFor()
    t.same(await said(page), before)
    await page.locator('#forge-note').evaluate('(note) => { note.textContent = "" }')
  }
})

t.test('the answer is on the screen and has the focus after a login and a replay', needsChromium, async (t) => {
  const browser = new Browser(t, { viewport: narrow })
  const page = await browser.open(url)
  await page.getByText('Sent no cookie').waitFor()
  const headlineHasFocus = async () => await page.locator('#headline:focus').waitFor()
  await after(page, '/api/login', () => button(page, 'Log in').click())
  await headlineHasFocus()
  await button(page, /^Replay the cookie of Ada/).first().click()
  await headlineHasFocus()
  t.ok(await page.evaluate('(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(document.getElementById("headline").getBoundingClientRect())'))
  await button(page, 'Log out').click()
  await page.getByText('You logged out.').waitFor()
  await headlineHasFocus()
})
